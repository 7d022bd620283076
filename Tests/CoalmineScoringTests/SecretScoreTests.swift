// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineTesting
import Testing

/// The prompt is `code is`, 7 bytes; the separator one blank; the secret `447192`.
@Suite struct SecretScoreTests {
  /// Tokens as drawn between bars from byte `start` on, with one log-probability each.
  private func tokens(_ drawing: String, from start: Int = 0, _ values: [Double?]) -> [TokenScore] {
    var position = start
    let parts = drawing.split(separator: "|", omittingEmptySubsequences: false)
    return zip(parts, values).map { part, value in
      defer { position += part.utf8.count }
      return TokenScore(
        range: position..<(position + part.utf8.count), logProbability: value)
    }
  }

  private func whole(
    _ drawing: String, from start: Int = 0, _ values: [Double?], secret: Int? = 6
  ) -> Outcome<SecretScore> {
    SecretScore.read(
      .measured(.likelihood(tokens(drawing, from: start, values))), prompt: 7, separator: 1,
      secret: secret)
  }

  /// Without what the prompt says of noise.
  private func read(
    _ drawing: String, from start: Int = 0, _ values: [Double?], secret: Int? = 6
  ) -> Outcome<SecretScore> {
    whole(drawing, from: start, values, secret: secret).map {
      SecretScore(
        nats: $0.nats, start: $0.start, beginsInPrompt: $0.beginsInPrompt,
        isUpperBound: $0.isUpperBound)
    }
  }

  @Test func `the tokens of the prompt that have a value are summed apart`() throws {
    let score = try #require(whole("code| is| |44|71|92", [nil, -9, -8, -1, -2, -4]).value)
    #expect(score.promptNats == -9 && score.promptTokens == 1 && score.tokens == 4)
    let alone = try #require(whole(" 447|192", from: 7, [-3, -2]).value)
    #expect(alone.promptNats == 0 && alone.promptTokens == 0 && alone.tokens == 2)
    let three = try #require(whole("co|de| is| 447192", [-5, -1, -2, -7]).value)
    #expect(three.promptNats == -8 && three.promptTokens == 3 && three.nats == -7)
  }

