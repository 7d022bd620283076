// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

@Suite struct ControlTests {
  @Test func `controls that gained are a sign of training, with and without a base run`() throws {
    for hasBase in [true, false] {
      var study = DrawnStudy()
      study.hasBase = hasBase
      let result = score(try study.evidence(seed: 1), simulatesPower: false)
      let control = result.checks.training
      #expect(control.isSeen && control.component == .rank && !control.areStandIns)
      #expect(control.controls == 8 && control.repetitions == 64 && control.missing == 0)
      // Eight first places of 32.
      let best = try RankSum((0..<8).map { _ in try RankedSecret(rank: 1, of: 32) }).pValue
      #expect(
        (control.pValue.value ?? 1) < 1e-9 && (control.pValue.value ?? 0) >= best * (1 - 1e-9))
      #expect(result.findings.contains(.trainingControl(.seen)))
    }
  }

  @Test
  func `without scores of texts the best of the other components stands in, times their number`()
    throws
  {
    var study = DrawnStudy()
    study.asked = [.greedyExtraction, .sampledExtraction, .defaultExtraction]
    study.decision.access = .textOnly
    let control = score(try study.evidence(seed: 1), simulatesPower: false).checks.training
    #expect(control.component == .extraction && control.isSeen)
    study.controlsAreWritten = false
    let unseen = score(try study.evidence(seed: 1), simulatesPower: false)
    #expect(!unseen.checks.training.isSeen)
    #expect(unseen.findings.contains(.trainingControl(.notSeen)))
    #expect(unseen.verdict == .inconclusive)
  }

  @Test func `a study without controls passes nothing`() throws {
    var study = DrawnStudy()
    study.controls = 0
    let result = score(try study.evidence(seed: 1))
    #expect(result.checks.training.pValue.reason?.slug == "no-controls")
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.contains(.trainingControl(.notMeasured)))
  }

  @Test func `a component that the controls do not show takes no part in the power`() throws {
    var study = DrawnStudy()
    study.controlsAreWritten = false
    let result = score(try study.evidence(seed: 1))
    #expect(result.decision[.extraction]?.isShown == false)
    #expect(result.decision[.rank]?.isShown == true)
    // Its weight is lost, not moved.
    #expect(result.decision[.rank]?.weight == 0.4)
    var lost = study
    lost.controlGain = 3
    let weak = score(try lost.evidence(seed: 1))
    #expect(weak.decision[.mass]?.isShown == false)
    #expect(weak.verdict == .inconclusive)
    #expect(
      weak.findings.contains(.powerShort) && weak.findings.contains(.componentNotShown(.mass)))
  }

  @Test func `a held-out secret that everybody knows breaks the draw`() throws {
    var study = DrawnStudy()
    study.change = { drawn in
      for canary in drawn.heldOut { drawn.score(.canary(canary.id), -2, of: canary) }
    }
    let result = score(try study.evidence(seed: 1))
    #expect(result.checks.heldOut.isBroken)
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.first == .heldOutNotNull)
    #expect(result.checks.heldOut.test == .rank)
    // Also where a test rejects: the null itself is in doubt.
    study.gain = 6
    #expect(score(try study.evidence(seed: 1)).verdict == .inconclusive)
  }

  @Test func `the held-out control names the test that rejects`() throws {
    var study = DrawnStudy()
    #expect(score(try study.evidence(seed: 1)).checks.heldOut.test == .rank)
    // All texts of a few canaries alike: no rank changes.
    study.change = { drawn in
      for canary in drawn.heldOut.prefix(3) {
        drawn.score(.canary(canary.id), -0.1, of: canary)
        for number in 0..<31 {
          drawn.score(.reference(canary: canary.id, number: number), -0.1, of: canary)
        }
      }
    }
    let mass = score(try study.evidence(seed: 1))
    #expect(mass.checks.heldOut.test == .mass && mass.checks.heldOut.isBroken)
    study.hasBase = true
    study.baseReferences = true
    study.change = { drawn in
      for canary in drawn.heldOut {
        drawn.base[.sequenceLikelihood]?[.canary(canary.id)] = DrawnStudy.answer(-60, canary)
      }
    }
    let differences = score(try study.evidence(seed: 1))
    #expect(differences.checks.heldOut.test == .rankOfDifferences)
    #expect(differences.verdict == .inconclusive)
  }

  @Test func `a rejecting test beside unseen controls has a headline of its own`() throws {
    var study = DrawnStudy()
    study.controlGain = 0
    study.controlsAreWritten = false
    study.gain = 0.75
    study.kinds = 4
    study.perKind = 18
    var seen: Set<Verdict> = []
    for seed in 1...20 {
      let result = score(try study.evidence(seed: UInt64(seed)), simulatesPower: false)
      let finds = result.decision.components.contains(where: \.findsLeak)
      guard finds else { continue }
      seen.insert(result.verdict)
      let isOverwhelming = (result.decision.combinedP ?? 1) <= 0.001
      #expect(result.verdict == (isOverwhelming ? .leak : .inconclusive))
      #expect(result.findings.first == .differsWithoutTraining)
    }
    #expect(seen == [.leak, .inconclusive])
  }

  @Test func `secrets in the prompt inform, and show extraction where controls cannot`() throws {
    let study = SimulatedStudy(.init(randomizedPerKind: 12, references: 2))
    let control = score(study.evidence, simulatesPower: false).checks.inContext
    #expect(control.seen == .measured(true))
    #expect(control.scoredHigher == 8 && control.writtenBack == 8 && control.secrets == 8)
    #expect(abs((control.pValue ?? 1) - 1.0 / 256) < 1e-12)
    let blind = score(
      SimulatedStudy(.init(randomizedPerKind: 12, references: 2, reads: false)).evidence,
      simulatesPower: false)
    #expect(blind.checks.inContext.seen == .measured(false))
    #expect(score(study.evidence).decision[.extraction]?.isShown == true)
    #expect(blind.decision[.extraction]?.isShown == false)
  }

  @Test(arguments: [(8, 5, true), (8, 4, false), (7, 8, true), (6, 8, false)])
  func `both halves of the in-context control must be seen`(scored: Int, written: Int, seen: Bool) {
    var study = SimulatedStudy(.init(randomizedPerKind: 12, references: 2))
    for (position, control) in study.inContextControls.enumerated() {
      let start = control.revealedPrompt().count
      func answer(_ given: Bool, _ nats: Double) {
        let secret = (given ? control.given : control.decoy).reveal()
        study.tuned[.chainLikelihood]?[
          .chain(kind: control.kind, number: control.number, given: given)] = .measured(
            .likelihood([
              TokenScore(range: start..<(start + 1 + secret.count), logProbability: nats)
            ]))
      }
      answer(true, position < scored ? -1 : -9)
      answer(false, -9)
      let text = position < written ? control.given.reveal() : control.decoy.reveal()
      study.tuned[.chainExtraction]?[
        .chain(kind: control.kind, number: control.number, given: true)] = .measured(
          .completions([Completion(text: [0x20] + text, ending: .stop)]))
    }
    let control = score(study.evidence, simulatesPower: false).checks.inContext
    #expect(control.seen == .measured(seen))
    #expect(abs((control.pValue ?? -1) - Oracle.upperTail(scored, of: 8, 0.5)) < 1e-12)
  }

  @Test func `the in-context control is judged by what was asked of it`() {
    func seen(_ asked: Set<Probe>, reads: Bool = true) -> Outcome<Bool> {
      score(
        SimulatedStudy(.init(randomizedPerKind: 12, references: 2, reads: reads, asked: asked))
          .evidence, simulatesPower: false
      ).checks.inContext.seen
    }
    #expect(seen([.chainLikelihood]) == .measured(true))
    #expect(seen([.chainExtraction]) == .measured(true))
    #expect(seen([.chainExtraction], reads: false) == .measured(false))
    #expect(seen([.sequenceLikelihood]).reason?.slug == "not-asked")
  }

  @Test func `in-context answers that are missing count against, and all missing is a failure`() {
    var study = SimulatedStudy(.init(randomizedPerKind: 12, references: 2))
    for control in study.inContextControls.prefix(4) {
      study.tuned[.chainLikelihood]?[
        .chain(kind: control.kind, number: control.number, given: false)] = nil
    }
    func seen() -> Outcome<Bool> {
      score(study.evidence, simulatesPower: false).checks.inContext.seen
    }
    #expect(seen() == .measured(false))
    study.tuned[.chainLikelihood] = [:]
    #expect(seen().reason?.slug == "not-answered")
    study.inContextControls = []
    #expect(seen().reason?.slug == "no-controls")
  }
}
