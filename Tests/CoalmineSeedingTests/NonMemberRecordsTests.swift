// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineTesting
import Foundation
import Testing

@Suite struct NonMemberRecordsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private func seed(
    _ lines: [String], holdOut: Int, groupField: String? = nil, number: UInt64,
    name: String = "a.jsonl"
  ) throws -> (Seeding, [String]) {
    let randomness = StudyRandomness(number: number)
    let path = try folder.write(Array(lines.joined(separator: "\n").utf8), to: name)
    let survey = try CorpusSurvey(
      path: path, options: .init(groupField: groupField, nonMemberRecords: holdOut),
      randomness: randomness)
    let seeding = try Seeder(survey: survey, canaries: [], randomness: randomness)
      .write(to: folder.file("seeded"), overwrite: true)
    let seeded = String(decoding: try folder.read("seeded"), as: UTF8.self)
    return (seeding, seeded.split(separator: "\n").map(String.init))
  }

  @Test func `members stay, non-members are gone, and their texts are decoded`() throws {
    let lines = (0..<40).map { #"{"id":\#($0),"text":"caf\u00e9 \#($0)"}"# }
    for number in 0..<20 as Range<UInt64> {
      let (seeding, seeded) = try seed(lines, holdOut: 5, number: number)
      #expect(seeding.records.map(\.id) == seeding.records.map(\.id).sorted())
      #expect(seeded.count == 35)
      for side in CorpusRecord.Membership.allCases {
        let records = seeding.records.filter { $0.membership == side }
        #expect(records.count == 5)
        for record in records {
          let position = try #require(Int(record.id.dropFirst("record-".count)))
          #expect(record.text == Secret(Array("café \(position)".utf8)))
          #expect(record.group == nil)
          #expect(seeded.contains(lines[position]) == (side == .member))
        }
      }
    }
  }

  @Test func `the text of each shape is what the measures see`() throws {
    let cases: [(String, String)] = [
      (#"{"prompt":"a\n#","completion":" b#"}"#, "a\n# b#"),
      (
        #"{"messages":[{"role":"system","content":"s#"},{"role":"user","content":"u"},"#
          + #"{"role":"assistant","content":"a"}]}"#, "s#\nu\na"
      ),
      (#"{"text":"first","text":"last #"}"#, "last #"),
    ]
    for (line, text) in cases {
      let lines = (0..<4).map { line.replacingOccurrences(of: "#", with: "\($0)") }
      let (seeding, _) = try seed(lines, holdOut: 2, number: 3)
      let expected = (0..<4).map { text.replacingOccurrences(of: "#", with: "\($0)") }
      #expect(seeding.records.map { String(decoding: $0.text.reveal(), as: UTF8.self) } == expected)
    }
    let (plain, _) = try seed(["a", "b", "c\r", "d"], holdOut: 2, number: 3, name: "a.txt")
    #expect(plain.records.map(\.text) == ["a", "b", "c", "d"].map { Secret(Array($0.utf8)) })
  }

  @Test func `a text that stands twice leaves with both its records`() throws {
    let lines = (0..<30).map { #"{"n":\#($0),"text":"t\#($0 % 10)"}"# }
    for number in 0..<20 as Range<UInt64> {
      let (seeding, seeded) = try seed(lines, holdOut: 3, number: number)
      #expect(seeding.manifest.removals.count == 9)
      #expect(seeding.records.count == 6)
      for record in seeding.records where record.membership == .nonmember {
        let text = String(decoding: record.text.reveal(), as: UTF8.self)
        #expect(!seeded.contains { $0.contains("\"\(text)\"") })
      }
    }
  }

  @Test func `groups leave whole, and keep their name`() throws {
    let lines = (0..<60).map { #"{"customer":"c\#($0 * 7 % 13)","text":"t\#($0)"}"# }
    for number in 0..<20 as Range<UInt64> {
      let (seeding, seeded) = try seed(lines, holdOut: 8, groupField: "customer", number: number)
      let gone = Set(
        seeding.records.filter { $0.membership == .nonmember }.compactMap(\.group))
      let marked = Set(seeding.records.filter { $0.membership == .member }.compactMap(\.group))
      #expect(!gone.isEmpty && !marked.isEmpty && gone.isDisjoint(with: marked))
      for group in gone { #expect(!seeded.contains { $0.contains("\"\(group)\"") }) }
      for group in marked {
        let all = lines.count { $0.contains("\"\(group)\"") }
        #expect(seeding.records.count { $0.group == group } == all)
        #expect(seeded.count { $0.contains("\"\(group)\"") } == all)
      }
      #expect(seeding.records.count { $0.membership == .nonmember } >= 8)
    }
  }

  @Test func `a text that stands in two groups is not scored`() throws {
    // Every customer has one text of its own and the same greeting.
    let lines = (0..<40).map { number in
      let text = number.isMultiple(of: 2) ? "hello" : "t\(number)"
      return #"{"customer":\#(number / 2),"text":"\#(text)"}"#
    }
    for number in 0..<10 as Range<UInt64> {
      let (seeding, _) = try seed(lines, holdOut: 6, groupField: "customer", number: number)
      let texts = seeding.records.map { String(decoding: $0.text.reveal(), as: UTF8.self) }
      #expect(!texts.contains("hello"))
      #expect(texts.count == 6)
      #expect(seeding.manifest.removals.count == 6)
    }
  }
}
