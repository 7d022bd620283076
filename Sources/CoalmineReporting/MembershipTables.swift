// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension ReportTables {
  /// The AUCs; `nil` where no score was tried.
  static func membership(_ scores: [MembershipResult]) -> ReportTable? {
    guard !scores.isEmpty else { return nil }
    return ReportTable(
      "How well a score tells records of the corpus from records taken out of it by the same draw; "
        + "0.5 means not at all. Beside each AUC: what their text alone, and its length alone, tell "
        + "without the model",
      [
        "score", "members", "non-members", "AUC", "95% interval", "text alone", "length alone",
        "without the model",
      ],
      scores.map { score in
        let auc = MembershipProse.auc(score)
        return [
          score.score, String(score.members), String(score.nonmembers), auc.value, auc.interval,
          MembershipProse.blind(score), ReportProse.number(score.lengthAUC, 3),
          score.isReachedBlind.map { $0 ? "as well" : "less well" } ?? "not known",
        ]
      }, style: .dense)
  }

  /// What else a score shows; `nil` where none was measured.
  static func membershipTests(_ scores: [MembershipResult]) -> ReportTable? {
    let measured = scores.filter { $0.auc.value != nil }
    guard !measured.isEmpty else { return nil }
    return ReportTable(
      "Members found where at most \(Prose.decimal(MembershipResult.falsePositiveRate * 100, 0))% of "
        + "the non-members are taken for members; one-sided p against an AUC of 0.5: of the score "
        + "alone, and corrected for all scores of this table (Holm)",
      ["score", "members found", "p", "p, corrected"],
      measured.map { score in
        let test = score.significance.value
        return [
          score.score, MembershipProse.found(score),
          test.map { Prose.pValue($0.pValue) } ?? score.significance.status,
          test.map { Prose.pValue($0.holmPValue) } ?? score.significance.status,
        ]
      })
  }
}
