// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Foundation
import Testing

@Suite struct `JSON writer` {
  static func list(_ body: (inout JSONWriter.List) throws -> Void) throws -> String {
    var writer = JSONWriter()
    try writer.array(body)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func `members, elements and nesting stand in the order of the calls`() throws {
    func write(pretty: Bool) throws -> String {
      var writer = JSONWriter(pretty: pretty)
      try writer.object { body in
        try body.field("b", 1)
        try body.field("a", String?.none)
        try body.array("list") { list in
          try list.value(true)
          try list.object { try $0.field("x", Int64.min) }
          try list.array { _ in }
          try list.value(utf8: [0x61])
        }
        try body.object("empty") { _ in }
        try body.field("text", utf8: [0xC3, 0xA9])
      }
      return String(decoding: writer.bytes, as: UTF8.self)
    }
    #expect(
      try write(pretty: false)
        == #"{"b":1,"a":null,"list":[true,{"x":-9223372036854775808},[],"a"],"#
        + #""empty":{},"text":"é"}"#)
    #expect(
      try write(pretty: true) == """
        {
          "b": 1,
          "a": null,
          "list": [
            true,
            {
              "x": -9223372036854775808
            },
            [],
            "a"
          ],
          "empty": {},
          "text": "é"
        }
        """)
  }

  @Test func `every scalar of Unicode comes back, as text and as key`() throws {
    var scalars = String.UnicodeScalarView()
    for value in UInt32(0)...0x10FFFF where value < 0x3000 || value % 7 == 0 {
      if let scalar = UnicodeScalar(value) { scalars.append(scalar) }
    }
    let text = String(scalars)
    var writer = JSONWriter()
    try writer.object {
      try $0.field("text", text)
      try $0.field(text, 1)
    }
    let root = try JSONDocument(parsing: writer.bytes).root
    #expect(root["text"]?.stringBytes == Array(text.utf8))
    #expect(root[text]?.int == 1)
    // Another parser reads the same.
    let other = try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: Any]
    #expect((other?["text"] as? String)?.utf8.elementsEqual(text.utf8) == true)
  }

  @Test func `controls are escaped and everything else stands as it is`() throws {
    let text = try Self.list { try $0.value("\u{0}\u{8}\t\n\r\u{1F}\"\\/\u{7F}\u{80}\u{2028}") }
    #expect(
      text == #"["\u0000\u0008\t\n\r\u001f\"\\/\u007f"# + "\u{80}\u{2028}" + #""]"#)
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 })
  }

  @Test func `bytes that are no UTF-8 become replacement characters`() throws {
    let text = try Self.list { try $0.value(utf8: [0x61, 0xFF, 0xED, 0xA0, 0x80, 0x62]) }
    #expect(text.hasPrefix("[\"a\u{FFFD}") && text.hasSuffix("b\"]"))
    _ = try JSONDocument(parsing: Array(text.utf8))
  }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "0"), (1, "1"), (-2.5, "-2.5"), (0.1, "0.1"),
    (1.0 / 3, "0.3333333333333333"),
    (1e15, "1000000000000000.0"), (1e17, "1e+17"), (999_999_999_999_999, "999999999999999"),
    (1e22, "1e+22"), (1e-7, "1e-07"),
    (.leastNonzeroMagnitude, "5e-324"), (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
  ])
  func `a double is its shortest decimal`(_ value: Double, _ text: String) throws {
    #expect(try Self.list { try $0.value(value) } == "[\(text)]")
  }

  @Test func `a hundred thousand random doubles read back the same`() throws {
    var state: UInt64 = 7
    let values = (0..<100_000).map { round -> Double in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Double(bitPattern: state ^ (state >> 29))
      return value.isFinite ? value : Double(round)
    }
    var writer = JSONWriter()
    try writer.array { list in for value in values { try list.value(value) } }
    let read = try #require(try JSONDocument(parsing: writer.bytes).root.optionalDoubles)
    #expect(read.count == values.count)
    let same = zip(read, values).allSatisfy { $0.0?.bitPattern == $0.1.bitPattern }
    #expect(same)
    // No shorter one of the usual forms reads back the same.
    for value in values.prefix(5_000) {
      let digits = try Self.list { try $0.value(value) }.filter(\.isNumber).count
      let fewer = String(format: "%.\(max(0, digits - 8))e", value)
      if digits > 12 { #expect(Double(fewer) != value) }
    }
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, .signalingNaN])
  func `a number that JSON cannot hold is refused wherever it stands`(_ value: Double) {
    var writer = JSONWriter()
    #expect(throws: NonFiniteNumber.self) { try writer.array { try $0.value(value) } }
    #expect(throws: NonFiniteNumber.self) { try writer.object { try $0.field("a", value) } }
    #expect(throws: NonFiniteNumber.self) {
      try writer.object { try $0.field("a", Optional(value)) }
    }
    #expect(throws: NonFiniteNumber.self) {
      try writer.object { try $0.array("a") { try $0.object { try $0.field("b", value) } } }
    }
  }

  @Test(arguments: [Int.min, -1, 0, 1, Int.max])
  func `whole numbers are written in full`(_ value: Int) throws {
    #expect(try Self.list { try $0.value(value) } == "[\(value)]")
  }
}
