// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints

/// What a run would take, before anything is sent, as far as the plan alone says it.
///
/// A walk asks a prefix for each token of a text, and a search for a rank as many as its budget
/// allows: how many that makes depends on how the endpoint cuts texts into tokens, and is not told.
public struct ProbeEstimate: Sendable, Equatable {
  /// One probe's share.
  public struct Row: Sendable, Equatable {
    public let probe: Probe
    public let questions: Int
    /// Requests that ask it; `nil` where they depend on how the endpoint cuts texts into tokens.
    public let requests: Int?
    /// Bytes of prompts as they are sent; a token has a byte at least, and English has about four.
    public let promptBytes: Int?
    /// The most tokens that can be written.
    public let writtenTokens: Int?
  }

  /// In the order in which they are asked.
  public let rows: [Row]

  package init(
    _ plan: QueryPlan, _ probes: [Probe], canaries: Int, dialect: any Dialect.Type,
    promptsPerRequest: Int = .max
  ) {
    rows = probes.map { probe in
      let packs = plan.packs.filter { $0.queries.first?.probe == probe }
      guard !packs.isEmpty else {
        let walked = plan.walked.count { $0.probe == probe }
        guard walked > 0 || probe == .rankSearch else {
          return Row(probe: probe, questions: 0, requests: 0, promptBytes: 0, writtenTokens: 0)
        }
        return Row(
          probe: probe, questions: probe == .rankSearch ? canaries : walked, requests: nil,
          promptBytes: nil, writtenTokens: nil)
      }
      // A dialect that packs sampled questions repeats their prompts.
      let repeats = dialect.sampledPackLimit > 1
      return Row(
        probe: probe, questions: packs.reduce(0) { $0 + $1.queries.count },
        requests: packs.reduce(0) { $0 + Self.requests($1.queries.count, promptsPerRequest) },
        promptBytes: packs.reduce(0) { sum, pack in
          pack.queries.reduce(sum) {
            $0 + ($1.prompt.count + $1.target.count) * (repeats ? max(1, $1.samples) : 1)
          }
        },
        writtenTokens: packs.reduce(0) { sum, pack in
          // One limit serves a pack; a likelihood writes one token, which is dropped.
          let longest = max(1, pack.queries.reduce(0) { max($0, $1.maxTokens) })
          return pack.queries.reduce(sum) { $0 + longest * max(1, $1.samples) }
        })
    }
  }

  /// Requests that ask so many prompts, halved until no more than `most` are in one.
  private static func requests(_ prompts: Int, _ most: Int) -> Int {
    guard prompts > max(1, most) else { return 1 }
    let half = RequestSize.half(prompts)
    return requests(half, most) + requests(prompts - half, most)
  }

  public var questions: Int { rows.reduce(0) { $0 + $1.questions } }
  /// All of them; `nil` where some cannot be told.
  public var requests: Int? { total(\.requests) }
  public var promptBytes: Int? { total(\.promptBytes) }
  public var writtenTokens: Int? { total(\.writtenTokens) }

  private func total(_ part: KeyPath<Row, Int?>) -> Int? {
    rows.reduce(into: Int?(0)) { sum, row in
      sum = sum.flatMap { sum in row[keyPath: part].map { sum + $0 } }
    }
  }
}
