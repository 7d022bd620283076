// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The membership scores of ``SampleReport``: one that the text alone reaches, one that it does not,
/// one of two records, and one without a value.
enum SampleMembership {
  static func rows(missing: Reason, few: Reason) -> [MembershipResult] {
    let blind = MembershipResult.Blind(auc: 0.531, pValue: 0.238_8)
    func found(_ hits: Int, _ interval: Interval?) -> Outcome<MembershipResult.FoundMembers> {
      .measured(
        .init(truePositives: hits, members: 100, allowedFalsePositives: 1, interval: interval))
    }
    func significance(_ pValue: Double, _ holm: Double, _ method: MembershipResult.Test)
      -> Outcome<MembershipResult.Significance>
    {
      .measured(.init(pValue: pValue, holmPValue: holm, method: method))
    }
    return [
      MembershipResult(
        score: "min-k", members: 100, nonmembers: 100,
        auc: .measured(
          .init(
            auc: 0.556, interval: Interval(lower: 0.475_9, upper: 0.633_1, level: 0.95),
            method: .delongLogit)),
        found: found(3, Sample.interval(3, of: 100)),
        curve: [point(0, 0), point(0.01, 0.03), point(0.5, 0.57), point(1, 1)],
        blind: .measured(blind), lengthAUC: .measured(0.482),
        significance: significance(0.085_2, 0.170_4, .labelPermutation)),
      MembershipResult(
        score: "reference", needs: [.scoredText, .baseRun], members: 100, nonmembers: 100,
        auc: .measured(
          .init(
            auc: 0.702, interval: Interval(lower: 0.624, upper: 0.769, level: 0.95),
            method: .clusterBootstrap)),
        found: found(17, nil), curve: [point(0, 0), point(0.2, 0.6), point(1, 1)],
        blind: .measured(MembershipResult.Blind(auc: 0.612, pValue: 0.004_9)),
        lengthAUC: .measured(0.482),
        significance: significance(0.000_1, 0.000_3, .labelPermutation)),
      MembershipResult(
        score: "loss", members: 1, nonmembers: 1,
        auc: .measured(.init(auc: 1, interval: nil, method: .none)), found: .notMeasurable(few),
        curve: [point(0, 0), point(0, 1), point(1, 1)], blind: .failed(missing),
        lengthAUC: .measured(0.5), significance: significance(0.5, 0.5, .mannWhitneyExact)),
      MembershipResult(
        score: "zlib", members: 0, nonmembers: 100, auc: .notMeasurable(missing),
        found: .notMeasurable(missing), curve: [], blind: .notMeasurable(missing),
        lengthAUC: .notMeasurable(missing), significance: .notMeasurable(missing)),
    ]
  }

  /// A text that no report may hold unless it was asked for.
  static let text = "Mrs Orlovsky of 14 Quince Lane cancelled, then rebooked."

  /// Records of every state: scored, scored in part, without a value, too short.
  static func records(missing: Reason, rewrite: (String) -> String) -> [RecordResult] {
    let short = Reason(rewrite("record-too-short"), rewrite("fewer than two tokens"))
    func record(
      _ number: Int, _ membership: CorpusRecord.Membership, group: Int?,
      _ tokens: Outcome<RecordResult.Tokens>, _ values: [Outcome<Double>]
    ) -> RecordResult {
      RecordResult(
        id: rewrite("record-00000\(number)"), membership: membership,
        group: group.map { Secret(Array(rewrite("customer Orlovsky \($0)").utf8)) },
        groupNumber: group,
        text: Secret(Array(rewrite(text).utf8)), tokens: tokens,
        scores: zip(["min-k", "reference", "loss", "zlib"], values).map {
          RecordResult.Score(name: $0.0, value: $0.1)
        })
    }
    let nothing: [Outcome<Double>] = Array(repeating: .failed(missing), count: 4)
    return [
      record(
        1, .member, group: 1, .measured(.init(count: 14, bytes: 56, nats: -41.25)),
        [.measured(-6.5), .measured(0.125), .measured(-2.946), .notMeasurable(missing)]),
      record(
        2, .nonmember, group: 2, .measured(.init(count: 3, bytes: 12, nats: -.infinity)),
        [.measured(-.infinity), .failed(missing), .measured(-.infinity), .notMeasurable(missing)]),
      record(3, .nonmember, group: 1, .failed(missing), nothing),
      record(
        4, .member, group: nil, .notMeasurable(short),
        Array(repeating: .notMeasurable(short), count: 4)),
    ]
  }

  private static func point(_ falsePositiveRate: Double, _ truePositiveRate: Double)
    -> MembershipResult.CurvePoint
  {
    .init(falsePositiveRate: falsePositiveRate, truePositiveRate: truePositiveRate)
  }
}
