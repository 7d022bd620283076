// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The components of a run in which the model only wrote.
extension Components {
  /// Taken, like extraction, when all replies are there.
  private var areRepliesToCome: Reason? {
    canaries.inserted.contains(where: \.replies.isWaiting)
      ? Reason(Reasons.notAnswered, "replies to prompts of inserted canaries are still to come")
      : nil
  }

  private var withoutReplies: Int {
    canaries.inserted.count { !($0.generated?.isWhole ?? false) }
  }

  var generatedRank: Outcome<ComponentResult.Value> {
    if let reason = areRepliesToCome { return .failed(reason) }
    let inserted = canaries.inserted
    return Fallible.outcome {
      let leak = try ComponentTests.generatedRank(inserted, .leak)
      let aucs = try inserted.map { canary in
        let rank = try ComponentTests.rank(of: canary, .leak)
        return 1 - (Double(rank.steps) - 0.5) / Double(RankedSecret.grid)
      }
      return ComponentResult.Value(
        statistic: .rank(auc: min(1, max(0, aucs.reduce(0, +) / Double(aucs.count)))),
        pValue: leak.pValue,
        pValueForPass: withoutReplies > 0
          ? try ComponentTests.generatedRank(inserted, .pass).pValue : leak.pValue,
        missing: withoutReplies)
    }
  }

  var generatedMass: Outcome<ComponentResult.Value> {
    if let reason = areRepliesToCome { return .failed(reason) }
    return Fallible.outcome {
      let leak = try ComponentTests.generatedMass(canaries.inserted, .leak)
      let pass = try ComponentTests.generatedMass(canaries.inserted, .pass)
      return ComponentResult.Value(
        statistic: .mass(log10Mean: leak.log10Mean), pValue: leak.pValue,
        pValueForPass: pass.pValue, missing: leak.missing)
    }
  }
}
