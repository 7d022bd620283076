// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Foundation
import Testing

/// Every recorded reply, read by every dialect, against what a plain look at its JSON says.
@Suite struct `Every recorded reply` {
  /// A capture, taken apart without the program's own parser.
  struct Recorded {
    let file: String
    let method: String
    let path: String
    let body: [String: Any]
    let status: Int
    let response: Any
    let reply: Reply

    init(_ file: String) throws {
      let capture = try `Recorded replies`.capture(file)
      let request = try #require(capture["request"] as? [String: Any])
      self.file = file
      method = try #require(request["method"] as? String)
      path = try #require(request["path"] as? String)
      body = request["body"] as? [String: Any] ?? [:]
      status = try #require(capture["status"] as? Int)
      response = capture["response"] ?? NSNull()
      reply = Reply(
        status: status, headers: [], body: try `Recorded replies`.body(file))
    }

    var choices: [[String: Any]]? {
      status == 200 ? (response as? [String: Any])?["choices"] as? [[String: Any]] : nil
    }

    /// The prompts that were text.
    var prompts: [String] {
      (body["prompt"] as? [String]) ?? (body["prompt"] as? String).map { [$0] } ?? []
    }

    /// What a list of models, or llama.cpp's settings, say: the names, and the shortest window.
    var settings: (models: [String], context: Int?) {
      let root = response as? [String: Any] ?? [:]
      if let defaults = root["default_generation_settings"] as? [String: Any] {
        let names = [root["model_alias"] ?? root["model_path"]].compactMap { $0 as? String }
        return (names, defaults["n_ctx"] as? Int)
      }
      let listed = root["data"] as? [[String: Any]] ?? []
      return (
        listed.compactMap { $0["id"] as? String },
        listed.compactMap { model in
          model["max_model_len"] as? Int ?? (model["meta"] as? [String: Any])?["n_ctx"] as? Int
        }.min()
      )
    }

    /// What a choice says of its prompt's tokens: their texts and log-probabilities. `nil` where
    /// it says nothing of the prompt, or spells something else.
    func promptScores(_ choice: [String: Any], _ prompt: String) -> [Double]? {
      if let scores = echoed(choice, prompt) { return scores }
      if let listed = choice["prompt_logprobs"] as? [Any] {
        var rest = prompt[...]
        var values: [Double] = []
        for entry in listed.dropFirst() {
          guard let entry = entry as? [String: [String: Any]],
            let token = entry.values.filter({
              rest.hasPrefix($0["decoded_token"] as? String ?? "?")
            }).max(by: {
              ($0["decoded_token"] as? String ?? "").count
                < ($1["decoded_token"] as? String ?? "").count
            })
          else { return nil }
          values.append(token["logprob"] as? Double ?? .nan)
          rest = rest.dropFirst((token["decoded_token"] as? String ?? "").count)
        }
        return rest.isEmpty ? values : nil
      }
      return nil
    }

    private func echoed(_ choice: [String: Any], _ prompt: String) -> [Double]? {
      guard let logprobs = choice["logprobs"] as? [String: Any],
        let tokens = logprobs["tokens"] as? [String],
        let values = logprobs["token_logprobs"] as? [Any]
      else { return nil }
      for skipped in 0...1 {
        var text = ""
        var scored: [Double] = []
        for (token, value) in zip(tokens, values).dropFirst(skipped) where text.count < prompt.count
        {
          text += token
          if let value = value as? Double { scored.append(value) }
        }
        if !prompt.isEmpty, text == prompt { return scored }
      }
      return nil
    }
  }

  /// One for each test: parsed JSON cannot be shared between tests.
  private let recorded: [Recorded]

  init() throws {
    recorded = try `Recorded replies`.files().map { try Recorded($0) }
  }

