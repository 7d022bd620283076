// SPDX-License-Identifier: Apache-2.0

import Foundation
import FoundationNetworking

/// The log-probability of a text's end by the plainest way there is: one request a token, the whole
/// vocabulary each time. Written apart from the program, to be held against it.
enum NaiveWalk {
  /// The sum over the tokens that hold bytes from `start` on, in nats.
  static func logProbability(of text: String, from start: Int, at url: String) async throws
    -> Double
  {
    let spelled = try await post(
      ["content": text, "add_special": true, "with_pieces": true], to: url + "/tokenize")
    let tokens = (spelled["tokens"] as? [[String: Any]] ?? []).map {
      (id: $0["id"] as? Int ?? -1, bytes: ($0["piece"] as? String ?? "").utf8.count)
    }
    var sum = 0.0
    var end = 0
    for (place, token) in tokens.enumerated().dropFirst() {
      end += token.bytes
      guard end > start else { continue }
      let reply = try await post(
        [
          "prompt": tokens[..<place].map(\.id), "n_predict": 1, "n_probs": 1_536,
          "temperature": -1,
        ], to: url + "/completion")
      let listed =
        ((reply["completion_probabilities"] as? [[String: Any]])?.first?["top_logprobs"]
          as? [[String: Any]]) ?? []
      let found = listed.first { $0["id"] as? Int == token.id }
      sum += found?["logprob"] as? Double ?? -.infinity
    }
    return sum
  }

  private static func post(_ body: [String: Any], to url: String) async throws -> [String: Any] {
    var request = URLRequest(url: URL(string: url)!)
    request.httpMethod = "POST"
    request.httpBody = try JSONSerialization.data(withJSONObject: body)
    let (data, _) = try await URLSession.shared.data(for: request)
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }
}
