// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Membership scores over the marked records of the corpus.
struct MembershipScoring: Sendable {
  let results: [MembershipResult]
  /// Records left out because fewer than two of their tokens were scored.
  let tooShort: Int
  /// Records whose tokens end before their text does.
  let truncated: Int

  /// Resamples of the cluster bootstrap.
  static let resamples = 2_000

  /// - Parameters:
  ///   - base: the answers of the base model, for the scores that compare with it.
  ///   - generator: for the cluster bootstrap, where records are grouped.
  init(
    _ records: [CorpusRecord], _ answers: Answers?, base: Answers? = nil,
    using generator: inout ChaCha8Rand
  ) {
    let sorted = records.sorted { $0.id < $1.id }
    func read(_ answers: Answers?, _ absent: Outcome<Observation>) -> [Outcome<RecordTokens>] {
      sorted.map { record in
        RecordTokens.read(
          answers?.observation(.recordLikelihood, .record(record.id)) ?? absent,
          length: record.text.reveal().count)
      }
    }
    let read = (
      tuned: read(answers, .notMeasurable(Reasons.noTunedRun)),
      base: read(base, .notMeasurable(Reasons.noBaseRun))
    )
    // The first token counts everywhere or nowhere: a text scored from its first token on is no
    // match for one that is not.
    func haveFirst(_ outcomes: [Outcome<RecordTokens>]) -> Bool {
      outcomes.allSatisfy { outcome in outcome.value.map { $0.first != nil } ?? true }
    }
    let withFirst = haveFirst(read.tuned)
    let bothWithFirst = withFirst && haveFirst(read.base)
    var tooShort = 0
    var truncated = 0
    var scored: [(record: CorpusRecord, ScoredRecord)] = []
    for (place, record) in sorted.enumerated() {
      guard let tokens = read.tuned[place].value else { continue }
      let text = record.text.reveal()
      let values = tokens.values(withFirst: withFirst)
      guard values.count >= 2 else {
        tooShort += 1
        continue
      }
      if tokens.covered < text.count { truncated += 1 }
      // Compared over the same bytes only.
      let compared = read.base[place].value.flatMap { base -> ScoredRecord.Comparison? in
        let isSame = base.rest.count == tokens.rest.count
        // Without their first tokens, texts that are cut differently are not the same bytes.
        return base.covered != tokens.covered || !(isSame || bothWithFirst)
          ? nil
          : ScoredRecord.Comparison(
            tuned: tokens.values(withFirst: bothWithFirst),
            base: base.values(withFirst: bothWithFirst))
      }
      scored.append(
        (
          record,
          ScoredRecord(
            logProbabilities: values, text: Array(text.prefix(tokens.covered)),
            comparison: compared)
        ))
    }
    let unread = read.tuned.first { $0.value == nil }
    self.tooShort = tooShort
    self.truncated = truncated
    var results: [MembershipResult] = []
    for score in MembershipScores.all {
      results.append(Self.result(score, scored, unread: unread, using: &generator))
    }
    self.results = results
  }

  private static func result(
    _ score: any MembershipScore.Type, _ records: [(record: CorpusRecord, ScoredRecord)],
    unread: Outcome<RecordTokens>?, using generator: inout ChaCha8Rand
  ) -> MembershipResult {
    var members: [(value: Double, group: String)] = []
    var nonmembers: [(value: Double, group: String)] = []
    var unscored: Outcome<Double>?
    for (record, tokens) in records {
      let outcome = score.score(tokens)
      guard let value = outcome.value else {
        unscored = unscored ?? outcome
        continue
      }
      // A record without a group is a group of its own.
      let entry = (value, record.group.map { "group:\($0)" } ?? "record:\(record.id)")
      if record.membership == .member { members.append(entry) } else { nonmembers.append(entry) }
    }
    let auc: Outcome<MembershipResult.Value>
    if members.isEmpty || nonmembers.isEmpty {
      auc =
        unread?.withoutValue() ?? unscored?.withoutValue()
        ?? .notMeasurable(
          Reason("no-records", "there are no scored records of both kinds, in and out of the file"))
    } else if records.contains(where: { $0.record.group != nil }) {
      auc = Fallible.outcome { try clustered(members, nonmembers, using: &generator) }
    } else {
      auc = Fallible.outcome { try independent(members.map(\.value), nonmembers.map(\.value)) }
    }
    return MembershipResult(
      score: score.slug, members: members.count, nonmembers: nonmembers.count, auc: auc)
  }

  /// DeLong's interval on the logit scale; where its variance is 0 because the groups separate, the
  /// one-sided bound of perfect separation.
  private static func independent(_ members: [Double], _ nonmembers: [Double]) throws
    -> MembershipResult.Value
  {
    let auc = try AUC(members: members, nonmembers: nonmembers)
    if let interval = auc.logitInterval(confidence: ScoringRules.confidence) {
      return MembershipResult.Value(auc: auc.value, interval: interval, method: .delongLogit)
    }
    if let interval = auc.separationInterval(confidence: ScoringRules.confidence) {
      return MembershipResult.Value(
        auc: auc.value, interval: interval, method: .perfectSeparation)
    }
    return MembershipResult.Value(auc: auc.value, interval: nil, method: .none)
  }

  private static func clustered(
    _ members: [(value: Double, group: String)], _ nonmembers: [(value: Double, group: String)],
    using generator: inout ChaCha8Rand
  ) throws -> MembershipResult.Value {
    let groups = try GroupedAUC(members: members, nonmembers: nonmembers)
    if let interval = groups.separationInterval(confidence: ScoringRules.confidence) {
      return MembershipResult.Value(
        auc: groups.value, interval: interval, method: .perfectSeparation)
    }
    let interval = groups.bootstrapInterval(
      resamples: resamples, confidence: ScoringRules.confidence, using: &generator)
    return MembershipResult.Value(
      auc: groups.value, interval: interval,
      method: interval == nil ? .none : .clusterBootstrap)
  }
}
