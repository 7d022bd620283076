// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Membership scores over the marked records of the corpus.
struct MembershipScoring: Sendable {
  let results: [MembershipResult]
  /// Every marked record with its scores.
  let records: [RecordResult]
  /// Records left out because fewer than two of their tokens were scored.
  let tooShort: Int
  /// Records whose tokens end before their text does.
  let truncated: Int

  /// - Parameters:
  ///   - base: the answers of the base model, for the scores that compare with it.
  ///   - randomness: for the cluster bootstrap, the blind baseline and the permutations, each of
  ///     which has its own generator.
  init(
    _ records: [CorpusRecord], _ answers: Answers?, base: Answers? = nil,
    _ randomness: ScoringRandomness
  ) {
    let reading = LabelledRecord.read(records, answers, base: base)
    var resampling = randomness.generator(for: .membership)
    var relabelling = randomness.generator(for: .membershipTest)
    var texts = TextDifferences(reading.records, randomness.generator(for: .blindBaseline))
    var rows: [Row] = []
    for score in MembershipScores.all {
      rows.append(Row(score, reading, &texts, resampling: &resampling, relabelling: &relabelling))
    }
    let adjusted = Self.holm(rows.compactMap { $0.test.value?.pValue })
    var place = 0
    results = rows.map { row in
      let significance = row.test.map { test in
        defer { place += 1 }
        return MembershipResult.Significance(
          pValue: test.pValue, holmPValue: adjusted[place], method: test.method)
      }
      return row.result(significance)
    }
    self.records = RecordResults.list(reading, rows.map { ($0.score.slug, $0.outcomes) })
    tooShort = reading.tooShort
    truncated = reading.truncated
  }

  /// Holm's correction over the scores that have a p-value.
  private static func holm(_ pValues: [Double]) -> [Double] {
    // Numbers in 0…1 are never refused; without a correction none would be smaller than 1.
    (try? adjustedPValues(pValues, by: .holm)) ?? pValues.map { _ in 1 }
  }

  /// One score of all records that have it.
  private struct Row {
    let score: any MembershipScore.Type
    /// Of each record that was read, in their order.
    let outcomes: [Outcome<Double>]
    let members: Int
    let nonmembers: Int
    let auc: Outcome<MembershipResult.Value>
    let found: Outcome<MembershipResult.FoundMembers>
    let curve: [MembershipResult.CurvePoint]
    let texts: TextDifferences.Found
    let test: Outcome<RecordSeparation.Test>

    init(
      _ score: any MembershipScore.Type, _ reading: LabelledRecord.Reading,
      _ texts: inout TextDifferences, resampling: inout ChaCha8Rand,
      relabelling: inout ChaCha8Rand
    ) {
      var values: [RecordSeparation.Entry] = []
      var places: [Int] = []
      var unscored: Outcome<Double>?
      outcomes = reading.records.map { score.score($0.tokens) }
      for (place, record) in reading.records.enumerated() {
        let outcome = outcomes[place]
        guard let value = outcome.value else {
          unscored = unscored ?? outcome
          continue
        }
        values.append(
          RecordSeparation.Entry(value: value, isMember: record.isMember, group: record.group))
        places.append(place)
      }
      self.score = score
      members = values.count { $0.isMember }
      nonmembers = values.count - members
      guard members > 0, nonmembers > 0 else {
        func missing<Value>() -> Outcome<Value> {
          // Where the records were read and none has the score, the score itself says why; one of
          // them that was not read is no reason for all.
          let unread: Outcome<Value>? = reading.unread?.withoutValue()
          let own: Outcome<Value>? = unscored?.withoutValue()
          return (values.isEmpty ? own ?? unread : unread ?? own)
            ?? .notMeasurable(
              Reason(
                "no-records", "there are no scored records of both kinds, in and out of the file"))
        }
        auc = missing()
        found = missing()
        curve = []
        self.texts = TextDifferences.Found(blind: missing(), lengthAUC: missing())
        test = missing()
        return
      }
      let separation = RecordSeparation(
        values, isGrouped: reading.records.contains { $0.record.group != nil })
      auc = separation.auc(using: &resampling)
      found = separation.found()
      curve = separation.curve()
      self.texts = texts.found(at: places)
      test = separation.test(using: &relabelling)
    }

    func result(_ significance: Outcome<MembershipResult.Significance>) -> MembershipResult {
      MembershipResult(
        score: score.slug, needs: score.needs, members: members, nonmembers: nonmembers, auc: auc,
        found: found, curve: curve, blind: texts.blind, lengthAUC: texts.lengthAUC,
        significance: significance)
    }
  }
}
