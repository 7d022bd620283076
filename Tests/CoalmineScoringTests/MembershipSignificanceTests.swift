// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineTesting
import Testing

@Suite struct `The p-values of membership scores` {
  private let plan = SimulatedStudy.Plan(
    randomizedPerKind: 2, controls: 1, references: 2, records: 40, recordGain: 0.25)

  /// The share of labellings with an AUC at least as high, by listing every one.
  private func enumerated(_ members: [Double], _ others: [Double]) -> Double {
    let all = members + others
    let seen = Oracle.auc(members, others)
    var total = 0
    var atLeast = 0
    for mask in 0..<(1 << all.count) where mask.nonzeroBitCount == members.count {
      let own = all.indices.filter { mask >> $0 & 1 == 1 }.map { all[$0] }
      let rest = all.indices.filter { mask >> $0 & 1 == 0 }.map { all[$0] }
      total += 1
      if Oracle.auc(own, rest) >= seen - 1e-12 { atLeast += 1 }
    }
    return Double(atLeast) / Double(total)
  }

  @Test func `few records have the share of all labellings`() throws {
    var small = plan
    small.records = 6
    small.recordGain = 0.5
    let study = SimulatedStudy(small, seed: 5)
    for result in score(study.evidence, simulatesPower: false).ofRecordsAlone {
      func values(_ side: CorpusRecord.Membership) -> [Double] {
        study.records.filter { $0.membership == side }
          .map { NaiveMembership.score(result.score, study, $0) }
      }
      let test = try #require(result.significance.value)
      #expect(test.method == .mannWhitneyExact)
      #expect(
        abs(test.pValue - enumerated(values(.member), values(.nonmember))) < 1e-9,
        "\(result.score)")
    }
  }

  @Test func `Holm's correction is over the scores that were measured`() throws {
    var study = SimulatedStudy(plan, seed: 7)
    for hasBase in [true, false] {
      study.hasBase = hasBase
      let tests = score(study.evidence, simulatesPower: false).ofRecordsAlone.compactMap(
        \.significance.value)
      #expect(tests.count == (hasBase ? 9 : 4))
      // By definition: the largest of (K − i) p over the p-values up to this one.
      for test in tests {
        let upTo = tests.map(\.pValue).sorted().enumerated().filter { $0.element <= test.pValue }
        let expected = upTo.map { $0.element * Double(tests.count - $0.offset) }.max() ?? 0
        #expect(abs(test.holmPValue - min(1, expected)) < 1e-12)
      }
      #expect(tests.contains { $0.holmPValue > $0.pValue })
    }
  }

  @Test func `records of one group share their label when labels are drawn again`() throws {
    var study = SimulatedStudy(plan, seed: 7)
    let byRecord = try #require(
      score(study.evidence, simulatesPower: false).ofRecordsAlone.first?.significance.value)
    // Two groups a side: of six labellings of groups one is as drawn, so p is about a sixth or more.
    study.records = study.records.enumerated().map { position, record in
      CorpusRecord(
        id: record.id, membership: record.membership,
        group: "\(record.membership.rawValue)-\(position / 40)", text: record.text)
    }
    let byGroup = try #require(
      score(study.evidence, simulatesPower: false).ofRecordsAlone.first?.significance.value)
    #expect(byRecord.pValue < 0.05)
    #expect(byGroup.method == .labelPermutation)
    #expect(byGroup.pValue > 0.15)
    #expect(
      score(study.evidence, simulatesPower: false).ofRecordsAlone.allSatisfy {
        $0.found.value?.interval == nil
      })
  }

  @Test func `many records are tested by drawn labels, near the normal tail`() throws {
    var large = plan
    large.records = 80
    large.recordGain = 0.12
    let study = SimulatedStudy(large, seed: 11)
    let result = try #require(
      score(study.evidence, simulatesPower: false).ofRecordsAlone.first { $0.score == "reference" })
    let auc = try #require(result.auc.value?.auc)
    let test = try #require(result.significance.value)
    #expect(test.method == .labelPermutation)
    let deviation = (161.0 / (12 * 80 * 80)).squareRoot()
    #expect(abs(test.pValue - Oracle.normalTail((auc - 0.5) / deviation)) < 0.02)
  }

  @Test func `in null studies no more than one in twenty has a corrected p of 5 %`() {
    var null = plan
    null.records = 20
    null.recordGain = 0
    null.hasBase = true
    var alarms = 0
    for seed in 0..<120 {
      let tests = score(SimulatedStudy(null, seed: UInt64(seed)).evidence, simulatesPower: false)
        .ofRecordsAlone
        .compactMap(\.significance.value)
      if tests.contains(where: { $0.holmPValue <= 0.05 }) { alarms += 1 }
    }
    #expect(Oracle.lowerBound(alarms, of: 120, tail: 0.005) <= 0.05)
  }
}
