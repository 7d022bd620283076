// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineSeeding
import CoalmineStatistics
import Foundation
import Testing

@Suite struct JSONSpansTests {
  /// A random JSON value with odd spacing, escapes and brackets inside strings.
  private func value(_ generator: inout ChaCha8Rand, depth: Int = 0) -> String {
    func space() -> String { ["", " ", "\t", "  "][Int(generator.uniform(below: UInt64(4)))] }
    func text() -> String {
      let parts = ["a", "é", "\\\"", "\\\\", "{", "]", ",", ":", "\\u0041", "\\n", "名", " "]
      let count = Int(generator.uniform(below: UInt64(6)))
      var text = "\""
      for _ in 0..<count { text += parts[Int(generator.uniform(below: UInt64(parts.count)))] }
      return text + "\""
    }
    let choice = generator.uniform(below: UInt64(depth > 3 ? 5 : 7))
    switch choice {
    case 0: return "1.10"
    case 1: return "-3e5"
    case 2: return ["true", "false", "null"][Int(generator.uniform(below: UInt64(3)))]
    case 3, 4: return text()
    case 5:
      let count = Int(generator.uniform(below: UInt64(4)))
      var parts: [String] = []
      for _ in 0..<count { parts.append(space() + value(&generator, depth: depth + 1) + space()) }
      return "[" + (parts.isEmpty ? space() : parts.joined(separator: ",")) + "]"
    default:
      let count = Int(generator.uniform(below: UInt64(4)))
      var parts: [String] = []
      for number in 0..<count {
        let inner = value(&generator, depth: depth + 1)
        parts.append("\(space())\"k\(number)\"\(space()):\(space())\(inner)\(space())")
      }
      return "{" + (parts.isEmpty ? space() : parts.joined(separator: ",")) + "}"
    }
  }

  private func parsed(_ bytes: some Sequence<UInt8>) throws -> NSObject {
    let any = try JSONSerialization.jsonObject(
      with: Data(Array(bytes)), options: [.fragmentsAllowed])
    return try #require(any as? NSObject)
  }

  @Test func `spans cut a document where a whole parser does`() throws {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 3, count: 32))
    var members = 0
    var elements = 0
    for _ in 0..<3_000 {
      let text = value(&generator)
      let bytes = Array(text.utf8)
      #expect(JSONSpans.end(ofValueAt: 0, in: bytes) == bytes.count)
      let whole = try parsed(bytes)
      if let array = whole as? [NSObject] {
        let spans = try #require(JSONSpans.elements(ofArrayAt: 0, in: bytes))
        #expect(try spans.map { try parsed(bytes[$0]) } == array)
        elements += spans.count
      }
      if let object = whole as? [String: NSObject] {
        let spans = try #require(JSONSpans.members(ofObjectAt: 0, in: bytes))
        #expect(spans.count == object.count)
        for span in spans {
          let key = String(decoding: bytes[span.key], as: UTF8.self)
          #expect(try parsed(bytes[span.value]) == object[key])
        }
        members += spans.count
      }
      if let string = whole as? String {
        #expect(JSONSpans.string(0..<bytes.count, in: bytes) == Array(string.utf8))
      }
    }
    #expect(members > 300 && elements > 300)
  }

  @Test func `repeated keys are all there, and escaped keys have their meaning`() throws {
    let bytes = Array(#" {"a":1 , "\u0061" : [2], "b":"}"}"#.utf8)
    let members = try #require(JSONSpans.members(ofObjectAt: 0, in: bytes))
    #expect(
      members.map { String(decoding: JSONSpans.name(of: $0, in: bytes), as: UTF8.self) }
        == ["a", "a", "b"])
    #expect(
      members.map { String(decoding: bytes[$0.value], as: UTF8.self) } == ["1", "[2]", "\"}\""])
  }

  @Test func `text that is no JSON gives nothing and never a place outside it`() {
    let whole = Array(#"{"a": [1, {"b": "c\""}], "d": null}"#.utf8)
    for end in 0..<whole.count {
      let part = Array(whole[..<end])
      #expect(JSONSpans.members(ofObjectAt: 0, in: part) == nil)
    }
    for text in ["", "[", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{1:2}", "[1 2]", "\"a\\"] {
      let bytes = Array(text.utf8)
      #expect(JSONSpans.members(ofObjectAt: 0, in: bytes) == nil)
      #expect(JSONSpans.elements(ofArrayAt: 0, in: bytes) == nil)
    }
  }

  /// Strings byte by byte: quotes, runs of backslashes, escapes of every kind, whole and broken.
  @Test func `strings end and mean what a parser says, whatever escapes they hold`() throws {
    let parts = [
      "\\\\", "\\\"", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0041", "\\u00e9", "\\u20AC",
      "\\ud83d\\ude00", "\\uD83D", "\\uDE00", "\\u12", "\\x", "\\", "a", "é", "{", "]", "名字",
      "long run",
    ]
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 9, count: 32))
    var valid = 0
    var invalid = 0
    for _ in 0..<20_000 {
      var text = "\""
      for _ in 0..<Int(generator.uniform(below: UInt64(9))) {
        text += parts[Int(generator.uniform(below: UInt64(parts.count)))]
      }
      text += "\""
      let bytes = Array(text.utf8)
      // Where the string ends, one byte at a time.
      var end: Int?
      var position = 1
      while position < bytes.count, end == nil {
        if bytes[position] == 0x5C {
          position += 1
        } else if bytes[position] == 0x22 {
          end = position + 1
        }
        position += 1
      }
      #expect(JSONSpans.end(ofValueAt: 0, in: bytes) == end, "\(text)")
      #expect(JSONSpans.end(ofValueAt: 0, in: bytes + Array(", 1]".utf8)) == end, "\(text)")
      guard let end, end == bytes.count else { continue }
      let meaning = try? JSONDocument(parsing: bytes).root.stringBytes
      #expect(JSONSpans.string(0..<end, in: bytes) == meaning, "\(text)")
      if meaning == nil { invalid += 1 } else { valid += 1 }
    }
    #expect(valid > 2_000 && invalid > 2_000)
  }
}
