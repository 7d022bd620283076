// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// What a run would take, before anything is sent: upper bounds that follow from the plan alone.
public struct ProbeEstimate: Sendable, Equatable {
  /// One probe's share.
  public struct Row: Sendable, Equatable {
    public let probe: Probe
    public let questions: Int
    /// Requests that ask it; `nil` where they depend on how the endpoint cuts texts into tokens.
    public let requests: Int?
    /// Bytes of prompts, those of a sample group counted once; a token has a byte at least, and
    /// English has about four.
    public let promptBytes: Int
    /// The most tokens that can be written.
    public let writtenTokens: Int
  }

  /// In the order in which they are asked.
  public let rows: [Row]

  init(_ plan: QueryPlan) {
    var order: [Probe] = []
    var queries: [Probe: [Query]] = [:]
    var requests: [Probe: Int] = [:]
    for pack in plan.packs {
      guard let probe = pack.queries.first?.probe else { continue }
      if queries[probe] == nil { order.append(probe) }
      queries[probe, default: []] += pack.queries
      requests[probe, default: 0] += 1
    }
    for query in plan.walked {
      if queries[query.probe] == nil { order.append(query.probe) }
      queries[query.probe, default: []].append(query)
    }
    rows = order.map { probe in
      let asked = queries[probe] ?? []
      return Row(
        probe: probe, questions: asked.count, requests: requests[probe],
        promptBytes: asked.reduce(0) { $0 + $1.prompt.count + $1.target.count },
        // A likelihood generates one token and drops it.
        writtenTokens: asked.reduce(0) { $0 + max(1, $1.samples * $1.maxTokens) })
    }
  }

  public var questions: Int { rows.reduce(0) { $0 + $1.questions } }
  public var promptBytes: Int { rows.reduce(0) { $0 + $1.promptBytes } }
  public var writtenTokens: Int { rows.reduce(0) { $0 + $1.writtenTokens } }
  /// All requests; `nil` where some cannot be told.
  public var requests: Int? {
    rows.contains { $0.requests == nil } ? nil : rows.reduce(0) { $0 + ($1.requests ?? 0) }
  }
}
