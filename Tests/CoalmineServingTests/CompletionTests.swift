// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineDemoModel
import CoalmineServing
import Foundation
import Testing

@Suite struct `Completions` {
  private let model = ServiceFixture.model

  static let texts = [
    "The access code of Ines Dalby is 302557.", "Zoë pays 5 € for a café 🙂", "x", "\u{0}\u{7F}",
    "unseen words of nobody", "",
  ]

  private func quoted(_ text: String) throws -> String {
    var writer = JSONWriter()
    try writer.array { try $0.value(text) }
    return String(String(decoding: writer.bytes, as: UTF8.self).dropFirst().dropLast())
  }

  @Test(arguments: texts)
  func `echo gives the model's own log-probability of every prompt token`(_ text: String)
    async throws
  {
    let answer = try await ServiceFixture.complete(
      #"{"prompt":\#(try quoted(text)),"echo":true,"logprobs":0,"max_tokens":0}"#)
    let choice = try #require(try answer.json().choices.first)
    let bytes = Array(text.utf8)
    let logprobs = try #require(choice["logprobs"])
    let expected = model.score(bytes.map { Int($0) })
    #expect(choice["text"]?.string == text)
    #expect(choice["finish_reason"]?.string == "length")
    // The first token has no number, as with OpenAI.
    #expect(
      logprobs["token_logprobs"]?.numbers
        == expected.enumerated().map { $0.offset == 0 ? nil : $0.element })
    let shown = logprobs["tokens"]?.strings ?? []
    #expect(shown.count == bytes.count)
    for (token, byte) in zip(shown, bytes) {
      let expected =
        byte < 0x80
        ? String(UnicodeScalar(byte)) : "bytes:\\x" + String(byte, radix: 16, uppercase: false)
      #expect(token == expected)
    }
    #expect(try answer.json()["usage"]?["prompt_tokens"]?.int == Int64(bytes.count))
    #expect(try answer.json()["usage"]?["completion_tokens"]?.int == 0)
  }

