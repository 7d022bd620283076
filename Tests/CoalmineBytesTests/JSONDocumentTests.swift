// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Foundation
import Testing

@Suite struct `JSON documents` {
  static func parse(_ text: String, repairing: Bool = false) throws -> JSONDocument {
    try JSONDocument(parsing: Array(text.utf8), repairing: repairing)
  }

  @Test(arguments: [
    "{}", "[]", "null", "true", "false", "0", "-0", "-0.0", "1E5", "1e+5", "1e-5", "0.1",
    "\"\"", " \t\r\n[ ]\n", #"{"":0}"#, #"["\u0000","\/","\u20ac","\ud834\udd1e"]"#,
    "[\"\u{7F}\u{2028}\u{FEFF}é\u{301}👩‍👩‍👧\"]", "1e-400", "123456789012345678", "[[],{},[{}]]",
  ])
  func `what RFC 8259 allows is read`(_ text: String) throws {
    let document = try Self.parse(text)
    #expect(!document.wasRepaired)
    #expect(!(try Self.parse(text, repairing: true)).wasRepaired)
  }

  @Test(arguments: [
    "", " ", "{", "[", "]", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}",
    "{\"a\":1,}", "{a:1}", "{'a':1}", "{1:1}", "[1]]", "[1] 2", "{} {}", "01", "1.", ".1", "+1",
    "--1", "1e", "1e+", "0x10", "1_000", "1e400", "-1e400", "truE", "nul", "undefined", "\"",
    "\"\\\"", "\"\\x41\"", "\"\\u12\"", "\"\\u{41}\"", "\"\n\"", "\"\t\"", "\"\u{1}\"", "// c\n1",
    "/* c */ 1", "[1;2]", "{\"a\":1 \"b\":2}", "\u{FEFF}{}", "'a'", "[\"a\",\n4", "True", "\u{0}",
    "[1\u{0}]", "99999999999999999999999",
  ])
  func `what RFC 8259 does not allow is refused, repairing or not`(_ text: String) {
    #expect(throws: JSONError.self) { try Self.parse(text) }
    #expect(throws: JSONError.self) { try Self.parse(text, repairing: true) }
  }

  @Test func `a document cut at any byte is refused`() throws {
    let text = #"{"a":[1.5e3,-2,"\u00e9é\ud83d\ude00",null,true,false,{"b":{}}],"c":"x"}"#
    let bytes = Array(text.utf8)
    _ = try JSONDocument(parsing: bytes)
    for end in bytes.indices {
      #expect(throws: JSONError.self) { try JSONDocument(parsing: Array(bytes[..<end])) }
      #expect(throws: JSONError.self, "cut at \(end)") {
        try JSONDocument(parsing: Array(bytes[..<end]), repairing: true)
      }
    }
  }

  @Test func `nesting is read to its limit and refused beyond it`() throws {
    func nested(_ depth: Int, _ open: String, _ inner: String, _ close: String) -> String {
      String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
    }
    for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
      _ = try Self.parse(nested(JSONDocument.depthLimit, open, "1", close))
      for depth in [JSONDocument.depthLimit + 1, 1_000, 100_000] {
        #expect(throws: JSONError.self, "\(open) \(depth)") {
          try Self.parse(nested(depth, open, "1", close), repairing: true)
        }
        #expect(throws: JSONError.self) {
          try Self.parse(String(repeating: open, count: depth), repairing: true)
        }
      }
    }
  }

  @Test func `values have their kinds and no others`() throws {
    let root = try Self.parse(#"[null,true,3,3.0,"3",[3],{"a":3}]"#).root
    let elements = try #require(root.elements)
    #expect(elements.map(\.kind) == [.null, .bool, .integer, .double, .string, .array, .object])
    #expect(elements.map(\.isNull) == [true, false, false, false, false, false, false])
    #expect(elements.map(\.bool) == [nil, true, nil, nil, nil, nil, nil])
    #expect(elements.map(\.int) == [nil, nil, 3, nil, nil, nil, nil])
    #expect(elements.map(\.double) == [nil, nil, 3, 3, nil, nil, nil])
    #expect(elements.map(\.string) == [nil, nil, nil, nil, "3", nil, nil])
    #expect(elements.map { $0.elements?.count } == [nil, nil, nil, nil, nil, 1, nil])
    #expect(elements.map { $0.members?.count } == [nil, nil, nil, nil, nil, nil, 1])
    #expect(elements.map { $0["a"]?.int } == [nil, nil, nil, nil, nil, nil, 3])
  }

  @Test(arguments: [
    ("9223372036854775807", Int64.max), ("-9223372036854775808", .min), ("-0", 0),
    ("9223372036854775808", nil), ("18446744073709551615", nil), ("1.0", nil), ("1e3", nil),
  ])
  func `whole numbers are exact or not there`(_ text: String, _ value: Int64?) throws {
    let root = try Self.parse(text).root
    #expect(root.int == value)
    #expect(root.double == Double(text))
  }

  @Test(arguments: [
    "5e-324", "2.2250738585072014e-308", "1.7976931348623157e308", "0.1", "-0.3", "1e23",
    "9007199254740993", "123456789.123456789", "4.35", "2.2250738585072011e-308",
    "0.500000000000000166533453693773481063544750213623046875", "1e-400", "-1e-400",
  ])
  func `decimals are the nearest doubles`(_ text: String) throws {
    let value = try #require(try Self.parse("[\(text)]").root.elements?.first?.double)
    #expect(value.bitPattern == strtod(text, nil).bitPattern)
  }

  @Test func `members keep order and duplicates, and the first of a name is found`() throws {
    let root = try Self.parse(#"{"b":1,"a":2,"b":3,"":4,"\u0061":5,"a\u0000":6}"#).root
    #expect(root.members?.map(\.key) == ["b", "a", "b", "", "a", "a\u{0}"])
    #expect(root.members?.map(\.value.int) == [1, 2, 3, 4, 5, 6])
    #expect(root["b"]?.int == 1 && root["a"]?.int == 2 && root[""]?.int == 4)
    #expect(root["a\u{0}"]?.int == 6 && root["c"] == nil)
    #expect(root.repeatsKey)
    #expect(try !Self.parse(#"{"é":1,"e\u0301":2,"A":3,"a":4}"#).root.repeatsKey)
    #expect(try !Self.parse("[1,1]").root.repeatsKey)
  }

  @Test func `strings come back as their bytes, NUL and all`() throws {
    let root = try Self.parse(#"["a\u0000b","\ud83d\ude00","e\u0301","\u00e9","\"\\\/\b\f\n\r\t"]"#)
      .root
    #expect(
      root.elements?.map(\.stringBytes) == [
        [0x61, 0, 0x62], [0xF0, 0x9F, 0x98, 0x80], [0x65, 0xCC, 0x81], [0xC3, 0xA9],
        [0x22, 0x5C, 0x2F, 8, 12, 10, 13, 9],
      ])
  }

  @Test(arguments: [
    ("[]", [Double?]()), ("[1,null,-2.5]", [1, nil, -2.5]), ("[1,\"2\"]", nil), ("[true]", nil),
    ("[[1]]", nil), ("{}", nil), ("null", nil),
  ])
  func `a list of numbers is one, with nulls, or none at all`(_ text: String, _ list: [Double?]?)
    throws
  {
    #expect(try Self.parse(text).root.optionalDoubles == list)
  }

  @Test func `a node outlives the name of its document`() throws {
    func inner() throws -> JSONNode? { try Self.parse(#"{"a":["kept"]}"#).root["a"] }
    let node = try #require(try inner())
    #expect(node.elements?.first?.string == "kept")
  }

  @Test func `a long list is read in linear time`() throws {
    let count = 200_000
    let text = "[" + String(repeating: "-0.25,", count: count) + "null]"
    #expect(try Self.parse(text).root.optionalDoubles?.count == count + 1)
  }
}
