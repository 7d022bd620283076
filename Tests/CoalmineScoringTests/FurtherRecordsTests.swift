// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineTesting
import Testing

/// Membership scores of records that are asked in lower case and after non-members.
@Suite struct `Records that are asked in other ways` {
  /// 40 records, each second one with a capital, and the answers to the further questions.
  private func study(firstToken: Bool = false) -> SimulatedStudy {
    var study = SimulatedStudy(
      .init(randomizedPerKind: 2, controls: 1, references: 2, records: 20, recordGain: 0.3),
      seed: 5)
    study.asked.formUnion([.recordLowercase, .recordAfterNonmembers])
    study.records = study.records.enumerated().map { place, record in
      var text = record.text.reveal()
      if place % 4 < 2 { text[0] = 0x57 }
      return CorpusRecord(
        id: record.id, membership: record.membership, group: nil, text: Secret(text))
    }
    var chance = SplitMix(17)
    let variants = RecordVariants(study.records, in: .plain)
    func answer(_ record: CorpusRecord, start: Int, first: Bool) -> Outcome<Observation> {
      let tokens = study.tokens(of: record, in: study.tuned)
      return .measured(
        .likelihood(
          tokens.enumerated().map { place, token in
            TokenScore(
              range: token.range.lowerBound + start..<token.range.upperBound + start,
              logProbability: place == 0 && !first ? nil : -5 * chance.unit() - 0.01)
          }))
    }
    if firstToken {
      for record in study.records {
        var tokens = study.tokens(of: record, in: study.tuned)
        tokens[0] = TokenScore(range: tokens[0].range, logProbability: -3)
        study.tuned[.recordLikelihood]?[.record(record.id)] = .measured(.likelihood(tokens))
      }
    }
    for record in variants.changedByCase {
      study.tuned[.recordLowercase, default: [:]][.record(record.id)] = answer(
        record, start: 0, first: firstToken)
    }
    for record in variants.afterPrefix {
      study.tuned[.recordAfterNonmembers, default: [:]][.record(record.id)] = answer(
        record, start: variants.prefix.count, first: true)
    }
    return study
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func values(
    _ study: SimulatedStudy, _ probe: Probe, _ record: CorpusRecord
  ) -> [Double?] {
    guard case .measured(.likelihood(let tokens)) = study.tuned[probe]?[.record(record.id)] else {
      return []
    }
    return tokens.map(\.logProbability)
  }

  private func result(_ study: SimulatedStudy, _ slug: String) throws -> MembershipResult {
    try #require(
      score(study.evidence, simulatesPower: false).membership.first { $0.score == slug })
  }

  private func sides(_ scores: [(CorpusRecord, Double)]) -> (members: [Double], others: [Double]) {
    (
      scores.filter { $0.0.membership == .member }.map(\.1),
      scores.filter { $0.0.membership == .nonmember }.map(\.1)
    )
  }

  @Test(arguments: [false, true])
  func `lower case is the ratio of means, and minus one where nothing changes`(first: Bool) throws {
    let study = study(firstToken: first)
    let found = try result(study, "lowercase")
    let scores = study.records.map { record in
      let own = mean(values(study, .recordLikelihood, record).compactMap(\.self))
      let lower = mean(values(study, .recordLowercase, record).compactMap(\.self))
      return (record, lower.isNaN ? -1 : -own / lower)
    }
    #expect(scores.count { $0.1 == -1 } == 20)
    let (members, others) = sides(scores)
    #expect(found.members == 20 && found.nonmembers == 20)
    #expect(abs(try #require(found.auc.value?.auc) - Oracle.auc(members, others)) < 1e-12)
  }

  @Test(arguments: [false, true])
  func `ReCaLL compares the same tokens, without the records of the prefix`(first: Bool) throws {
    let study = study(firstToken: first)
    let found = try result(study, "recall")
    let variants = RecordVariants(study.records, in: .plain)
    #expect(study.records.count - variants.afterPrefix.count == RecordVariants.prefixRecords)
    let scores = variants.afterPrefix.map { record in
      let drop = first ? 0 : 1
      let own = values(study, .recordLikelihood, record).dropFirst(drop).compactMap(\.self)
      let after = values(study, .recordAfterNonmembers, record).dropFirst(drop).compactMap(\.self)
      return (record, mean(after) / mean(own))
    }
    let (members, others) = sides(scores)
    #expect(found.members == 20 && found.nonmembers == 12)
    #expect(abs(try #require(found.auc.value?.auc) - Oracle.auc(members, others)) < 1e-12)
  }

  @Test func `a record that the prefix splits otherwise has no ReCaLL`() throws {
    var study = study()
    let variants = RecordVariants(study.records, in: .plain)
    let record = try #require(variants.afterPrefix.first)
    let start = variants.prefix.count
    let length = record.text.reveal().count
    study.tuned[.recordAfterNonmembers]?[.record(record.id)] = .measured(
      .likelihood([
        TokenScore(range: start..<start + 2, logProbability: -1),
        TokenScore(range: start + 2..<start + length, logProbability: -1),
      ]))
    let found = try result(study, "recall")
    #expect(found.members + found.nonmembers == 31)
    // A token that begins in the prefix is no token of the record.
    study.tuned[.recordAfterNonmembers]?[.record(record.id)] = .measured(
      .likelihood([TokenScore(range: start - 1..<start + length, logProbability: -1)]))
    #expect(try result(study, "recall").auc.value == found.auc.value)
  }

  @Test func `what was not asked says so, and leaves every other score as it was`() throws {
    let asked = study()
    var notAsked = asked
    notAsked.asked.subtract([.recordLowercase, .recordAfterNonmembers])
    for slug in ["lowercase", "recall"] {
      #expect(try result(notAsked, slug).auc.reason?.slug == "not-asked")
    }
    for slug in ["loss", "zlib", "min-k", "reference"] {
      #expect(try result(notAsked, slug).auc == result(asked, slug).auc)
    }
  }

  @Test func `answers that are missing are counted`() throws {
    var study = study()
    let variants = RecordVariants(study.records, in: .plain)
    let before = score(study.evidence, simulatesPower: false)
    study.tuned[.recordLowercase]?[.record(variants.changedByCase[0].id)] = nil
    study.tuned[.recordAfterNonmembers]?[.record(variants.afterPrefix[0].id)] = nil
    let after = score(study.evidence, simulatesPower: false)
    let (had, has) = (before.answers.tuned, after.answers.tuned)
    #expect(had?.missing == 0 && has?.missing == 2)
    #expect(had?.due == has?.due)
  }
}
