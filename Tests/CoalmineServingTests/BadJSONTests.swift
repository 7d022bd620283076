// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineServing
import CoalmineTesting
import Testing

@Suite struct `Bodies that are not JSON` {
  private func refusal(_ body: [UInt8]) async throws -> RawResponse {
    try await ServiceFixture.with { port in
      try ServiceFixture.ask(port, ServiceFixture.post("/v1/completions", body))
    }
  }

  @Test(arguments: [
    ("", "line 1, column 1: the text ends too early"), ("{", "line 1, column 2"),
    (#"{"prompt":}"#, "line 1, column 11: no value begins like this"),
    ("{\n \"prompt\": \"a\",\n}", "line 3, column 1: a key in quotes is due here"),
    (#"{"prompt" "a"}"#, "line 1, column 11: a colon is due here"),
    (#"{"prompt":"a" "n":1}"#, "line 1, column 15: a comma or '}' is due here"),
    (#"{"prompt":[1 2]}"#, "line 1, column 14: a comma or ']' is due here"),
    (#"{"prompt":'a'}"#, "line 1, column 11: no value begins like this"),
    (#"{"prompt":NaN}"#, "line 1, column 11: no value begins like this"),
    (#"{"n":01}"#, "line 1, column 6: a number must not begin with 0"),
    (#"{"n":1.}"#, "line 1, column 8: a digit is due here"),
    (#"{"n":-}"#, "line 1, column 7: a digit is due here"),
    (#"{"n":1e999}"#, "line 1, column 6: a number out of range"),
    (#"{"n":99999999999999999999}"#, "line 1, column 6: a number out of range"),
    ("{\"prompt\":\"a\u{1}\"}", "line 1, column 13: a control character in a string"),
    (#"{"prompt":"\x"}"#, "line 1, column 13: no escape looks like this"),
    (#"{"prompt":"\u12g4"}"#, "line 1, column 16: four hexadecimal digits are due here"),
    (#"{"prompt":"\ud83d"}"#, "line 1, column 12: half of a surrogate pair"),
    (#"{} {}"#, "line 1, column 4: nothing may follow the value"),
    ("\u{FEFF}{}", "line 1, column 1: no value begins like this"),
    (#"{"prompt":"a"#, "line 1, column 13: the text ends too early"),
  ])
  func `are refused with the place`(_ body: String, _ message: String) async throws {
    let answer = try await refusal(Array(body.utf8))
    #expect(answer.status == 400 && answer.code == "invalid_json")
    #expect(answer.message?.contains(message) == true, "\(answer.message ?? "")")
  }

  @Test func `invalid UTF-8 is refused with the place`() async throws {
    let answer = try await refusal(Array(#"{"prompt":"a"#.utf8) + [0xC3, 0x28] + Array("\"}".utf8))
    #expect(answer.status == 400)
    #expect(answer.message?.contains("line 1, column 13: not UTF-8") == true)
  }

  @Test func `nesting has a limit`() async throws {
    let deep = String(repeating: "[", count: 100_000)
    let answer = try await refusal(Array(#"{"prompt":\#(deep)"#.utf8))
    #expect(answer.status == 400)
    #expect(answer.message?.contains("nested deeper than 128 levels") == true)
  }

  @Test(arguments: ["[]", "[1,2]", "5", "\"a\"", "null", "true"])
  func `anything but an object is refused`(_ body: String) async throws {
    let answer = try await refusal(Array(body.utf8))
    #expect(answer.status == 400 && answer.message == "the body is not a JSON object")
  }

  @Test(arguments: [
    #"{"prompt":"a","prompt":"b"}"#, #"{"prompt":"a","n":1,"n":1}"#,
    #"{"prompt":"a","\u0070rompt":"b"}"#, #"{"prompt":"a","\u001b":1,"\u001b":2}"#,
  ])
  func `a key that stands twice is refused`(_ body: String) async throws {
    let answer = try await refusal(Array(body.utf8))
    #expect(answer.status == 400 && answer.code == "duplicate_key")
    #expect(!answer.text.contains("\u{1B}"))
  }

  @Test func `a key that stands twice in a turn is refused`() async throws {
    let answer = try await ServiceFixture.chat(
      #"{"messages":[{"role":"user","content":"a","content":"b"}]}"#)
    #expect(answer.status == 400 && answer.code == "duplicate_key")
  }

  /// Both ways: what the parser refuses has a place, and what it takes has none.
  @Test func `the scan for the place agrees with the parser on mutated texts`() throws {
    let seeds = [
      #"{"a":[1,-2.5e-3,true,false,null,"x\n\u00e9\ud83d\ude42é🙂"],"b":{"c":{}},"d":""}"#,
      #"[[[[]]],{"":0},"\\\"\/",1E5,0,-0,9007199254740993,18446744073709551615]"#,
      " \t\r\n{ \"k\" : [ ] }\n",
    ].map { Array($0.utf8) }
    let alphabet = Array("{}[]:,\"\\u0123456789eE+-.truefalsn \n\u{1}".utf8) + [0xC3, 0xA9, 0xFF]
    var state: UInt64 = 42
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    var refused = 0
    let rounds = isDeep ? 2_000_000 : 60_000
    for round in 0..<rounds {
      var text = seeds[round % seeds.count]
      for _ in 0..<next(4) {
        let position = next(text.count)
        switch next(3) {
        case 0: text[position] = alphabet[next(alphabet.count)]
        case 1: text.insert(alphabet[next(alphabet.count)], at: position)
        default: text.remove(at: position)
        }
      }
      let parsed = try? JSONDocument(parsing: text)
      let fault = JSONFault.first(in: text, depthLimit: JSONDocument.depthLimit)
      if parsed == nil { refused += 1 }
      #expect(
        (parsed == nil) == (fault != nil),
        "\(String(decoding: text, as: UTF8.self)) \(fault.map { "\($0)" } ?? "no fault")")
      if let fault { #expect((0...text.count).contains(fault.offset)) }
    }
    #expect(refused > rounds / 4 && refused < rounds)
  }
}
