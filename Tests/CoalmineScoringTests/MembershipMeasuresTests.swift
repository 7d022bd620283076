// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineTesting
import Testing

/// What stands beside the AUC of a membership score.
@Suite struct `Beside a membership AUC` {
  private let plan = SimulatedStudy.Plan(
    randomizedPerKind: 2, controls: 1, references: 2, records: 40, recordGain: 0.25)

  private func values(_ slug: String, _ study: SimulatedStudy, _ side: CorpusRecord.Membership)
    -> [Double]
  {
    study.records.filter { $0.membership == side }.map { NaiveMembership.score(slug, study, $0) }
  }

  @Test func `members are found at the threshold that one non-member in a hundred exceeds`() throws
  {
    var large = plan
    large.records = 120
    large.recordGain = 0.6
    let study = SimulatedStudy(large, seed: 4)
    for result in score(study.evidence, simulatesPower: false).ofRecordsAlone {
      let members = values(result.score, study, .member)
      // One of 120 may lie above.
      let limit = values(result.score, study, .nonmember).sorted(by: >)[1]
      let found = try #require(result.found.value)
      #expect(found.truePositives == members.count { $0 > limit }, "\(result.score)")
      #expect(found.members == 120 && found.allowedFalsePositives == 1)
      let interval = try #require(found.interval)
      #expect(
        abs(
          interval.lower - Oracle.lowerBound(found.truePositives, of: 120, tail: 0.025)) < 1e-9)
      #expect(
        abs(
          interval.upper - Oracle.upperBound(found.truePositives, of: 120, tail: 0.025)) < 1e-9)
    }
  }

  @Test func `one per cent of too few non-members is no threshold, and the row says so`() throws {
    let result = try #require(
      score(SimulatedStudy(plan).evidence, simulatesPower: false).ofRecordsAlone.first)
    #expect(result.found.reason?.slug == "too-few-nonmembers")
    #expect(result.found.reason?.evidence == "1% of 40 non-members is less than one record")
  }

  @Test func `the curve is short, rises from corner to corner, and holds real thresholds only`()
    throws
  {
    var large = plan
    large.records = 150
    let study = SimulatedStudy(large, seed: 9)
    for result in score(study.evidence, simulatesPower: false).ofRecordsAlone {
      let curve = result.curve
      #expect(curve.count > 2 && curve.count <= MembershipResult.curvePoints)
      #expect(curve.first == .init(falsePositiveRate: 0, truePositiveRate: 0))
      #expect(curve.last == .init(falsePositiveRate: 1, truePositiveRate: 1))
      for (before, after) in zip(curve, curve.dropFirst()) {
        #expect(before.falsePositiveRate <= after.falsePositiveRate)
        #expect(before.truePositiveRate <= after.truePositiveRate)
      }
      let members = values(result.score, study, .member)
      let others = values(result.score, study, .nonmember)
      let thresholds = (members + others).map { limit in
        MembershipResult.CurvePoint(
          falsePositiveRate: Double(others.count { $0 >= limit - 1e-12 }) / 150,
          truePositiveRate: Double(members.count { $0 >= limit - 1e-12 }) / 150)
      }
      for point in curve.dropFirst() { #expect(thresholds.contains(point), "\(result.score)") }
      // Where few scores are tied, small rates of false positives are there, for logarithmic axes.
      guard Set(members + others).count > 280 else { continue }
      #expect(curve.count > 20)
      #expect(curve.count { $0.falsePositiveRate > 0 && $0.falsePositiveRate < 0.05 } >= 3)
    }
  }

  @Test func `records whose text alone tells them apart are marked, whatever the model shows`()
    throws
  {
    var study = SimulatedStudy(plan, seed: 7)
    let fair = score(study.evidence, simulatesPower: false).ofRecordsAlone
    #expect(fair.allSatisfy { ($0.blind.value?.pValue ?? 0) > 0.01 })
    // One word in every member and another in the others; lengths stay the same.
    study.records = study.records.map { record in
      var text = record.text.reveal()
      let word = record.membership == .member ? "zqzqzqzqzqzq" : "kxkxkxkxkxkx"
      text.replaceSubrange(0..<12, with: Array(word.utf8))
      return CorpusRecord(
        id: record.id, membership: record.membership, group: nil, text: Secret(text))
    }
    let told = score(study.evidence, simulatesPower: false).ofRecordsAlone
    for (result, before) in zip(told, fair) {
      if !["zlib", "zlib-total", "dc-pdd"].contains(result.score) {
        #expect(result.auc.value?.auc == before.auc.value?.auc)
      }
      let blind = try #require(result.blind.value)
      #expect(blind.auc > 0.9 && blind.pValue < 0.01)
      #expect(result.isReachedBlind == true)
    }
  }

  @Test func `an AUC above what the text and a guess give is not marked`() throws {
    var gained = plan
    gained.recordGain = 1
    let result = try #require(
      score(SimulatedStudy(gained, seed: 7).evidence, simulatesPower: false).ofRecordsAlone.first {
        $0.score == "loss"
      })
    let lower = try #require(result.auc.value?.interval?.lower)
    let blind = try #require(result.blind.value?.auc)
    #expect(lower > max(0.5, blind))
    #expect(result.isReachedBlind == false)
    // Where members gain nothing, no score says more than a guess.
    var still = plan
    still.recordGain = 0
    #expect(
      score(SimulatedStudy(still, seed: 7).evidence, simulatesPower: false).ofRecordsAlone
        .allSatisfy {
          $0.isReachedBlind == true
        })
  }

  @Test func `the length is compared as a score, with ties at one half`() throws {
    var study = SimulatedStudy(plan, seed: 2)
    let lengths = { (side: CorpusRecord.Membership) in
      study.records.filter { $0.membership == side }.map { Double($0.text.reveal().count) }
    }
    let expected = Oracle.auc(lengths(.member), lengths(.nonmember))
    let results = score(study.evidence, simulatesPower: false).ofRecordsAlone
    for result in results {
      #expect(abs((result.lengthAUC.value ?? -1) - expected) < 1e-12)
    }
    // What only some records have is compared over those records.
    let member = try #require(study.records.first { $0.membership == .member })
    study.base[.recordLikelihood]?[.record(member.id)] = nil
    let rest = study.records.filter { $0.membership == .member && $0.id != member.id }
      .map { Double($0.text.reveal().count) }
    let others = study.records.filter { $0.membership == .nonmember }
      .map { Double($0.text.reveal().count) }
    for result in score(study.evidence, simulatesPower: false).ofRecordsAlone {
      let auc = try #require(result.lengthAUC.value)
      let own = result.needs.contains(.baseRun) ? Oracle.auc(rest, others) : expected
      #expect(abs(auc - own) < 1e-12, "\(result.score)")
    }
  }
}
