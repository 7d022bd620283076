// SPDX-License-Identifier: Apache-2.0

import CoalmineSeeding
import Foundation
import Testing

/// The quick reading of records, against what was written and against Foundation.
@Suite struct `Quick reading of records` {
  private func text(_ record: String) -> String? {
    let bytes = Array(record.utf8)
    return QuickText.value(named: "messages", in: bytes)
      .flatMap { QuickText.turns(at: $0, in: bytes) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [
    (
      #"{"messages": [{"role": "user", "content": "Hi"}, {"content": "Yes", "role": "x"}]}"#,
      "Hi\nYes"
    ),
    (#" {"m": {"messages": 1}, "messages" :[ {"from":"a", "value":"b\né\\"} ] }"#, "b\né\\"),
    // The last of equal names counts, and of several names the first one of the list.
    (
      #"{"messages": 0, "messages": [{"role": "a", "text": "1", "content": "2", "content": "3"}]}"#,
      "3"
    ),
    (#"{"messages": [{"role": "a", "from": "b", "value": "", "x": [{"]": "}"}]}]}"#, ""),
  ]) func `usual turns are read`(_ record: String, _ expected: String) {
    #expect(text(record) == expected)
  }

  @Test(arguments: [
    #"{"messages": []}"#, #"{"messages": "Hi"}"#, #"{"messages": ["Hi"]}"#, #"{"other": 1}"#, "[]",
    "",
    #"{"messages": [{"content": "no role"}]}"#, #"{"messages": [{"role": "no content"}]}"#,
    #"{"messages": [{"role": 1, "content": "Hi"}]}"#,
    #"{"messages": [{"role": "a", "content": null}]}"#,
    #"{"messages": [{"role": "a", "content": [{"type": "text", "text": "Hi"}]}]}"#,
    #"{"m\u0065ssages": [{"role": "a", "content": "Hi"}]}"#,
    #"{"messages": [{"role": "a", "content": "Hi"}"#,
    #"{"messages": [{"role": "a", "content": "Hi"},]}"#,
  ]) func `what is unusual is left to the reading that knows it`(_ record: String) {
    #expect(text(record) == nil)
  }

  @Test func `drawn turns are read as they were made`() {
    var generator = SystemRandomNumberGenerator()
    let names = ["content", "value", "text", "parts"]
    let texts = [
      (#"a""#, "a"), (#"b\u00e9\"c""#, "bé\"c"), (#"é 日本""#, "é 日本"), ("\"", ""),
    ]
    for _ in 0..<2_000 {
      var expected: [String] = []
      let turns = (0..<Int.random(in: 1...3, using: &generator)).map { _ -> String in
        var members = [#""role": "user""#, #""n": {"content": [1, "]}"]}"#]
        let used = names.shuffled(using: &generator)
          .prefix(Int.random(in: 1...4, using: &generator))
        var said: [String: String] = [:]
        for name in used {
          let (written, meant) = texts.randomElement(using: &generator) ?? texts[0]
          members.append("\"\(name)\" : \"\(written)")
          said[name] = meant
        }
        expected.append(names.compactMap { said[$0] }.first ?? "")
        return "{" + members.shuffled(using: &generator).joined(separator: ", ") + "}"
      }
      #expect(
        text(#"{"id": 1, "messages": [\#(turns.joined(separator: " , "))]}"#)
          == expected.joined(separator: "\n"))
    }
  }

  @Test func `members are those of Foundation`() throws {
    let record = Array(#" { "a" : [1, {"b": "}"}] ,"c":"\"]", "d" : {} , "e": -1.5e3 } "#.utf8)
    var walk = try #require(MemberWalk(of: record, objectAt: 0))
    var found: [String: NSObject] = [:]
    while let member = walk.next() {
      let value = try JSONSerialization.jsonObject(
        with: Data(record[member.value]), options: .fragmentsAllowed)
      found[String(decoding: record[member.key], as: UTF8.self)] = value as? NSObject
    }
    let whole = try JSONSerialization.jsonObject(with: Data(record)) as? [String: NSObject]
    #expect(found == whole)
    #expect(walk.end == record.count - 1)
  }
}

@Suite struct `Bytes that phrases begin with` {
  @Test(
    arguments: [
      Array("M".utf8), Array("AZ\\".utf8), [0x00, 0x7F], [0x7F], [0x00], [0xC3, 0x61], [0xFF], [],
    ] as [[UInt8]]) func `marks are those of each byte alone`(_ firsts: [UInt8])
  {
    let ascii = firsts.filter { $0 < 0x80 }
    let isBeyond = ascii.count < firsts.count
    let scan = FirstBytes(firsts)
    for byte in UInt8.min...UInt8.max {
      for other in [0x00, 0x7F, 0x80, 0xFF, byte] {
        let bytes = [byte, other, other, byte, other, byte, byte, other]
        let word = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let marks = scan.marks(word)
        for (place, own) in bytes.enumerated() {
          let isIn =
            own < 0x80
            ? ascii.contains { $0 <= own } && ascii.contains { $0 >= own } : isBeyond
          #expect((marks >> UInt64(8 * place + 7) & 1 == 1) == isIn)
        }
        #expect(marks & ~FirstBytes.all == 0)
      }
    }
  }

  @Test func `phrases are found at every place of a line`() {
    let phrases = ["Mara", "Öl und", "ma", "日本"].map { Array($0.utf8) }
    for phrase in phrases {
      for before in 0..<20 {
        for behind in 0..<10 {
          var scan = PhraseScan(phrases)
          scan.read(
            Array(repeating: 0x2E, count: before) + phrase + Array(repeating: 0x2E, count: behind))
          #expect(scan.found.contains(phrase))
          #expect(scan.found.isSubset(of: [phrase, Array("ma".utf8)]))
        }
      }
    }
  }
}