  @Test func `all 369 are there`() { #expect(recorded.count == 369) }

  @Test func `a given text is scored where its tokens came back, with their numbers, else never`()
    throws
  {
    var scored: Set<String> = []
    for recorded in recorded where !recorded.prompts.isEmpty {
      let queries = recorded.prompts.map { scoring("", $0) }
      for dialect in try Self.dialects() {
        let reading = Read(dialect, recorded.reply, for: queries, at: try endpoint())
        let outcomes = reading.answers ?? []
        for (place, outcome) in outcomes.enumerated() {
          guard case .measured(let observation) = outcome else { continue }
          guard case .scored(let tokens) = observation else {
            Issue.record("\(dialect.name) \(recorded.file): not a likelihood")
            continue
          }
          scored.insert(recorded.file)
          let choice = try #require(
            recorded.choices?.first { ($0["index"] as? Int ?? 0) == place })
          let expected = try #require(
            recorded.promptScores(choice, recorded.prompts[place]),
            "\(dialect.name) scores \(recorded.file), which says nothing of its prompt")
          let sum = tokens.reduce(0) { $0 + ($1.logProbability ?? 0) }
          #expect(abs(sum - expected.reduce(0, +)) < 1e-9, "\(dialect.name) \(recorded.file)")
        }
      }
    }
    // And what can be scored is: every reply whose own numbers spell its prompt.
    let scorable = recorded.filter { recorded in
      guard let choices = recorded.choices, choices.count == recorded.prompts.count else {
        return false
      }
      return !choices.isEmpty
        && choices.allSatisfy { choice in
          let place = choice["index"] as? Int ?? 0
          return recorded.prompts.indices.contains(place)
            && recorded.promptScores(choice, recorded.prompts[place]) != nil
        }
    }
    #expect(scored == Set(scorable.map(\.file)))
    // vLLM, and `coalmine serve` behind litellm's proxy: no other server has an echo with numbers.
    let proxied = scored.filter { !$0.hasPrefix("vllm-cpu") }
    #expect(scored.count >= 6 && proxied == ["litellm-proxy--completions_echo_logprobs"])
  }

  @Test func `completions are those of the reply, in the order of its prompts`() throws {
    var texts = 0
    for recorded in recorded
    where recorded.path == "/v1/completions" && !recorded.prompts.isEmpty {
      let samples = recorded.body["n"] as? Int ?? 1
      let queries = recorded.prompts.map { continuing($0, samples: samples) }
      for dialect in try Self.dialects()
      where ["openai-completions", "vllm", "llama-server-completions"].contains(dialect.name) {
        let reading = Read(dialect, recorded.reply, for: queries, at: try endpoint())
        guard let choices = recorded.choices, !choices.isEmpty,
          choices.count == samples * recorded.prompts.count
        else {
          #expect(
            reading.answers?.allSatisfy { $0.value == nil } ?? true,
            "\(dialect.name) answers from \(recorded.file)")
          continue
        }
        for place in queries.indices {
          let found = try #require(
            reading.completions(place), "\(dialect.name) \(recorded.file): \(reading.words)")
          let expected = (0..<samples).map { sample in
            choices.first { ($0["index"] as? Int) == place * samples + sample }?["text"] as? String
          }
          #expect(found.map { String(decoding: $0.text, as: UTF8.self) } == expected)
          texts += found.count
        }
      }
    }
    #expect(texts > 200)
  }

  @Test func `rows are those of the reply, and no reply without them gives any`() throws {
    var rows = 0
    for recorded in recorded where recorded.method == "POST" {
      for dialect in stepwiseDialects {
        let results = Self.entries(of: recorded, dialect)
        let asks = (0..<max(1, results.count)).map {
          Ask.next(TokenPrefix([$0], text: []), .top(20))
        }
        guard
          case .value(let answers) = dialect.decode(recorded.reply, asks, at: try endpoint())
        else { continue }
        let read = answers.outcomes.compactMap { outcome -> NextTokens? in
          if case .measured(.next(let row)) = outcome { row } else { nil }
        }
        #expect(!results.isEmpty, "\(dialect.name) reads rows from \(recorded.file)")
        for (row, entry) in zip(read, results) {
          let listed = try #require(
            entry?["top_logprobs"] as? [[String: Any]], "\(dialect.name) \(recorded.file)")
          #expect(row.choices.map(\.id) == listed.map { $0["id"] as? Int ?? -1 })
          // Two parsers may differ in the last digit.
          for (choice, listed) in zip(row.choices, listed) {
            let value = listed["logprob"] as? Double ?? .nan
            #expect(abs(choice.logProbability - value) <= 1e-12 * abs(value))
          }
          rows += 1
        }
      }
    }
    #expect(rows > 60)
  }

  /// The first generated token of each result, where a plain look finds its log-probabilities.
  private static func dialects() throws -> [any Dialect] {
    try DialectRegistry.all.map { try $0.plain }
  }

  private static func entries(of recorded: Recorded, _ dialect: any Dialect)
    -> [[String: Any]?]
  {
    guard recorded.status == 200 else { return [] }
    if dialect.name == "llama-server-completions" {
      return (recorded.choices ?? []).sorted {
        ($0["index"] as? Int ?? 0) < ($1["index"] as? Int ?? 0)
      }.map { choice in
        ((choice["logprobs"] as? [String: Any])?["content"] as? [[String: Any]])?.first
      }
    }
    let listed =
      (recorded.response as? [[String: Any]])
      ?? (recorded.response as? [String: Any]).map { [$0] } ?? []
    return listed.filter { $0["completion_probabilities"] != nil }
      .sorted { ($0["index"] as? Int ?? 0) < ($1["index"] as? Int ?? 0) }
      .map { ($0["completion_probabilities"] as? [[String: Any]])?.first }
  }

  @Test func `tokens are read where each comes with its bytes`() throws {
    var read = 0
    for recorded in recorded where recorded.method == "POST" {
      let tokens =
        ((recorded.response as? [String: Any])?["tokens"] as? [[String: Any]])?.filter {
          $0["piece"] != nil
        } ?? []
      let reading = dialect("llama-server").decode(
        recorded.reply, [.tokenize(Passage(before: []))], at: try endpoint())
      guard case .value(let answers) = reading,
        case .measured(.tokens(let found))? = answers.outcomes.first
      else {
        #expect(tokens.isEmpty || recorded.path != "/tokenize", "\(recorded.file)")
        continue
      }
      #expect(found.map(\.id) == tokens.map { $0["id"] as? Int ?? -1 }, "\(recorded.file)")
      read += found.isEmpty ? 0 : 1
    }
    #expect(read == 3)
  }

  @Test func `settings name the model and the context window`() throws {
    for recorded in recorded where recorded.method == "GET" {
      // llama.cpp's list of models is Google's and Ollama's as well.
      for dialect in try Self.dialects() where !["gemini", "ollama"].contains(dialect.name) {
        guard
          case .value(let answers) = dialect.decode(
            recorded.reply, [.describe], at: try endpoint()),
          case .measured(.described(let settings))? = answers.outcomes.first
        else { continue }
        let isLlama = ["llama-server", "llama-server-infill"].contains(dialect.name)
        // llama.cpp's server lists its models at `/models` too.
        let paths = isLlama ? ["/props"] : ["/v1/models", "/models"]
        #expect(paths.contains(recorded.path), "\(dialect.name)")
        let seen = recorded.settings
        #expect(Set(seen.models).isSubset(of: settings.models) && !seen.models.isEmpty)
        #expect(settings.contextTokens == seen.context, "\(dialect.name) \(recorded.file)")
        if let samplers = settings.samplers {
          let acting = samplers.filter { !$0.isNeutral }.map(\.name)
          #expect(acting == ["min_p", "temperature", "top_k", "top_p"])
        }
      }
    }
  }

  @Test func `no error repeats what was asked`() throws {
    for recorded in recorded where !recorded.prompts.isEmpty {
      let queries = recorded.prompts.map { scoring($0, " 941294") }
      for dialect in try Self.dialects() {
        let reading = Read(dialect, recorded.reply, for: queries, at: try endpoint())
        guard reading.answers == nil else { continue }
        #expect(!reading.words.contains("Olga") && !reading.words.contains("941294"))
      }
    }
  }
}
