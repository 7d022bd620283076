// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

@Suite struct MembershipTests {
  private let plan = SimulatedStudy.Plan(
    randomizedPerKind: 2, controls: 1, references: 2, records: 40, recordGain: 0.25)

  private func tokens(_ study: SimulatedStudy, _ record: CorpusRecord) -> [TokenScore] {
    study.tokens(of: record, in: study.tuned)
  }

  private func naive(_ slug: String, _ study: SimulatedStudy, _ record: CorpusRecord) -> Double {
    NaiveMembership.score(slug, study, record)
  }

  @Test func `each score's AUC is the share of pairs`() throws {
    let study = SimulatedStudy(plan, seed: 7)
    let results = score(study.evidence, simulatesPower: false).ofRecordsAlone
    #expect(
      results.map(\.score) == [
        "loss", "zlib", "zlib-total", "min-k", "reference", "reference-ratio", "error-zone",
        "dc-pdd", "rmia",
      ])
    for result in results {
      let members = study.records.filter { $0.membership == .member }
      let others = study.records.filter { $0.membership == .nonmember }
      let expected = Oracle.auc(
        members.map { naive(result.score, study, $0) },
        others.map { naive(result.score, study, $0) })
      let value = try #require(result.auc.value)
      #expect(abs(value.auc - expected) < 1e-12, "\(result.score)")
      #expect(result.members == 40 && result.nonmembers == 40)
      #expect(value.method == .delongLogit)
      let interval = try #require(value.interval)
      #expect(interval.lower < value.auc && value.auc < interval.upper)
    }
    // Members score higher, whatever the score.
    #expect(results.allSatisfy { ($0.auc.value?.auc ?? 0) > 0.5 })
  }

  @Test func `separated groups have the one-sided bound`() throws {
    var far = plan
    far.recordGain = 3.9
    far.records = 20
    let study = SimulatedStudy(far, seed: 3)
    let value = try #require(
      score(study.evidence, simulatesPower: false).ofRecordsAlone.first { $0.score == "loss" }?.auc
        .value)
    #expect(value.auc == 1)
    #expect(value.method == .perfectSeparation)
    // 20 of 20 disjoint pairs: the AUC is at least 0.05^(1/20).
    #expect(abs((value.interval?.lower ?? 0) - Oracle.lowerBound(20, of: 20, tail: 0.05)) < 1e-9)
    #expect(value.interval?.upper == 1)
  }

  @Test func `first tokens count everywhere or nowhere`() throws {
    var study = SimulatedStudy(plan, seed: 7)
    let before = try #require(
      score(study.evidence, simulatesPower: false).ofRecordsAlone.first?.auc.value?.auc)
    // One record with a scored first token changes nothing…
    let id = study.records[0].id
    func withFirst(_ record: CorpusRecord) -> Outcome<Observation> {
      var scores = tokens(study, record)
      scores[0] = TokenScore(range: scores[0].range, logProbability: -40)
      return .measured(.likelihood(scores))
    }
    let first = withFirst(study.records[0])
    let all = study.records.map(withFirst)
    study.tuned[.recordLikelihood]?[.record(id)] = first
    #expect(
      score(study.evidence, simulatesPower: false).ofRecordsAlone.first?.auc.value?.auc == before)
    // …all of them do.
    for (record, answer) in zip(study.records, all) {
      study.tuned[.recordLikelihood]?[.record(record.id)] = answer
    }
    let results = score(study.evidence, simulatesPower: false).ofRecordsAlone
    let expected = Oracle.auc(
      study.records.filter { $0.membership == .member }.map { naive("loss", study, $0) },
      study.records.filter { $0.membership == .nonmember }.map { naive("loss", study, $0) })
    #expect(abs((results.first?.auc.value?.auc ?? 0) - expected) < 1e-12)
  }

  @Test func `records with fewer than two scored tokens are left out and told`() {
    var study = SimulatedStudy(plan)
    for record in study.records.prefix(3) {
      let length = record.text.reveal().count
      study.tuned[.recordLikelihood]?[.record(record.id)] = .measured(
        .likelihood([
          TokenScore(range: 0..<2, logProbability: nil),
          TokenScore(range: 2..<length, logProbability: -3),
        ]))
    }
    let result = score(study.evidence, simulatesPower: false)
    #expect(result.ofRecordsAlone.allSatisfy { $0.members == 38 && $0.nonmembers == 39 })
    #expect(result.notMeasured.contains(.recordsTooShort(3)))
  }

  @Test func `records that were cut are scored on what came and told`() {
    var study = SimulatedStudy(plan)
    let record = study.records[0]
    let cut = Array(tokens(study, record).prefix(4))
    study.tuned[.recordLikelihood]?[.record(record.id)] = .measured(.likelihood(cut))
    let result = score(study.evidence, simulatesPower: false)
    // What the base model was asked covers more than what came, so it is compared with nothing.
    #expect(
      result.ofRecordsAlone.allSatisfy { $0.members == ($0.needs.contains(.baseRun) ? 39 : 40) })
    #expect(
      result.caveats.first { $0.slug == "record-truncated" }?.evidence
        == "1 record was scored in part only")
  }

  @Test func `records with gaps or impossible values are left out`() {
    var study = SimulatedStudy(plan)
    let broken: [[TokenScore]] = [
      [
        TokenScore(range: 0..<2, logProbability: nil), TokenScore(range: 3..<5, logProbability: -1),
      ],
      [
        TokenScore(range: 0..<2, logProbability: -1),
        TokenScore(range: 2..<5, logProbability: .nan),
      ],
      [
        TokenScore(range: 0..<2, logProbability: -1), TokenScore(range: 2..<5, logProbability: nil),
      ],
      [TokenScore(range: 0..<9_999, logProbability: -1)],
      [TokenScore(range: 1..<3, logProbability: -1), TokenScore(range: 3..<5, logProbability: -1)],
    ]
    for (record, scores) in zip(study.records, broken) {
      study.tuned[.recordLikelihood]?[.record(record.id)] = .measured(.likelihood(scores))
    }
    let result = score(study.evidence, simulatesPower: false).ofRecordsAlone
    #expect(result.allSatisfy { $0.members + $0.nonmembers == 75 })
  }

  @Test func `without records every score says why`() {
    var study = SimulatedStudy(plan)
    study.tuned[.recordLikelihood] = [:]
    #expect(
      score(study.evidence, simulatesPower: false).ofRecordsAlone.allSatisfy {
        $0.auc.reason?.slug == "not-answered"
      })
    study.asked = [.sequenceLikelihood]
    let unasked = score(study.evidence, simulatesPower: false).ofRecordsAlone
    #expect(unasked.allSatisfy { $0.auc.status == "not-measurable" })
    #expect(unasked.allSatisfy { $0.auc.reason?.slug == "not-asked" })
    study.records = []
    study.asked = [.recordLikelihood]
    #expect(
      score(study.evidence, simulatesPower: false).ofRecordsAlone.allSatisfy {
        $0.auc.reason?.slug == "no-records"
      })
  }

  @Test func `one record that was held back is no reason for what was not asked of all`() throws {
    var study = SimulatedStudy(plan)
    let held = study.records[0]
    let whole = score(study.evidence, simulatesPower: false).membership
    study.tuned[.recordLikelihood]?[.record(held.id)] = .censored(
      Reason("content-filtered", "a content filter of the endpoint held the text back"))
    let result = score(study.evidence, simulatesPower: false)
    var compared = 0
    for (before, after) in zip(whole, result.membership) where before.auc.value == nil {
      #expect(after.auc.reason == before.auc.reason, "\(after.score)")
      compared += 1
    }
    #expect(compared >= 3)
    let caveat = try #require(result.caveats.first { $0.slug == "answers-missing" })
    #expect(
      caveat.evidence.hasPrefix("1 of ")
        && caveat.evidence.hasSuffix(" was held back by the endpoint"), "\(caveat.evidence)")
    #expect(!caveat.evidence.contains(" 0 "))
  }

  @Test func `grouped records are drawn again by group`() throws {
    var study = SimulatedStudy(plan, seed: 7)
    let plain = try #require(
      score(study.evidence, simulatesPower: false).ofRecordsAlone.first?.auc.value)
    study.records = study.records.enumerated().map { position, record in
      CorpusRecord(
        id: record.id, membership: record.membership,
        group: "\(record.membership.rawValue)-\(position / 16)", text: record.text)
    }
    let grouped = try #require(
      score(study.evidence, simulatesPower: false).ofRecordsAlone.first?.auc.value)
    #expect(grouped.method == .clusterBootstrap)
    #expect(grouped.auc == plain.auc)
    let interval = try #require(grouped.interval)
    #expect(interval.lower <= grouped.auc && grouped.auc <= interval.upper)
  }

  @Test func `groups of one give about the interval of single records`() throws {
    var chance = SplitMix(21)
    let members = (0..<60).map { _ in chance.normal() + 0.8 }
    let others = (0..<60).map { _ in chance.normal() }
    let groups = try GroupedAUC(
      members: members.enumerated().map { ($0.element, "m\($0.offset)") },
      nonmembers: others.enumerated().map { ($0.element, "n\($0.offset)") })
    var generator = ChaCha8Rand(seed: Array(repeating: 7, count: 32))
    let interval = try #require(
      groups.bootstrapInterval(resamples: 4_000, confidence: 0.95, using: &generator))
    let auc = Oracle.auc(members, others)
    #expect(abs(groups.value - auc) < 1e-12)
    // DeLong's variance by its placements.
    let placements = members.map { own in Oracle.auc([own], others) }
    let counter = others.map { other in Oracle.auc(members, [other]) }
    func spread(_ values: [Double]) -> Double {
      values.reduce(0) { $0 + ($1 - auc) * ($1 - auc) } / Double(values.count - 1)
    }
    let reach = 1.96 * (spread(placements) / 60 + spread(counter) / 60).squareRoot()
    #expect(abs(interval.lower - (auc - reach)) < 0.03)
    #expect(abs(interval.upper - (auc + reach)) < 0.03)
  }

  @Test func `copies within a group do not narrow the interval`() throws {
    var chance = SplitMix(22)
    let members = (0..<20).map { _ in chance.normal() + 0.5 }
    let others = (0..<20).map { _ in chance.normal() }
    func width(_ copies: Int) throws -> Double {
      let groups = try GroupedAUC(
        members: members.enumerated().flatMap { offset, value in
          Array(repeating: (value, "m\(offset)"), count: copies)
        },
        nonmembers: others.enumerated().flatMap { offset, value in
          Array(repeating: (value, "n\(offset)"), count: copies)
        })
      var generator = ChaCha8Rand(seed: Array(repeating: 1, count: 32))
      let interval = try #require(
        groups.bootstrapInterval(resamples: 2_000, confidence: 0.95, using: &generator))
      return interval.upper - interval.lower
    }
    #expect(abs(try width(1) - width(5)) < 1e-12)
  }

  @Test func `separated groups and single groups are told apart`() throws {
    let separated = try GroupedAUC(
      members: [(2, "a"), (3, "a"), (4, "b")], nonmembers: [(1, "c"), (0, "d"), (0, "d")])
    #expect(
      abs((separated.separationInterval(confidence: 0.95)?.lower ?? 0) - 0.05.squareRoot()) < 1e-12)
    let single = try GroupedAUC(members: [(2, "a"), (0, "a")], nonmembers: [(1, "c"), (3, "d")])
    var generator = ChaCha8Rand(seed: Array(repeating: 1, count: 32))
    #expect(single.separationInterval(confidence: 0.95) == nil)
    #expect(single.bootstrapInterval(resamples: 99, confidence: 0.95, using: &generator) == nil)
  }

  @Test func `every registered score has a slug, a summary and a source`() {
    func record(_ values: [Double], _ base: [Double]) -> ScoredRecord {
      ScoredRecord(
        logProbabilities: values, text: Array("abcdef".utf8.prefix(values.count * 2)),
        comparison: .init(
          tuned: values, base: base, spans: values.indices.map { (2 * $0)..<(2 * $0 + 2) }),
        lowercase: .measured(.init(alone: values, changed: base)),
        afterNonmembers: .measured(.init(alone: values, changed: base)),
        alternatives: .measured(
          values.compactMap { _ in ListedAlternatives(top: [-0.2, -2.2], count: 2) }))
    }
    let scores = MembershipScores.all
    #expect(Set(scores.map { $0.slug }).count == scores.count)
    for score in scores {
      #expect(!score.summary.isEmpty && score.summary.first?.isLowercase == true)
      #expect(score.source.contains { $0.isNumber })
      #expect(score.needs.contains(.scoredText))
      #expect(score.score(record([], [])).status == "failed")
      let likely = record([-1, -2, -1], [-3, -3, -3])
      let unlikely = record([-5, -6, -5], [-3, -3, -3])
      #expect((score.score(likely).value ?? -99) > (score.score(unlikely).value ?? 99))
    }
  }

  @Test func `a score is absent exactly where the study lacks what it needs`() {
    var study = SimulatedStudy(plan)
    study.hasBase = false
    let results = score(study.evidence, simulatesPower: false).ofRecordsAlone
    #expect(results.count { $0.needs.contains(.baseRun) } == 5)
    for result in results {
      #expect((result.auc.value == nil) == result.needs.contains(.baseRun), "\(result.score)")
      guard result.auc.value == nil else { continue }
      #expect(result.auc.reason?.slug == "no-base-run" && result.auc.status == "not-measurable")
      #expect(result.curve.isEmpty && result.isReachedBlind == nil)
      #expect(result.significance.reason?.slug == "no-base-run")
    }
  }

  @Test func `models of different tokenisers are compared by the byte`() throws {
    func difference(_ tuned: [Double], _ base: [Double]) throws -> Double {
      try #require(
        ReferenceScore.score(
          ScoredRecord(
            logProbabilities: tuned, text: Array("abcdef".utf8),
            comparison: .init(tuned: tuned, base: base))
        ).value)
    }
    #expect(abs(try difference([-1, -2, -3], [-2, -2, -5]) - (-2 + 3)) < 1e-12)
    #expect(abs(try difference([-1, -2, -3], [-4, -5]) - (-6 + 9) / 6.0) < 1e-12)
  }
  @Test func `scores of single tokens need the same tokens under both models`() {
    let record = ScoredRecord(
      logProbabilities: [-1, -2, -3], text: Array("abcdef".utf8),
      comparison: .init(tuned: [-1, -2, -3], base: [-4, -5]))
    let outcomes = MembershipScores.all.filter {
      $0.needs.isDisjoint(with: [.furtherQuestions, .nextTokenRows])
    }.map { ($0.slug, $0.score(record)) }
    for (slug, outcome) in outcomes {
      let isOfTokens = ["error-zone", "dc-pdd", "rmia"].contains(slug)
      #expect(outcome.reason?.slug == (isOfTokens ? "tokenisers-differ" : nil), "\(slug)")
    }
    // −(−6) / −9, whatever the numbers of tokens.
    #expect(outcomes.first { $0.0 == "reference-ratio" }?.1.value == -6.0 / 9)
  }
}
