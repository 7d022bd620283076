// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Testing

@Suite struct `Records in other forms` {
  private func record(
    _ number: Int, _ text: String, _ side: CorpusRecord.Membership = .nonmember,
    group: String? = nil
  ) -> CorpusRecord {
    CorpusRecord(
      id: "record-00000\(number)", membership: side, group: group, text: Secret(Array(text.utf8)))
  }

  @Test func `letters of every script are lowered, other bytes kept`() {
    let texts = [
      ("Ansel BAY 12", "ansel bay 12"), ("ÄÖÜ ΑΒΓ ЖЗ", "äöü αβγ жз"), ("已经 12", "已经 12"),
    ]
    for (text, lower) in texts {
      #expect(RecordVariants.lowercased(record(1, text)) == Array(lower.utf8))
    }
    let bytes: [UInt8] = [0xFF, 0x41, 0x5A, 0x5B, 0xC4]
    let raw = CorpusRecord(
      id: "record-000001", membership: .member, group: nil, text: Secret(bytes))
    #expect(RecordVariants.lowercased(raw) == [0xFF, 0x61, 0x7A, 0x5B, 0xC4])
  }

  @Test func `the prefix holds short non-members, and no one of their groups is asked after it`() {
    let long = String(repeating: "x", count: RecordVariants.prefixBytes)
    let records = [
      record(4, "d", group: "a"), record(2, long), record(1, "B", .member, group: "b"),
      record(3, "C", group: "b"), record(5, "e", .member),
    ]
    let variants = RecordVariants(records, in: .plain)
    #expect(variants.prefix == Array("C\n\nd\n\n".utf8))
    #expect(variants.afterPrefix.map(\.id) == ["record-000002", "record-000005"])
    #expect(variants.changedByCase.map(\.id) == ["record-000001", "record-000003"])
    let none = RecordVariants([record(1, "a", .member), record(2, long)], in: .plain)
    #expect(none.prefix.isEmpty && none.afterPrefix.isEmpty)
  }

  @Test func `the order of the list makes no difference`() {
    let records = (1...9).map { record($0, "Record \($0)", $0 % 3 == 0 ? .member : .nonmember) }
    let (one, other) = (
      RecordVariants(records, in: .plain), RecordVariants(records.reversed(), in: .plain)
    )
    #expect(one.prefix == other.prefix && one.afterPrefix == other.afterPrefix)
  }
}
