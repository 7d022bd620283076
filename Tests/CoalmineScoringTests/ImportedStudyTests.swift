// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import Testing

@Suite struct `Scoring canaries that others planted` {
  private func plan(_ change: (inout SimulatedStudy.Plan) -> Void = { _ in })
    -> SimulatedStudy.Plan
  {
    var plan = SimulatedStudy.Plan(
      randomizedPerKind: 24, references: 15, gain: { $0 >= 16 ? 8 : 0 })
    plan.controls = 0
    plan.repetitionLevels = [4, 64]
    plan.perLevel = 4
    change(&plan)
    return plan
  }

  private func scored(_ study: SimulatedStudy, _ origin: StudyOrigin.Kind = .imported)
    -> StudyResult
  {
    let own = study.evidence
    let facts = own.facts
    return score(
      Evidence(
        studyProtocol: own.studyProtocol,
        facts: StudyFacts(
          id: facts.id, protocolDigest: facts.protocolDigest, origin: origin, corpusDigest: nil,
          seededDigest: nil, corpusRecords: nil, insertedCopies: facts.insertedCopies,
          training: facts.training, runs: facts.runs),
        canaries: own.canaries, inContextControls: own.inContextControls, records: own.records,
        shape: nil, predictableSeed: own.predictableSeed, scoringSeed: own.scoringSeed,
        tuned: own.tuned, base: own.base))
  }

  @Test(arguments: [true, false])
  func `those inserted most often stand in for controls`(hasBase: Bool) {
    let result = scored(SimulatedStudy(plan { $0.hasBase = hasBase }))
    let most = result.canaries.count { $0.repetitions == 64 }
    #expect(most >= 4)
    let control = result.checks.training
    #expect(control.isSeen && control.areStandIns)
    #expect(control.controls == most && control.repetitions == 64)
  }

  @Test func `a model that never saw the file is not vouched for by them`() {
    let result = scored(SimulatedStudy(plan { $0.gain = { _ in 0 } }, seed: 3))
    #expect(!result.checks.training.isSeen && result.checks.training.pValue.value != nil)
    #expect(result.verdict == .inconclusive)
  }

  @Test
  func `fifteen copies are too few, and the repetition level of the primary test never stands in`()
  {
    for change in [
      { $0.repetitionLevels = [4, 15] }, { $0.repetitionLevels = [] }, { $0.perLevel = 0 },
    ] as [(inout SimulatedStudy.Plan) -> Void] {
      let result = scored(SimulatedStudy(plan(change)))
      #expect(result.checks.training.pValue.reason?.slug == "no-controls")
    }
    var study = SimulatedStudy(plan { $0.repetitionLevels = [] })
    study.studyProtocol.targetRepetitions = 64
    study.canaries = study.canaries.map { canary in
      Canary(
        id: canary.id, kind: canary.kind, templateText: canary.templateText,
        context: canary.context,
        index: canary.index, bits: canary.bits, role: canary.role, repetitions: 64,
        randomized: canary.randomized, prefix: canary.prefix, separator: canary.separator,
        secret: canary.secret, suffix: canary.suffix)
    }
    let result = scored(study)
    #expect(result.canaries.contains { $0.repetitions == 64 })
    #expect(result.checks.training.pValue.reason?.slug == "no-controls")
  }

  @Test func `controls that were planted are the controls`() {
    let control = scored(SimulatedStudy(plan { $0.controls = 6 })).checks.training
    #expect(control.controls == 6 && !control.areStandIns)
  }

  @Test func `in a seeded study nothing stands in`() {
    let result = scored(SimulatedStudy(plan()), .seeded)
    #expect(result.checks.training.pValue.reason?.slug == "no-controls")
  }

  @Test func `two caveats come with the origin, and one with a shared prompt`() {
    func slugs(_ result: StudyResult) -> Set<String> { Set(result.caveats.map(\.slug)) }
    let ours: Set = ["protocol-after-training", "assignment-not-verified"]
    var study = SimulatedStudy(plan())
    #expect(slugs(scored(study)).subtracting(slugs(scored(study, .seeded))) == ours)
    #expect(!slugs(scored(study)).contains("shared-prefix"))
    let first = study.canaries[0]
    study.canaries[1] = Canary(
      id: study.canaries[1].id, kind: first.kind, templateText: first.templateText,
      context: first.context,
      index: 1, bits: first.bits, role: .heldOut, repetitions: 1, randomized: true,
      prefix: first.prefix,
      separator: first.separator, secret: study.canaries[1].secret, suffix: first.suffix)
    #expect(slugs(scored(study)).contains("shared-prefix"))
  }
}
