// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// What a report says of membership scores in words, the same in every format.
enum MembershipProse {
  /// What stands beside an AUC that needs no model.
  static let reached = "a classifier that never saw the model separates these records as well"

  /// The AUC and its interval, or the status and why there is none.
  static func auc(_ score: MembershipResult) -> (value: String, interval: String) {
    guard let value = score.auc.value else {
      return (score.auc.status, score.auc.reason?.evidence ?? "")
    }
    let interval = value.interval.map {
      "\(Prose.decimal($0.lower, 3, .down))–\(Prose.decimal($0.upper, 3, .up))"
    }
    return (Prose.decimal(value.auc, 3), interval ?? "no interval")
  }

  /// `0.512 (p = 0.4130)`
  static func blind(_ score: MembershipResult) -> String {
    score.blind.value.map { "\(Prose.decimal($0.auc, 3)) (\(Prose.pValue($0.pValue)))" }
      ?? score.blind.status
  }

  /// `12 of 100 (6.3–20.1%)`; without an interval where records come in groups.
  static func found(_ score: MembershipResult) -> String {
    guard let found = score.found.value else {
      return score.found.reason?.evidence ?? score.found.status
    }
    guard let interval = found.interval else {
      return "\(found.truePositives) of \(found.members), no interval: records come in groups"
    }
    return ReportProse.rate(
      .measured(Rate(hits: found.truePositives, trials: found.members, interval: interval)))
  }

  /// The score that tells records of the corpus from those that were taken out of it best, where one
  /// does beyond doubt: chance alone decided which records were taken out, so a model that was not
  /// trained on the others does not.
  static func telling(_ result: StudyResult) -> MembershipResult? {
    guard result.study.origin == .seeded else { return nil }
    return result.membership.filter { score in
      score.isReachedBlind == false
        && (score.significance.value?.holmPValue ?? 1) <= ValidityChecks.level
    }.max { ($0.auc.value?.auc ?? 0) < ($1.auc.value?.auc ?? 0) }
  }

  /// What it means that records are told apart and the controls do not stand out.
  static func trainedLightly(_ result: StudyResult) -> String? {
    guard let score = telling(result), let p = score.significance.value?.holmPValue else {
      return nil
    }
    return "Records of the corpus can be told from records that were taken out of it (AUC "
      + "\(auc(score).value) by the score '\(score.score)', \(Prose.pValue(p)) corrected), so the model "
      + "was trained on the corpus: on the seeded file so lightly that the controls do not stand out, "
      + "or on a file without them."
  }

  /// What a reader must know before the AUCs are read, each in one sentence.
  static func doubts(_ scores: [MembershipResult]) -> [String] {
    var doubts: [String] = []
    let reached = scores.filter { $0.isReachedBlind == true }.map(\.score)
    if !reached.isEmpty {
      doubts.append(
        "\(reached.joined(separator: ", ")): \(Self.reached). Such an AUC says nothing about the model."
      )
    }
    let worst = scores.compactMap(\.blind.value).min { $0.pValue < $1.pValue }
    if let worst, worst.pValue < MembershipProse.differ {
      doubts.append(
        "Members and non-members can be told apart by their text alone (AUC "
          + "\(Prose.decimal(worst.auc, 3)), \(Prose.pValue(worst.pValue))): what a score shows need "
          + "not come from the model.")
    }
    return doubts
  }

  /// Below this p the texts differ without the model.
  private static let differ = 0.01
}
