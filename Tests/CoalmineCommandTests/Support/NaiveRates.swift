// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Foundation
import FoundationNetworking

/// How often a sample of a llama.cpp server begins with a text, by the likeliest tokens that the server lists
/// at each place and its samplers as their authors describe them.
///
/// Written apart from the program, to be held against the hits of its samples. Source of the samplers and of
/// their order (top-k, top-p, min-p, temperature): llama.cpp, `tools/server/README.md` and
/// `src/llama-sampler.cpp`, xllamacpp 2026.10.
///
/// Complexity: one request per token of the text, or fewer where the text is not to be expected.
enum NaiveRates {
  /// The samplers that act on a request, at temperature 1.
  struct Samplers {
    /// The server's own, where a request names temperature alone.
    var topK = 40
    var topP = 0.95
    var minP = 0.05

    static let own = Samplers()
    /// Of a request that names `top_p` as well, as 1.
    static let namedTopP = Samplers(topP: 1)

    /// The share of the samples that take a token at a place.
    func share(of token: Int, in row: [Listed]) -> Double {
      var kept = row.prefix(topK).map { (id: $0.id, mass: exp($0.logProbability)) }
      let all = kept.reduce(0) { $0 + $1.mass }
      var sum = 0.0
      let needed = kept.firstIndex { entry in
        sum += entry.mass / all
        return sum >= topP
      }
      if let needed { kept = Array(kept[...needed]) }
      let floor = minP * (kept.first?.mass ?? 0)
      kept = kept.filter { $0.mass >= floor }
      let left = kept.reduce(0) { $0 + $1.mass }
      return (kept.first { $0.id == token }?.mass ?? 0) / left
    }
  }

  struct Listed: Sendable {
    let id: Int
    /// In nats, before any sampler.
    let logProbability: Double
  }

  /// A way through the tokens of a text, as far as samples can follow it.
  struct Path: Sendable {
    var steps: [(token: Int, row: [Listed])] = []

    func rate(_ samplers: Samplers) -> Double {
      steps.reduce(1) { $0 * samplers.share(of: $1.token, in: $1.row) }
    }

    /// Whether the likeliest token is the text's at each place.
    var isGreedy: Bool { steps.allSatisfy { $0.row.first?.id == $0.token } }

    /// How far the two likeliest tokens are apart where they are closest, in nats, up to the first place
    /// where the text is not the likeliest.
    var closest: Double {
      var least = Double.infinity
      for step in steps where step.row.count > 1 {
        least = min(least, step.row[0].logProbability - step.row[1].logProbability)
        if step.row[0].id != step.token { break }
      }
      return least
    }
  }

  /// The rate below which a path ends: no number of samples in a test meets it.
  private static let least = 1e-9
  /// More than top-k keeps.
  private static let listed = 64
  /// The token 'a' of the tiny model, which is made the one that is written: the server lists nothing
  /// where it writes a part of a character. What it lists is before any bias.
  private static let letter = 67

  static func path(of text: String, after prompt: String, at url: String) async throws -> Path {
    var ids = try await tokens(of: prompt, first: true, at: url)
    var path = Path()
    var rate = 1.0
    for token in try await tokens(of: text, first: false, at: url) {
      let reply = try await post(
        [
          "prompt": ids, "n_predict": 1, "n_probs": listed, "temperature": -1,
          "logit_bias": [[letter, 1_000]],
        ], to: url + "/completion")
      let row = reply["completion_probabilities"]?.elements?.first?["top_logprobs"]?.elements ?? []
      path.steps.append(
        (
          token,
          row.map { entry in
            Listed(
              id: entry["id"]?.int.map(Int.init) ?? -1,
              logProbability: entry["logprob"]?.double ?? -.infinity)
          }
        ))
      ids.append(token)
      rate *= Samplers(topP: 1, minP: 0).share(of: token, in: path.steps[path.steps.count - 1].row)
      if rate < least { break }
    }
    return path
  }

  /// The tokens of a text, with the mark that begins every prompt or without it.
  static func tokens(of text: String, first: Bool, at url: String) async throws -> [Int] {
    let spelled = try await post(["content": text, "add_special": first], to: url + "/tokenize")
    return spelled["tokens"]?.elements?.compactMap { $0.int.map(Int.init) } ?? []
  }

  /// The chance of at most, and of at least, so many hits among samples with chances of their own: the
  /// Poisson-binomial distribution, one sample after the other.
  static func tails(_ hits: Int, of chances: [Double]) -> (below: Double, above: Double) {
    var masses = [1.0]
    for chance in chances {
      var next = [Double](repeating: 0, count: masses.count + 1)
      for (count, mass) in masses.enumerated() {
        next[count] += mass * (1 - chance)
        next[count + 1] += mass * chance
      }
      masses = next
    }
    return (masses[...hits].reduce(0, +), masses[hits...].reduce(0, +))
  }

  static func post(_ body: [String: Any], to url: String) async throws -> JSONNode {
    var request = URLRequest(url: URL(string: url)!)
    request.httpMethod = "POST"
    request.httpBody = try JSONSerialization.data(withJSONObject: body)
    let (data, _) = try await URLSession.shared.data(for: request)
    return try JSONDocument(parsing: Array(data)).root
  }
}
