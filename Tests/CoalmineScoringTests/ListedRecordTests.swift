// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineTesting
import Foundation
import Testing

/// Scores of records that need the likeliest tokens at each place.
@Suite struct `Records with listed tokens` {
  private let plan = SimulatedStudy.Plan(
    randomizedPerKind: 2, controls: 1, references: 2, records: 20, recordGain: 0.25)

  /// Two listed tokens at each place of every record; their probabilities by chance.
  private func study(seed: UInt64) -> (study: SimulatedStudy, lists: [String: [[Double]]]) {
    var study = SimulatedStudy(plan, seed: seed)
    var chance = SplitMix(seed)
    var lists: [String: [[Double]]] = [:]
    for record in study.records {
      let tokens = study.tokens(of: record, in: study.tuned)
      lists[record.id] = tokens.map { _ in
        let first = 0.4 + 0.5 * chance.unit()
        return [log(first), log((1 - first) * (0.5 + 0.5 * chance.unit()))]
      }
      study.tuned[.recordLikelihood]?[.record(record.id)] = .measured(
        .likelihood(
          zip(tokens, lists[record.id] ?? []).map { token, list in
            TokenScore(
              range: token.range, logProbability: token.logProbability,
              alternatives: ListedAlternatives(top: list, count: 2))
          }))
    }
    return (study, lists)
  }

  private struct Naive {
    /// z of each token, and the entropy at each.
    var z: [Double] = []
    var entropies: [Double] = []
    var values: [Double] = []

    init(_ tokens: [TokenScore], _ lists: [[Double]]) {
      for (token, list) in zip(tokens, lists) {
        guard let value = token.logProbability else { continue }
        let rest = 1 - list.reduce(0) { $0 + exp($1) }
        let each = log(rest / Double(ListedAlternatives.vocabularySize - list.count))
        let mean = list.reduce(0) { $0 + exp($1) * $1 } + rest * each
        let spread =
          list.reduce(0) { $0 + exp($1) * ($1 - mean) * ($1 - mean) }
          + rest * (each - mean) * (each - mean)
        z.append((value - mean) / spread.squareRoot())
        entropies.append(-mean)
        values.append(value)
      }
    }

    var minK: Double {
      let lowest = z.sorted().prefix(max(1, z.count / 5))
      return lowest.reduce(0, +) / Double(lowest.count)
    }

    var surprising: Double? {
      let sorted = values.sorted()
      let place = 0.4 * Double(sorted.count - 1)
      let low = sorted[Int(place)]
      let limit =
        low + (place - floor(place)) * (sorted[min(Int(place) + 1, sorted.count - 1)] - low)
      let chosen = values.indices.filter { entropies[$0] < 2 && values[$0] < limit }
      return chosen.isEmpty ? nil : chosen.reduce(0) { $0 + values[$1] } / Double(chosen.count)
    }
  }

  @Test(arguments: 1...4)
  func `have each score as it is by hand`(_ seed: UInt64) throws {
    let (study, lists) = study(seed: seed)
    let result = score(study.evidence, simulatesPower: false)
    for record in study.records {
      let naive = Naive(study.tokens(of: record, in: study.tuned), lists[record.id] ?? [])
      let scores = try #require(result.records.first { $0.id == record.id }).scores
      let minK = try #require(scores.first { $0.name == "min-k-plus-plus" }?.value.value)
      #expect(abs(minK - naive.minK) < 1e-9, "\(record.id)")
      let surprising = scores.first { $0.name == "surprising-tokens" }?.value
      if let expected = naive.surprising {
        #expect(abs((surprising?.value ?? .nan) - expected) < 1e-9, "\(record.id)")
      } else {
        #expect(surprising?.reason?.slug == "no-surprising-token")
      }
    }
    let row = try #require(result.membership.first { $0.score == "min-k-plus-plus" })
    #expect(row.auc.value != nil && row.needs == [.scoredText, .nextTokenRows])
  }

  @Test func `lose the score where one place lists nothing, or too little`() throws {
    var (study, _) = study(seed: 1)
    let (bare, thin) = (study.records[0], study.records[1])
    func change(_ record: CorpusRecord, _ lists: [Double]) {
      let tokens = study.tokens(of: record, in: study.tuned)
      study.tuned[.recordLikelihood]?[.record(record.id)] = .measured(
        .likelihood(
          tokens.enumerated().map { place, token in
            TokenScore(
              range: token.range, logProbability: token.logProbability,
              alternatives: lists.isEmpty && place < tokens.count - 1
                ? token.alternatives : ListedAlternatives(top: lists, count: 2))
          }))
    }
    change(bare, [])
    change(thin, [log(0.3)])
    let result = score(study.evidence, simulatesPower: false)
    func reason(_ record: CorpusRecord) -> String? {
      result.records.first { $0.id == record.id }?.scores.first { $0.name == "min-k-plus-plus" }?
        .value.reason?.slug
    }
    #expect(reason(bare) == "no-listed-tokens")
    #expect(reason(thin) == "residual-too-large")
  }
}
