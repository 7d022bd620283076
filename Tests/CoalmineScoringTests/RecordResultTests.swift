// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineTesting
import Testing

/// The marked records one by one.
@Suite struct `Results per record` {
  private let plan = SimulatedStudy.Plan(
    randomizedPerKind: 2, controls: 1, references: 2, records: 20, recordGain: 0.25)

  @Test func `each score of a record is the score by hand`() throws {
    let study = SimulatedStudy(plan, seed: 7)
    let records = score(study.evidence, simulatesPower: false).records
    #expect(records.map(\.id) == study.records.map(\.id).sorted())
    for result in records {
      let record = try #require(study.records.first { $0.id == result.id })
      #expect(result.membership == record.membership)
      #expect(result.text.reveal() == record.text.reveal())
      let tokens = study.tokens(of: record, in: study.tuned).filter { $0.logProbability != nil }
      let value = try #require(result.tokens.value)
      #expect(value.count == tokens.count && value.bytes == record.text.reveal().count)
      let sum = tokens.reduce(0.0) { $0 + ($1.logProbability ?? 0) }
      #expect(abs(value.nats - sum) < 1e-9)
      let others = ["lowercase", "recall", "min-k-plus-plus", "surprising-tokens"]
      for one in result.scores where !others.contains(one.name) {
        let expected = NaiveMembership.score(one.name, study, record)
        let found = try #require(one.value.value, "\(one.name)")
        #expect(abs(found - expected) < 1e-9, "\(one.name) of \(result.id)")
      }
      #expect(result.scores.first { $0.name == "recall" }?.value.reason?.slug == "not-asked")
      for name in ["min-k-plus-plus", "surprising-tokens"] {
        let value = result.scores.first { $0.name == name }?.value
        #expect(value?.reason?.slug == "no-listed-tokens", "\(name)")
      }
    }
  }

  @Test func `the AUC of a score is that of the listed values`() throws {
    let result = score(SimulatedStudy(plan, seed: 8).evidence, simulatesPower: false)
    for (place, row) in result.membership.enumerated() {
      guard let auc = row.auc.value?.auc else { continue }
      func values(_ side: CorpusRecord.Membership) -> [Double] {
        result.records.filter { $0.membership == side }.compactMap { $0.scores[place].value.value }
      }
      #expect(result.records.allSatisfy { $0.scores[place].name == row.score })
      #expect(abs(Oracle.auc(values(.member), values(.nonmember)) - auc) < 1e-12, "\(row.score)")
    }
  }

  @Test func `a record without a value says why, in every column`() throws {
    var study = SimulatedStudy(plan)
    let (short, broken) = (study.records[0], study.records[1])
    study.tuned[.recordLikelihood]?[.record(short.id)] = .measured(
      .likelihood([
        TokenScore(range: 0..<2, logProbability: nil),
        TokenScore(range: 2..<short.text.reveal().count, logProbability: -3),
      ]))
    study.tuned[.recordLikelihood]?[.record(broken.id)] = .censored(
      Reason("withheld", "the endpoint filtered it"))
    let records = score(study.evidence, simulatesPower: false).records
    #expect(records.count == study.records.count)
    for (id, slug) in [(short.id, "record-too-short"), (broken.id, "withheld")] {
      let record = try #require(records.first { $0.id == id })
      #expect(record.tokens.reason?.slug == slug)
      #expect(record.scores.count == records[5].scores.count)
      #expect(record.scores.allSatisfy { $0.value.reason?.slug == slug })
    }
  }

  @Test func `groups are numbered in the order of the ids`() {
    var study = SimulatedStudy(plan)
    let names = ["b", "a", nil, "b", "c"]
    study.records = study.records.sorted { $0.id < $1.id }.enumerated().map { place, record in
      CorpusRecord(
        id: record.id, membership: record.membership,
        group: place < names.count ? names[place] : nil, text: record.text)
    }
    let records = score(study.evidence, simulatesPower: false).records
    #expect(records.prefix(6).map(\.groupNumber) == [1, 2, nil, 1, 3, nil])
    #expect(records.prefix(2).map { $0.group?.reveal() } == [[0x62], [0x61]])
  }
}
