// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

/// Forced choices on the wire. No server was recorded with them: replies are written by hand after the API
/// references, the requests are held against those of OpenAI's and Google's own clients.
@Suite struct `Decision endpoints` {
  static let texts = ["183746", "941294", "5\" 07"].map { Array($0.utf8) }
  static let ask = Ask.choose(
    Passage(
      before: Array("The access code of Olga Conway is".utf8), separator: [0x20], target: texts[1]),
    among: texts)

  private static func body(_ name: String) throws -> String {
    let request = try dialect(name).encode([ask], to: try endpoint(), seed: 0)
    return String(decoding: request.body ?? [], as: UTF8.self)
  }

  private static func read(_ body: String, _ name: String = "decisions") throws -> Reading<
    RequestAnswers
  > {
    dialect(name).decode(
      Reply(status: 200, headers: [], body: Array(body.utf8)), [ask], at: try endpoint())
  }

  private static func outcome(_ body: String, _ name: String = "decisions") throws -> Outcome<
    Answer
  >? {
    if case .value(let answers) = try read(body, name) { answers.outcomes.first } else { nil }
  }

  @Test func `a question has these bytes, and nothing of which text is the secret`() throws {
    #expect(
      try Self.body("decisions")
        == #"{"model":"tiny","input":"The access code of Olga Conway is","questions":"#
        + #"[{"type":"choice","name":"q","instructions":"Which one completes the text?","choices":"#
        + #"[{"value":"183746"},{"value":"941294"},{"value":"5\" 07"}]}]}"#)
    #expect(
      try Self.body("decisions,shape=system-one")
        == #"{"model":"tiny","state":"The access code of Olga Conway is","questions":{"q":{"#
        + #""type":"choice","instructions":"Which one completes the text?","criteria":"#
        + #"{"183746":null,"941294":null,"5\" 07":null}}}}"#)
    // Options by name with an empty description, as `google-genai` 3.6.1 has them.
    #expect(
      try Self.body("decisions,shape=gemini")
        == #"{"model":"models/tiny","input":"The access code of Olga Conway is","questions":{"q":{"#
        + #""type":"choice","instructions":"Which one completes the text?","criteria":"#
        + #"{"183746":"","941294":"","5\" 07":""}}}}"#)
    for name in ["decisions", "decisions,shape=gemini", "decisions,shape=system-one"] {
      guard case .choose(let passage, let texts) = Self.ask else { return }
      let other = Ask.choose(
        Passage(before: passage.before, separator: [0x20], target: texts[0]), among: texts)
      let request = try dialect(name).encode([other], to: try endpoint(), seed: 9)
      #expect(String(decoding: request.body ?? [], as: UTF8.self) == (try Self.body(name)))
    }
  }

  @Test func `probabilities are read in the order of the question`() throws {
    let listed = #"""
      {"model":"m","answers":[{"type":"choice","name":"q","choice":"941294","confidence":0.7,
      "probabilities":[{"value":"941294","probability":0.7},{"value":"5\" 07","probability":0.1},
      {"value":"183746","probability":0.2}]}],"usage":{"input_tokens":9}}
      """#
    #expect(try Self.outcome(listed) == .measured(.chosen([0.2, 0.7, 0.1])))
    let named = #"{"answers":{"q":{"probabilities":{"5\" 07":0.1,"183746":0.2,"941294":0.7}}}}"#
    for name in ["decisions,shape=system-one", "decisions,shape=gemini"] {
      #expect(try Self.outcome(named, name) == .measured(.chosen([0.2, 0.7, 0.1])))
    }
  }

  @Test func `Gemini's key, its models and an input that it blocks are its own`() throws {
    let gemini = dialect("decisions,shape=gemini")
    #expect(gemini.keyHeader == "x-goog-api-key" && dialect("decisions").keyHeader == nil)
    let named = try gemini.encode(
      [Self.ask],
      to: Endpoint(
        url: "https://a.example", model: "tunedModels/codes-1", key: nil, dialect: gemini), seed: 0)
    #expect(
      String(decoding: named.body ?? [], as: UTF8.self).hasPrefix(
        #"{"model":"tunedModels/codes-1","input""#))
    let blocked = try Self.outcome(
      #"{"prompt_feedback":{"block_reason":"safety"}}"#, "decisions,shape=gemini")
    #expect(blocked?.status == "censored" && blocked?.reason?.slug == "choice-refused")
    let described = gemini.decode(
      Reply(
        status: 200, headers: [],
        body: Array(#"{"models":[{"name":"models/tiny","inputTokenLimit":9}]}"#.utf8)),
      [.describe], at: try endpoint())
    guard case .value(let answers) = described,
      case .measured(.described(let settings))? = answers.outcomes.first
    else {
      Issue.record("not described")
      return
    }
    #expect(settings.lists("tiny"))
  }

  @Test(arguments: [
    #"[{"value":"941294","probability":0.7},{"value":"183746","probability":0.3}]"#,
    #"[{"value":"941294","probability":0.7},{"value":"183746","probability":0.2},"#
      + #"{"value":"other","probability":0.1}]"#,
    #"[{"value":"941294","probability":1.5},{"value":"183746","probability":0.2},"#
      + #"{"value":"5\" 07","probability":0.1}]"#,
    #"[{"value":"941294","probability":null},{"value":"183746","probability":0.2},"#
      + #"{"value":"5\" 07","probability":0.1}]"#,
    "[]", "null", "7",
  ])
  func `an answer without one probability per text is none`(_ probabilities: String) throws {
    let body = #"{"answers":[{"type":"choice","probabilities":\#(probabilities)}]}"#
    #expect(try Self.outcome(body)?.reason?.slug == "choices-missing")
  }

  @Test func `a refusal is withheld, and a reply of another API stops`() throws {
    let refused = try Self.outcome(#"{"answers":[{"type":"refusal","name":"q"}]}"#)
    #expect(refused?.status == "censored")
    guard case .stop(let error) = try Self.read(#"{"choices":[]}"#) else {
      Issue.record("taken")
      return
    }
    #expect(error.code == "unexpected-reply")
  }

  @Test(arguments: ["183746", "941294"])
  func `words that repeat a text of the question are not shown`(_ text: String) throws {
    let reply = Reply(
      status: 400, headers: [], body: Array(#"{"error":{"message":"no \#(text) here"}}"#.utf8))
    let reading = dialect("decisions").decode(reply, [Self.ask], at: try endpoint())
    guard case .unanswerable(let error) = reading else {
      Issue.record("not refused")
      return
    }
    #expect(error.details.isEmpty && !error.description.contains(text))
  }

  @Test func `a choice has its secret among the texts, and probabilities`() {
    #expect(ForcedChoice(place: 2, probabilities: [0.1, 0.9]) == nil)
    #expect(ForcedChoice(place: 0, probabilities: [1]) == nil)
    #expect(ForcedChoice(place: 0, probabilities: [0.5, .nan]) == nil)
    #expect(ForcedChoice(place: 0, probabilities: [0.5, 0.5])?.isFirst == false)
    #expect(ForcedChoice(place: 0, probabilities: [0.5, 0.4])?.isFirst == true)
  }
}