  @Test func `a beginning mark in token ids scores the first byte as the model does`() async throws
  {
    let ids = [256] + "The".utf8.map { Int($0) }
    let answer = try await ServiceFixture.complete(
      #"{"prompt":\#(ids),"echo":true,"logprobs":1,"max_tokens":0}"#)
    let logprobs = try #require(try answer.json().choices[0]["logprobs"])
    #expect(logprobs["tokens"]?.strings == ["<|bos|>", "T", "h", "e"])
    #expect(try answer.json().choices[0]["text"]?.string == "The")
    let expected = model.logProbabilities(after: [256])[Int(UInt8(ascii: "T"))]
    #expect(logprobs["token_logprobs"]?.numbers[1] == expected)
  }

  @Test func `the alternatives are the whole vocabulary and add up to one`() async throws {
    let answer = try await ServiceFixture.complete(
      #"{"prompt":"The access","echo":true,"logprobs":257,"max_tokens":2,"temperature":0}"#)
    let logprobs = try #require(try answer.json().choices[0]["logprobs"])
    let maps = try #require(logprobs["top_logprobs"]?.elements)
    let values = try #require(logprobs["token_logprobs"]?.optionalDoubles)
    let tokens = logprobs["tokens"]?.strings ?? []
    #expect(maps.count == 12 && maps[0].isNull)
    for (position, map) in maps.enumerated().dropFirst() {
      let members = try #require(map.members)
      #expect(members.count == 257 && Set(members.map(\.key)).count == 257)
      let numbers = members.compactMap(\.value.double)
      #expect(abs(numbers.reduce(0) { $0 + exp($1) } - 1) < 1e-9)
      #expect(numbers == numbers.sorted(by: >))
      #expect(map[tokens[position]]?.double == values[position])
    }
  }

  @Test func `fewer alternatives are the best ones`() async throws {
    let answer = try await ServiceFixture.complete(
      #"{"prompt":"The access","logprobs":5,"max_tokens":1,"temperature":0}"#)
    let members = try #require(
      try answer.json().choices[0]["logprobs"]?["top_logprobs"]?.elements?[0].members)
    let all = model.logProbabilities(after: "The access".utf8.map { Int($0) }).sorted(by: >)
    #expect(members.compactMap(\.value.double) == Array(all.prefix(5)))
  }

  /// The most likely token at each step, by the model's public face alone.
  private func greedy(_ prompt: [Int], _ count: Int) -> [Int] {
    var context = prompt
    for _ in 0..<count {
      let values = model.logProbabilities(after: context)
      let best = values.indices.max { (values[$0], $1) < (values[$1], $0) } ?? 0
      if best == DemoModel.beginning { break }
      context.append(best)
    }
    return Array(context.dropFirst(prompt.count))
  }

  @Test(arguments: ["The access code", "Zoë pays", "5 ", "nothing like it"])
  func `temperature zero takes the most likely token each time`(_ prompt: String) async throws {
    let answer = try await ServiceFixture.complete(
      #"{"prompt":"\#(prompt)","logprobs":1,"max_tokens":30,"temperature":0}"#)
    let choice = try #require(try answer.json().choices.first)
    let tokens = prompt.utf8.map { Int($0) }
    let expected = greedy(tokens, 30)
    #expect(
      choice["text"]?.string
        == String(decoding: expected.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self))
    #expect(choice["finish_reason"]?.string == (expected.count < 30 ? "stop" : "length"))
    let values = choice["logprobs"]?["token_logprobs"]?.optionalDoubles ?? []
    #expect(values == Array(model.score(tokens + expected).dropFirst(tokens.count)))
  }

  @Test func `a seed fixes every sample, and samples differ`() async throws {
    let body = { (seed: String) in
      #"{"prompt":["The","Zo"],"n":3,"max_tokens":40,"temperature":1.5\#(seed)}"#
    }
    let texts = { (answer: RawResponse) in
      try answer.json().choices.map { $0["text"]?.string ?? "" }
    }
    let first = try texts(try await ServiceFixture.complete(body(#","seed":7"#)))
    let again = try texts(try await ServiceFixture.complete(body(#","seed":7"#)))
    let other = try texts(try await ServiceFixture.complete(body(#","seed":8"#)))
    let loose = try texts(try await ServiceFixture.complete(body("")))
    #expect(first.count == 6)
    #expect(first == again)
    #expect(first != other && first != loose)
    #expect(Set(first).count == 6)
  }

  @Test func `choices are numbered prompt by prompt, sample by sample`() async throws {
    let answer = try await ServiceFixture.complete(
      #"{"prompt":["aa","bb","cc"],"n":2,"max_tokens":1,"echo":true,"seed":1}"#)
    let choices = try answer.json().choices
    #expect(choices.map { $0["index"]?.int } == [0, 1, 2, 3, 4, 5])
    #expect(
      choices.map { String(($0["text"]?.string ?? "").prefix(2)) }
        == ["aa", "aa", "bb", "bb", "cc", "cc"])
    #expect(try answer.json()["usage"]?["prompt_tokens"]?.int == 6)
  }

  @Test func `the four forms of a prompt mean the same`() async throws {
    var texts: Set<[String?]> = []
    for prompt in [#""ab""#, #"["ab"]"#, "[97,98]", "[[97,98]]"] {
      let answer = try await ServiceFixture.complete(
        #"{"prompt":\#(prompt),"max_tokens":8,"seed":3}"#)
      texts.insert(try answer.json().choices.map { $0["text"]?.string })
    }
    #expect(texts.count == 1)
  }

  @Test func `a stop sequence ends the text before itself`() async throws {
    for stop in [#"" is ""#, #"["zzz"," is ","Dalby is 3"]"#] {
      let answer = try await ServiceFixture.complete(
        #"""
        {"prompt":"The access code","max_tokens":60,"temperature":0,"logprobs":1,"stop":\#(stop)}
        """#)
      let choice = try #require(try answer.json().choices.first)
      #expect(choice["text"]?.string == " of Ines Dalby")
      #expect(choice["finish_reason"]?.string == "stop")
      #expect(choice["logprobs"]?["tokens"]?.strings.joined() == " of Ines Dalby")
      #expect(choice["logprobs"]?["token_logprobs"]?.numbers.count == 14)
      #expect(choice["logprobs"]?["top_logprobs"]?.elements?.count == 14)
    }
  }

  @Test func `a very small top_p is greedy, and top_k one too`() async throws {
    var texts: Set<String> = []
    for option in [#""temperature":0"#, #""top_p":0.0001"#, #""top_k":1"#] {
      let answer = try await ServiceFixture.complete(
        #"{"prompt":"The access","max_tokens":20,\#(option)}"#)
      texts.insert(try answer.json().choices[0]["text"]?.string ?? "")
    }
    #expect(texts.count == 1)
  }

  /// A naive count: the scalars of the text before the character that holds the byte.
  private func offsets(_ bytes: [UInt8]) -> [Int] {
    let scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
    return bytes.indices.map { index in
      // The shortest beginning whose decoding reaches the byte has its character as the last one.
      let upTo = String(decoding: bytes[...index], as: UTF8.self).unicodeScalars.count
      return min(upTo, scalars.count) - 1
    }
  }

  @Test func `offsets count characters, and the bytes of one character share its offset`()
    async throws
  {
    for text in ["aé€🙂z", "🙂🙂", "é", "abc"] {
      let answer = try await ServiceFixture.complete(
        #"{"prompt":"\#(text)","echo":true,"logprobs":0,"max_tokens":0}"#)
      let choice = try answer.json().choices[0]
      let found = choice["logprobs"]?["text_offset"]?.elements?.map { Int($0.int ?? -1) }
      var expected: [Int] = []
      for (number, scalar) in text.unicodeScalars.enumerated() {
        expected += repeatElement(number, count: String(scalar).utf8.count)
      }
      #expect(found == expected, "\(text)")
    }
  }

  @Test func `offsets of broken UTF-8 are those of the replacement characters`() async throws {
    for bytes: [UInt8] in [
      [0x61, 0xC3, 0xA9, 0x62], [0xFF, 0x61], [0xC3, 0x61], [0xE2, 0x82, 0x61],
      [0xF0, 0x9F, 0x99], [0x80, 0x80, 0xC3], [0xED, 0xA0, 0x80, 0x7A], [],
    ] {
      let ids = [256] + bytes.map { Int($0) }
      let answer = try await ServiceFixture.complete(
        #"{"prompt":\#(ids),"echo":true,"logprobs":0,"max_tokens":0}"#)
      let choice = try answer.json().choices[0]
      let text = choice["text"]?.string ?? ""
      #expect(text.utf8.elementsEqual(String(decoding: bytes, as: UTF8.self).utf8))
      let found = choice["logprobs"]?["text_offset"]?.elements?.map { Int($0.int ?? -1) } ?? []
      #expect(found == [0] + offsets(bytes), "\(bytes)")
    }
  }
}
