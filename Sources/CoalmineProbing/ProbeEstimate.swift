// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints

/// What a run would take, before anything is sent, as far as the plan alone says it.
///
/// An endpoint that is asked token by token is told a range: how many requests it takes depends on
/// how it cuts texts into tokens, see ``StepwiseEstimate``.
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
    /// Bounds where the number of requests depends on the endpoint's tokens.
    public var stepwise: StepwiseEstimate?
  }

  /// In the order in which they are asked.
  public let rows: [Row]
  /// What is stored of the run that the command would go on with; `nil` where it would begin one.
  public package(set) var stored: StoredShare?

  /// What the run can conclude: by its check, or by what the dialect promises before one. `nil` for a
  /// base model and for forced choices.
  public package(set) var reach: StudyReach?

  /// How many batch jobs of the provider the questions take at least; `nil` where they go out by
  /// single requests.
  public package(set) var jobs: Int?

  /// The most tokens that the questions can take; `nil` where the endpoint's own tokens decide.
  public package(set) var bound: TokenBound?

  package init(
    _ plan: QuestionPlan, _ probes: [Probe], canaries: Int, dialect: any Dialect,
    rankBudget: Int = 0, promptsPerRequest: Int = .max,
    samplesPerRequest: Int = .max
  ) {
    rows = probes.map { probe in
      let batches = plan.direct.filter { !$0.isEmpty && $0.question(0).probe == probe }
      guard !batches.isEmpty else {
        let texts = plan.stepwise.filter { $0.probe == probe }
        guard !texts.isEmpty || probe == .rankSearch else {
          return Row(probe: probe, questions: 0, requests: 0, promptBytes: 0, writtenTokens: 0)
        }
        return Row(
          probe: probe, questions: probe == .rankSearch ? canaries : texts.count, requests: nil,
          promptBytes: nil, writtenTokens: nil,
          stepwise: !dialect.abilities.areStepwise
            ? nil
            : probe == .rankSearch
              ? StepwiseEstimate(ranksOf: plan.stepwise.filter(\.isOfCanary), budget: rankBudget)
              : StepwiseEstimate(texts, by: dialect))
      }
      let requests = batches.map {
        BatchRequest($0, RequestKey(.direct, round: 0, index: 0), by: dialect)
      }
      return Row(
        probe: probe, questions: batches.reduce(0) { $0 + $1.count },
        requests: requests.reduce(0) {
          $0
            + RequestSize.requests(
              $1.count, $1.unit == .samples ? samplesPerRequest : promptsPerRequest)
        },
        promptBytes: requests.reduce(0) { sum, request in
          // Samples of one prompt repeat it only where the dialect has no other way.
          let sent =
            request.unit == .samples
            ? Array(request.asks.prefix(RequestSize.requests(request.count, samplesPerRequest)))
            : request.asks
          return sent.reduce(sum) { sum, ask in
            guard case .choose(let passage, let texts) = ask else {
              return sum + (ask.passage?.studyBytes ?? 0)
            }
            return texts.reduce(sum + passage.before.count) { $0 + $1.count }
          }
        },
        writtenTokens: batches.reduce(0) { sum, batch in
          // One limit serves a request; a likelihood writes one token, which is dropped.
          let longest = batch.asks.reduce(1) { longest, ask in
            if case .complete(_, let decoding) = ask {
              return max(longest, decoding.maxTokens)
            }
            return longest
          }
          return sum + longest * batch.count
        })
    }
  }

  public var questions: Int { rows.reduce(0) { $0 + $1.questions } }
  /// All of them; `nil` where some cannot be told.
  public var requests: Int? { total(\.requests) }
  public var promptBytes: Int? { total(\.promptBytes) }
  public var writtenTokens: Int? { total(\.writtenTokens) }

  /// The bounds of all requests, where some cannot be told exactly.
  public var requestRange: ClosedRange<Int>? { range(\.requests, \.requests) }
  /// The bounds of all bytes of prompts.
  public var byteRange: ClosedRange<Int>? { range(\.promptBytes, \.bytes) }

  private func range(
    _ exact: KeyPath<Row, Int?>, _ bounds: KeyPath<StepwiseEstimate, ClosedRange<Int>>
  ) -> ClosedRange<Int>? {
    var (least, most) = (0, 0)
    for row in rows {
      if let value = row[keyPath: exact] {
        (least, most) = (least + value, most + value)
      } else if let stepwise = row.stepwise {
        let range = stepwise[keyPath: bounds]
        (least, most) = (least + range.lowerBound, most + range.upperBound)
      } else {
        return nil
      }
    }
    return least...most
  }

  private func total(_ part: KeyPath<Row, Int?>) -> Int? {
    rows.reduce(into: Int?(0)) { sum, row in
      sum = sum.flatMap { sum in row[keyPath: part].map { sum + $0 } }
    }
  }
}

extension Passage {
  /// Bytes of a study's texts that a request with this passage holds.
  var studyBytes: Int { studyTurns.reduce(text.count) { $0 + $1.count } }
}
