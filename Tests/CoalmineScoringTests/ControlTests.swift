// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineTesting
import Testing

@Suite struct ControlTests {
  private func plan(_ change: (inout SimulatedStudy.Plan) -> Void = { _ in })
    -> SimulatedStudy.Plan
  {
    var plan = SimulatedStudy.Plan(
      randomizedPerKind: 12, references: 2, gain: { $0 >= 64 ? 8 : 0 })
    change(&plan)
    return plan
  }

  @Test func `with a base run the sign test over controls decides`() throws {
    let control = score(SimulatedStudy(plan()).evidence).controls.highRepetition
    #expect(control.seen == .measured(true))
    #expect(abs((control.pValue ?? 1) - 1.0 / 256) < 1e-12)
    #expect(
      control.sentence
        == "8 of 8 control canaries, each 64 times in the file, score higher under the tuned model "
        + "than under the base model (exact sign test, p = 0.0040).")
  }

  @Test(arguments: 0...8)
  func `the sign test counts ties and losses against`(wins: Int) throws {
    var study = SimulatedStudy(plan())
    var chance = SplitMix(2)
    for (position, canary) in study.canaries.filter({ $0.role == .control }).enumerated() {
      study.answerSecret(canary, position < wins ? -5 : -20, &chance)
      let own = study.tuned[.sequenceLikelihood]?[.canary(canary.id)]
      // The base model gives the same tokens where there is to be a tie.
      study.base[.sequenceLikelihood]?[.canary(canary.id)] =
        position < wins
        ? .measured(.likelihood([wholeToken(canary, -15)])) : own
    }
    let control = score(study.evidence).controls.highRepetition
    let expected = Oracle.upperTail(wins, of: 8, 0.5)
    #expect(abs((control.pValue ?? -1) - expected) < 1e-12)
    #expect(control.seen == .measured(expected <= 0.05))
  }

  private func wholeToken(_ canary: Canary, _ nats: Double) -> TokenScore {
    let start = canary.prefix.count
    return TokenScore(
      range: start..<(start + 1 + canary.secret.reveal().count), logProbability: nats)
  }

  @Test func `without a base run controls are compared with held-out canaries of their kinds`()
    throws
  {
    for trained in [true, false] {
      let study = SimulatedStudy(
        plan {
          $0.hasBase = false
          $0.trained = trained
          $0.permutations = 9_999
        }, seed: 4)
      let result = score(study.evidence)
      let control = result.controls.highRepetition
      #expect(control.seen == .measured(trained))
      var wins = 0.0
      var pairs = 0
      for own in result.canaries where own.role == .control {
        for other in result.canaries where other.role == .heldOut && other.kind == own.kind {
          pairs += 1
          wins +=
            (own.secretLogProbability.value ?? 0) > (other.secretLogProbability.value ?? 0) ? 1 : 0
        }
      }
      let share = "in \(Prose.percent(wins / Double(pairs))) of pairs"
      #expect(control.sentence.contains(share), "\(control.sentence)")
    }
  }

  @Test func `one kind and few canaries give the exact rank test`() throws {
    let study = SimulatedStudy(
      plan {
        $0.kinds = ["access-code"]
        $0.hasBase = false
        $0.controls = 4
        $0.gain = { _ in 0 }
      }, seed: 8)
    let result = score(study.evidence)
    let scores = result.canaries.compactMap { canary in
      canary.role == .control || canary.role == .heldOut
        ? (first: canary.role == .control, score: canary.secretLogProbability.value ?? 0) : nil
    }
    let expected = Oracle.exactPermutation([scores])
    #expect(abs((result.controls.highRepetition.pValue ?? -1) - expected) < 1e-12)
  }

  @Test func `controls without anything to compare with are not measurable`() {
    var study = SimulatedStudy(plan { $0.hasBase = false })
    study.canaries.removeAll { $0.role == .heldOut }
    #expect(score(study.evidence).controls.highRepetition.seen.reason?.slug == "no-comparison")
    study.canaries.removeAll { $0.role == .control }
    #expect(score(study.evidence).controls.highRepetition.seen.reason?.slug == "no-controls")
    let unanswered = SimulatedStudy(plan { $0.asked = [.greedyExtraction] })
    #expect(score(unanswered.evidence).controls.highRepetition.seen.reason?.slug == "not-asked")
  }

  @Test func `a secret given in the prompt is scored higher and written back`() {
    let control = score(SimulatedStudy(plan()).evidence).controls.inContext
    #expect(control.seen == .measured(true))
    #expect(
      control.sentence
        == "8 of 8 secrets given in the prompt score higher than decoys, and 8 of 8 secrets given "
        + "in the prompt are written back (exact sign test, p = 0.0040).")
    let blind = score(SimulatedStudy(plan { $0.reads = false }).evidence).controls.inContext
    #expect(blind.seen == .measured(false))
  }

  @Test(arguments: [(8, 5, true), (8, 4, false), (7, 8, true), (6, 8, false)])
  func `both halves of the in-context control must be seen`(scored: Int, written: Int, seen: Bool) {
    var study = SimulatedStudy(plan())
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
    let control = score(study.evidence).controls.inContext
    #expect(control.seen == .measured(seen))
    #expect(abs((control.pValue ?? -1) - Oracle.upperTail(scored, of: 8, 0.5)) < 1e-12)
  }

  @Test func `the in-context control is judged by what was asked of it`() {
    func seen(_ asked: Set<Probe>, reads: Bool = true) -> Outcome<Bool> {
      score(
        SimulatedStudy(
          plan {
            $0.asked = asked
            $0.reads = reads
          }
        ).evidence
      ).controls.inContext.seen
    }
    #expect(seen([.chainLikelihood]) == .measured(true))
    #expect(seen([.chainExtraction]) == .measured(true))
    #expect(seen([.chainExtraction], reads: false) == .measured(false))
    #expect(seen([.sequenceLikelihood]).reason?.slug == "not-asked")
  }

  @Test func `in-context answers that are missing count against, and all missing is a failure`() {
    var study = SimulatedStudy(plan())
    for control in study.inContextControls.prefix(4) {
      study.tuned[.chainLikelihood]?[
        .chain(kind: control.kind, number: control.number, given: false)] = nil
    }
    #expect(score(study.evidence).controls.inContext.seen == .measured(false))
    study.tuned[.chainLikelihood] = [:]
    #expect(score(study.evidence).controls.inContext.seen.reason?.slug == "not-answered")
    study.inContextControls = []
    #expect(score(study.evidence).controls.inContext.seen.reason?.slug == "no-controls")
  }
}
