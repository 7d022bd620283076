// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Foundation
import FoundationNetworking

/// The log-probability of a text's end by the plainest way there is: one request a token, the whole
/// vocabulary each time. Written apart from the program, to be held against it.
enum NaiveWalk {
  /// The token 'a' of the tiny model, which is made the one that is written: the server lists nothing
  /// where it writes a part of a character. What it lists is before any bias.
  private static let letter = 67

  /// One token of a text's end with everything that could stand in its place, by probability.
  struct Step {
    let token: Int
    /// Natural log-probabilities of all tokens, the likeliest first.
    let row: [(token: Int, logProbability: Double)]
  }

  /// The tokens that hold bytes from `start` on, each after those before it.
  static func steps(of text: String, from start: Int, at url: String) async throws -> [Step] {
    let spelled = try await post(
      ["content": text, "add_special": true, "with_pieces": true], to: url + "/tokenize")
    let tokens = (spelled["tokens"]?.elements ?? []).map { token in
      (
        id: token["id"]?.int.map(Int.init) ?? -1,
        bytes: token["piece"]?.stringBytes?.count ?? token["piece"]?.elements?.count ?? 0
      )
    }
    var steps: [Step] = []
    var end = 0
    for (place, token) in tokens.enumerated().dropFirst() {
      end += token.bytes
      guard end > start else { continue }
      let reply = try await post(
        [
          "prompt": tokens[..<place].map(\.id), "n_predict": 1, "n_probs": 1_536,
          "temperature": -1, "logit_bias": [[Self.letter, 1_000]],
        ], to: url + "/completion")
      let listed =
        reply["completion_probabilities"]?.elements?.first?["top_logprobs"]?.elements ?? []
      steps.append(
        Step(
          token: token.id,
          row: listed.map { entry in
            (entry["id"]?.int.map(Int.init) ?? -1, entry["logprob"]?.double ?? -.infinity)
          }))
    }
    return steps
  }

  /// The sum over the tokens that hold bytes from `start` on, in nats.
  static func logProbability(of text: String, from start: Int, at url: String) async throws
    -> Double
  {
    try await steps(of: text, from: start, at: url).reduce(0) { sum, step in
      sum + (step.row.first { $0.token == step.token }?.logProbability ?? -.infinity)
    }
  }

  /// The text that a server makes of a conversation before it answers.
  static func prompt(of messages: [[String: String]], at url: String) async throws -> String {
    let reply = try await post(["messages": messages], to: url + "/apply-template")
    return reply["prompt"]?.string ?? ""
  }

  /// What a server writes after a prompt, the likeliest token each time.
  static func greedy(after prompt: String, tokens: Int, at url: String) async throws -> String {
    let reply = try await post(
      ["prompt": prompt, "n_predict": tokens, "temperature": 0, "cache_prompt": false],
      to: url + "/completion")
    return reply["content"]?.string ?? ""
  }

  private static func post(_ body: [String: Any], to url: String) async throws -> JSONNode {
    var request = URLRequest(url: URL(string: url)!)
    request.httpMethod = "POST"
    request.httpBody = try JSONSerialization.data(withJSONObject: body)
    let (data, _) = try await URLSession.shared.data(for: request)
    return try JSONDocument(parsing: Array(data)).root
  }
}
