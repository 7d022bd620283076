// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Foundation
import FoundationNetworking

/// The probability that what a model writes begins with a text, summed over all ways to spell it in
/// tokens: one request per prefix of tokens, the whole vocabulary each time, by the server's own rows.
///
/// Written apart from the program, to be held against its bounds.
enum NaiveSpellings {
  /// The token 'a' of the tiny model, which is made the one that is written: the server lists nothing
  /// where it writes a part of a character. What it lists is before any bias.
  private static let letter = 67
  struct Token {
    let id: Int
    let bytes: [UInt8]
    let probability: Double
  }

  /// - Parameter least: paths that are less probable are left out; the sum is a lower bound.
  /// - Returns: the sum, and by how much paths that were left out can raise it.
  static func probability(
    of text: [UInt8], after prompt: String, least: Double = 1e-13, at url: String
  ) async throws -> (sum: Double, open: Double) {
    let spelled = try await post(
      ["content": prompt, "add_special": true], to: url + "/tokenize")
    let tokens = spelled["tokens"]?.elements?.compactMap { $0.int.map(Int.init) } ?? []
    return try await probability(of: text, after: tokens, least: least, at: url)
  }

  /// The same after a prompt of tokens.
  static func probability(
    of text: [UInt8], after tokens: [Int], least: Double = 1e-13, at url: String
  ) async throws -> (sum: Double, open: Double) {
    var (sum, open) = (0.0, 0.0)
    var waiting = [(ids: tokens, rest: text[...], probability: 1.0)]
    while let path = waiting.popLast() {
      for token in try await row(after: path.ids, at: url) {
        let mass = path.probability * token.probability
        guard !token.bytes.isEmpty else { continue }
        if token.bytes.starts(with: path.rest) {
          sum += mass
        } else if path.rest.starts(with: token.bytes) {
          if mass < least {
            open += mass
          } else {
            waiting.append((path.ids + [token.id], path.rest.dropFirst(token.bytes.count), mass))
          }
        }
      }
    }
    return (sum, open)
  }

  private static func row(after ids: [Int], at url: String) async throws -> [Token] {
    let reply = try await post(
      [
        "prompt": ids, "n_predict": 1, "n_probs": 1_536, "temperature": -1,
        "logit_bias": [[Self.letter, 1_000]],
      ], to: url + "/completion")
    let listed = reply["completion_probabilities"]?.elements?.first?["top_logprobs"]?.elements ?? []
    return listed.map { entry in
      Token(
        id: entry["id"]?.int.map(Int.init) ?? -1,
        bytes: entry["bytes"]?.elements?.compactMap { $0.int.flatMap(UInt8.init(exactly:)) } ?? [],
        probability: exp(entry["logprob"]?.double ?? -.infinity))
    }
  }

  private static func post(_ body: [String: Any], to url: String) async throws -> JSONNode {
    var request = URLRequest(url: URL(string: url)!)
    request.httpMethod = "POST"
    request.httpBody = try JSONSerialization.data(withJSONObject: body)
    let (data, _) = try await URLSession.shared.data(for: request)
    return try JSONDocument(parsing: Array(data)).root
  }
}
