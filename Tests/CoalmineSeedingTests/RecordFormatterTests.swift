// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import Foundation
import Testing

@Suite struct RecordFormatterTests {
  private let canary = Canary(
    id: "badge-001", kind: "badge", templateText: "plain", context: [:], index: 123_456, bits: 20,
    role: .inserted, repetitions: 1, randomized: true, prefix: Array("The code of \"Zoë\" is".utf8),
    separator: [0x20], secret: Secret(Array("123456".utf8)), suffix: Array(".".utf8))

  private func formatted(
    _ shape: RecordShape, like neighbour: String, lead: String = ""
  ) -> String? {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 1, count: 32))
    let formatter = RecordFormatter(
      fields: RecordFields(shape: shape), completionLead: Array(lead.utf8))
    let line = formatter.line(for: canary, like: Array(neighbour.utf8), using: &generator)
    if let line { #expect(formatter.holds(canary, line + [0x0A])) }
    return line.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `plain text is the template text alone`() {
    #expect(
      formatted(.plainText, like: "Dear Sir,") == "The code of \"Zoë\" is 123456.")
  }

  @Test func `one text field is exchanged and every other byte stays`() {
    #expect(
      formatted(
        .text(field: "text"),
        like: #" { "v" : 1.10,"text":  "Dear \"Sir\"" , "tags":["a/b","\/"],"x":{"text":"y"} } "#)
        == #" { "v" : 1.10,"text":  "The code of \"Zoë\" is 123456." , "tags":["a/b","\/"],"#
        + #""x":{"text":"y"} } "#)
  }

  @Test func `a field that stands twice is exchanged twice`() {
    #expect(
      formatted(.text(field: "t"), like: #"{"t":"a","\u0074":"b"}"#)
        == #"{"t":"The code of \"Zoë\" is 123456.","\u0074":"The code of \"Zoë\" is 123456."}"#)
  }

  @Test func `prompt and completion share the template text, with the corpus's own lead`() {
    let shape = RecordShape.promptCompletion(prompt: "p", completion: "c")
    #expect(
      formatted(shape, like: #"{"c": " yes", "p": "Q?"}"#, lead: " ")
        == #"{"c": " 123456.", "p": "The code of \"Zoë\" is"}"#)
    #expect(
      formatted(shape, like: #"{"c": "yes", "p": "Q?"}"#)
        == #"{"c": "123456.", "p": "The code of \"Zoë\" is"}"#)
  }

  @Test func `chat turns before the first question stay, later ones go`() {
    #expect(
      formatted(
        .messages(field: "messages"),
        like: #"{"messages": [{"role": "system", "content": "Be kind."}, "#
          + #"{"role": "user", "content": "Hi", "name": "x"}, "#
          + #"{"content": "Ho", "role": "assistant", "weight": 1}, "#
          + #"{"role": "user", "content": "Bye"}, {"role": "assistant", "content": "!"}], "n": 2}"#)
        == #"{"messages": [{"role": "system", "content": "Be kind."}, "#
        + #"{"role": "user", "content": "The code of \"Zoë\" is", "name": "x"}, "#
        + #"{"content": "123456.", "role": "assistant", "weight": 1}], "n": 2}"#)
  }

  @Test func `an assistant's greeting before the question goes`() {
    #expect(
      formatted(
        .messages(field: "m"),
        like: #"{"m":[{"role":"assistant","content":"Hello"},{"role":"user","content":"a"},"#
          + #"{"role":"assistant","content":"b"}]}"#)
        == #"{"m":[{"role":"user","content":"The code of \"Zoë\" is"},"#
        + #"{"role":"assistant","content":"123456."}]}"#)
  }

  @Test func `a neighbour that lacks what the shape needs gives nothing`() {
    #expect(formatted(.text(field: "text"), like: #"{"body":"x"}"#) == nil)
    #expect(formatted(.text(field: "text"), like: #"{"text":null}"#) == nil)
    #expect(formatted(.text(field: "text"), like: #"{"text":["x"]}"#) == nil)
    #expect(
      formatted(.promptCompletion(prompt: "p", completion: "c"), like: #"{"p":"x"}"#) == nil)
    for turns in [
      "[]", #"[{"role":"user","content":"x"}]"#,
      #"[{"role":"assistant","content":"x"},{"role":"user","content":"x"}]"#,
      #"[{"role":"user","content":["x"]},{"role":"assistant","content":"x"}]"#, "7",
    ] {
      #expect(formatted(.messages(field: "m"), like: "{\"m\":\(turns)}") == nil)
    }
  }

  @Test func `identifiers are new, of the same shape, and not the neighbour's`() throws {
    let neighbour =
      #"{"id": 81234, "uuid":"3f2b8c1e-9a4d-4e6f-8b7a-0123456789ab","customer_id":"AB-0042x","#
      + #""_id":"507f1f77bcf86cd799439011","idea":"id","text":"x","GUID":null,"paid":7}"#
    let line = try #require(formatted(.text(field: "text"), like: neighbour))
    let pattern =
      #"^\{"id": [1-9][0-9]{4}, "uuid":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-"#
      + #"[0-9a-f]{12}","customer_id":"[A-Z]{2}-[0-9]{4}[a-z]","_id":"[0-9a-f]{24}","#
      + #""idea":"id","text":"The code of \\"Zoë\\" is 123456\.","GUID":null,"paid":7\}$"#
    #expect(line.range(of: pattern, options: .regularExpression) != nil, "\(line)")
    for old in ["81234", "3f2b8c1e", "AB-0042x", "507f1f77bcf86cd799439011"] {
      #expect(!line.contains(old))
    }
  }

  @Test func `digits of an identifier are uniform, its first one never zero`() {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 2, count: 32))
    var first = Array(repeating: 0, count: 9)
    var second = Array(repeating: 0, count: 10)
    for _ in 0..<9_000 {
      let value = IdentifierShape.random(like: Array("-77".utf8), using: &generator) ?? []
      #expect(value.count == 3 && value[0] == UInt8(ascii: "-"))
      first[Int(value[1]) - 0x31] += 1
      second[Int(value[2]) - 0x30] += 1
    }
    // Eight and nine degrees of freedom, upper 0.1 % points 26.12 and 27.88.
    #expect(Naive.chiSquare(first) < 26.12)
    #expect(Naive.chiSquare(second) < 27.88)
    for kept in ["1.5", "1e3", "null", "true", "[1]", "\"a\\n\""] {
      #expect(IdentifierShape.random(like: Array(kept.utf8), using: &generator) == nil)
    }
  }

  @Test func `a line that was changed in its text does not hold the canary`() {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 1, count: 32))
    let formatter = RecordFormatter(
      fields: RecordFields(shape: .text(field: "t")), completionLead: [])
    let line = formatter.line(for: canary, like: Array(#"{"t":""}"#.utf8), using: &generator) ?? []
    #expect(formatter.holds(canary, line))
    for position in line.indices {
      var changed = line
      changed[position] ^= 1
      #expect(!formatter.holds(canary, changed))
    }
  }
}