  @Test func `tokens of white space and secret are summed, and those before are not`() {
    #expect(
      read("code| is| |44|71|92", [nil, -9, -8, -1, -2, -4])
        == .measured(SecretScore(nats: -15, start: 7, beginsInPrompt: false)))
  }

  @Test func `a token of the blank and the first digits counts as a whole`() {
    #expect(
      read("code| is| 447|192", [nil, -9, -3, -2])
        == .measured(SecretScore(nats: -5, start: 7, beginsInPrompt: false)))
    #expect(
      read(" 447|192", from: 7, [-3, -2])
        == .measured(SecretScore(nats: -5, start: 7, beginsInPrompt: false)))
  }

  @Test func `a token that begins inside the prompt is told`() {
    #expect(
      read("code| is 4|47192", [nil, -3, -2])
        == .measured(SecretScore(nats: -5, start: 4, beginsInPrompt: true)))
  }

  @Test func `one token may hold everything`() {
    #expect(
      read("code is 447192", [-30]) == .measured(SecretScore(nats: -30, beginsInPrompt: true)))
  }

  @Test func `a token without bytes belongs to what follows it`() {
    #expect(
      read(" ||447|192", from: 7, [-9, -1, -3, -2])
        == .measured(SecretScore(nats: -15, start: 7, beginsInPrompt: false)))
  }

  @Test func `the end of a reference is the end of its last token`() {
    #expect(
      read(" 44|719", from: 7, [-3, -2], secret: nil)
        == .measured(SecretScore(nats: -5, start: 7, beginsInPrompt: false)))
    #expect(read("", [], secret: nil).reason?.slug == "secret-not-covered")
    #expect(read("code| is| ", [-1, -1, -1], secret: nil).reason?.slug == "secret-not-covered")
  }

  private static let refused: [(String, [Double?], String)] = [
    (" 447|192", [-3, nil], "no-logprob"), (" 447|192", [.nan, -1], "invalid-logprob"),
    (" 447|192", [-1, 1e-5], "invalid-logprob"),
    (" 447|192", [-1, .infinity], "invalid-logprob"),
    (" 447|19", [-1, -1], "secret-not-covered"), (" ", [-1], "secret-not-covered"),
    (" 447|1920", [-1, -1], "token-past-secret"),
  ]

  @Test(arguments: refused)
  func `what cannot be summed fails with its reason`(
    drawing: String, values: [Double?], slug: String
  ) {
    let outcome = read(drawing, from: 7, values)
    #expect(outcome.reason?.slug == slug)
    #expect(outcome.status == "failed")
  }

  @Test(arguments: [-Double.infinity, -9_999, -3.4e38])
  func `no probability is the lowest score, however it is spelled`(spelled: Double) {
    #expect(read(" 447|192", from: 7, [-1, spelled]).value?.nats == -.infinity)
    #expect(read(" 447|192", from: 7, [-1, -9_998]).value?.nats == -9_999)
  }

  @Test func `a value above zero by rounding counts as zero`() {
    #expect(
      read(" 447|192", from: 7, [-3, 1e-7])
        == .measured(SecretScore(nats: -3, start: 7, beginsInPrompt: false)))
    #expect(read(" 447|192", from: 7, [-3, 1e-6]).value?.nats == -3)
  }

  @Test func `gaps and overlaps fail`() {
    func scores(_ ranges: [Range<Int>]) -> Outcome<SecretScore> {
      SecretScore.read(
        .measured(.likelihood(ranges.map { TokenScore(range: $0, logProbability: -1) })),
        prompt: 7, separator: 1, secret: 6)
    }
    #expect(scores([7..<10, 11..<14]).reason?.slug == "token-gap")
    #expect(scores([7..<11, 10..<14]).reason?.slug == "token-gap")
    #expect(scores([9..<14]).reason?.slug == "token-gap")
    #expect(scores([10..<14, 7..<10]).reason?.slug == "token-gap")
    #expect(scores([8..<14]).reason?.slug == "token-gap")
    #expect(scores([7..<14]).value?.nats == -1)
    // What stands outside the secret is nobody's business.
    #expect(scores([0..<3, 5..<7, 7..<8, 8..<14]).value?.nats == -2)
  }

  @Test func `other answers keep their reason`() {
    let reason = Reason("some-slug", "evidence")
    func read(_ answer: Outcome<Observation>) -> Outcome<SecretScore> {
      SecretScore.read(answer, prompt: 1, separator: 1, secret: 1)
    }
    #expect(read(.failed(reason)) == .failed(reason))
    #expect(read(.censored(reason)) == .censored(reason))
    #expect(read(.notMeasurable(reason)) == .notMeasurable(reason))
    #expect(read(.measured(.completions([]))).reason?.slug == "wrong-observation")
  }

  @Test func `any cut of the target into tokens gives the same sum`() {
    var chance = SplitMix(3)
    for _ in 0..<500 {
      let prompt = 1 + Int(chance.next() % 6)
      let separator = Int(chance.next() % 3)
      let secret = 1 + Int(chance.next() % 9)
      let bytes = (0..<(prompt + separator + secret)).map { _ in -chance.unit() * 3 }
      // Each byte has a log-probability; a token has the sum of its bytes.
      var cuts = [0]
      for place in 1..<bytes.count where chance.unit() < 0.4 { cuts.append(place) }
      cuts.append(bytes.count)
      let drawn = zip(cuts, cuts.dropFirst()).map { from, to in
        TokenScore(range: from..<to, logProbability: bytes[from..<to].reduce(0, +))
      }
      let first = cuts.last { $0 <= prompt } ?? 0
      let outcome = SecretScore.read(
        .measured(.likelihood(drawn)), prompt: prompt, separator: separator, secret: secret)
      let expected = bytes[first...].reduce(0, +)
      #expect(abs((outcome.value?.nats ?? 1) - expected) < 1e-9)
      #expect(outcome.value?.beginsInPrompt == (first < prompt))
    }
  }
}
