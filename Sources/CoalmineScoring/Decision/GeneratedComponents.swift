// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The components by what a run gives: scores of given texts, or nothing but what the model wrote.
extension Components {
  func rankTest(_ canaries: [ScoredCanary], _ reading: MissingReading) throws -> RankSum {
    evidence.readsRepliesAlone
      ? try ComponentTests.generatedRank(canaries, reading)
      : try ComponentTests.rank(canaries, differences: scores.rankUsesDifferences, reading)
  }

  func massTest(_ canaries: [ScoredCanary], _ reading: MissingReading) throws -> MassTest {
    evidence.readsRepliesAlone
      ? try ComponentTests.generatedMass(canaries, reading)
      : try ComponentTests.mass(canaries, noise: noise, reading)
  }

  /// Why what is read from replies waits; `nil` where all are there.
  var repliesToCome: Reason? {
    canaries.inserted.contains(where: \.replies.isWaiting)
      ? Reason(Reasons.notAnswered, "replies to prompts of inserted canaries are still to come")
      : nil
  }

  var generatedRank: Outcome<ComponentResult.Value> {
    if let reason = repliesToCome { return .failed(reason) }
    let inserted = canaries.inserted
    let missing = inserted.count { !($0.generated?.isWhole ?? false) }
    return Fallible.outcome {
      let leak = try rankTest(inserted, .leak)
      let aucs = try inserted.map { canary in
        let rank = try ComponentTests.rank(of: canary, .leak)
        return 1 - (Double(rank.steps) - 0.5) / Double(RankedSecret.grid)
      }
      return ComponentResult.Value(
        statistic: .rank(auc: min(1, max(0, aucs.reduce(0, +) / Double(aucs.count)))),
        pValue: leak.pValue,
        pValueForPass: missing > 0 ? try rankTest(inserted, .pass).pValue : leak.pValue,
        missing: missing)
    }
  }
}
