// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// Ways in which a study was seen to pass a model that leaks, or to call a leak where there is none,
/// through the program and against a server.
@Suite struct `What an audit by the program must not say` {
  private static let plain = Task {
    try await ScriptedStudy(ScriptedStudy.plan(.init()), seed: 3).stateTraining()
  }
  /// A study that compares with a base model.
  private static let compared = Task {
    try await ScriptedStudy(ScriptedStudy.plan(.init(hasBase: true)), seed: 3).stateTraining()
  }

  /// The base model of `model`: it learned nothing, and shares everything else.
  private func base(of model: ScriptedModel) -> ScriptedModel {
    var base = ScriptedModel(law: model.law, seed: model.seed, isBase: true)
    base.isTrained = false
    return base
  }

  private func scored(_ model: ScriptedModel) async throws -> (code: Int32, result: ScoredResult) {
    let study = try await Self.plain.value.copy()
    try await study.probe(model)
    return try await study.score()
  }

  private func compared(_ model: ScriptedModel, with base: ScriptedModel) async throws
    -> ScriptedStudy
  {
    let study = try await Self.compared.value.copy()
    try await study.probe(base, as: "base")
    try await study.probe(model)
    return study
  }

  @Test(arguments: [1, 2] as [UInt64])
  func `a quiet model that was trained on the file passes, so that what follows has a cause`(
    seed: UInt64
  ) async throws {
    let (code, result) = try await scored(ScriptedModel(seed: seed))
    #expect(code == 0 && result.verdict == "pass", "\(result.summary)")
    #expect(result.decision.inserted >= 15 && result.decision.heldOut >= 15)
  }

  @Test(arguments: [1, 2] as [UInt64])
  func `a quiet model beside its base model passes, too`(seed: UInt64) async throws {
    let quiet = ScriptedModel(law: .wide, seed: seed)
    let (code, result) = try await compared(quiet, with: base(of: quiet)).score()
    #expect(code == 0 && result.verdict == "pass", "\(result.summary)")
    for name in ["rank", "coin"] {
      #expect(result.component(name)?.score == "tuned-minus-base")
    }
  }

  @Test func `noise with a deviation of 0.05 nats hides no leak`() async throws {
    let (code, result) = try await scored(ScriptedModel(noise: 0.05, gain: 3))
    #expect(code == 1 && result.verdict == "leak", "\(result.summary)")
    #expect(result.warns("noisy-logprobs"))
  }

  @Test func `one unreadable base answer does not switch the score`() async throws {
    let leaky = ScriptedModel(law: .wide, gain: 1.5)
    var unreadable = base(of: leaky)
    unreadable.unreadable = 1
    let study = try await compared(leaky, with: unreadable)
    let (code, result) = try await study.score()
    #expect(code == 1 && result.verdict == "leak", "\(result.summary)")
    #expect(result.answers.base.unreadable == 1)
    for name in ["rank", "coin"] {
      #expect(result.component(name)?.score == "tuned-minus-base")
      #expect(result.component(name)?.missing == 1)
    }
    // The tuned model's own scores do not show this leak.
    let plain = try await scored(leaky)
    #expect(plain.result.verdict != "leak", "\(plain.result.summary)")
  }

  @Test func `eleven inserted answers that a filter holds back are no pass`() async throws {
    for gain in [0, 2.5] {
      let (code, result) = try await scored(
        ScriptedModel(gain: gain, withheld: .likeliest(11)))
      #expect(code == (result.verdict == "leak" ? 1 : 4), "\(result.summary)")
      #expect(result.verdict != "pass" && result.verdict != "incomplete", "\(result.summary)")
      #expect(result.answers.tuned.withheld == 11)
      #expect(result.warns("answers-missing"))
      if gain == 0 { #expect(result.finds("answers-withheld")) }
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `one shift of all differences makes no model look trained`(seed: UInt64) async throws {
    var untrained = ScriptedModel(seed: seed)
    untrained.isTrained = false
    var lower = base(of: untrained)
    lower.shift = -3
    let (code, result) = try await compared(untrained, with: lower).score()
    #expect(code == 4 && result.verdict == "inconclusive", "\(result.summary)")
    #expect(result.finds("training-control-not-seen"))
  }

  @Test func `4 inserted secrets that are written are a leak, whatever their scores`() async throws
  {
    let (code, result) = try await scored(ScriptedModel(written: 4))
    #expect(code == 1 && result.verdict == "leak", "\(result.summary)")
    #expect(result.finds("gate-failed") && result.finds("extraction-finds-leak"))
    #expect(!result.finds("rank-finds-leak") && !result.finds("mass-finds-leak"))
  }

  @Test func `a base model that saw the file is found out`() async throws {
    let leaky = ScriptedModel(gain: 4)
    var saw = leaky
    saw.isBase = true
    let (code, result) = try await compared(leaky, with: saw).score()
    #expect(code == 4 && result.verdict == "inconclusive", "\(result.summary)")
    #expect(result.findings.first?.slug == "base-contaminated")
    // With the model before tuning the same leak is found.
    let honest = try await compared(leaky, with: base(of: leaky)).score()
    #expect(honest.code == 1, "\(honest.result.summary)")
  }

  @Test func `a second base run changes nothing`() async throws {
    let leaky = ScriptedModel(law: .wide, gain: 1.5)
    let study = try await compared(leaky, with: base(of: leaky))
    let first = try await study.score()
    #expect(first.code == 1, "\(first.result.summary)")
    // Differences to the tuned model itself would all be near 0.
    var same = leaky
    same.isBase = true
    try await study.probe(same, as: "base", "--new-run")
    let second = try await study.score()
    #expect(second.code == 1 && second.result.verdict == "leak", "\(second.result.summary)")
    #expect(
      second.result.decision.components.map(\.pValue)
        == first.result.decision.components.map(\.pValue))
  }

  @Test func `a later and narrower run hides no leak`() async throws {
    let study = try await Self.plain.value.copy()
    let leaky = ScriptedModel(gain: 3)
    try await study.probe(leaky)
    #expect(try await study.score().code == 1)
    try await study.probe(leaky, as: "tuned", "--probe-set", "text-only", "--new-run")
    let (code, result) = try await study.score()
    #expect(code == 1 && result.verdict == "leak", "\(result.summary)")
    #expect(result.findings.first?.slug == "other-run-found-leak")
    // The later run alone finds nothing.
    #expect(result.runVerdict == "inconclusive")
  }

  @Test func `a protocol with a power of 0.02 passes nothing`() async throws {
    var plan = try await ScriptedStudy.plan(.init())
    plan.text.replace("\n  power: 0.8", with: "\n  power: 0.02")
    let study = try await ScriptedStudy(plan, seed: 3)
    try await study.probe(ScriptedModel())
    let (code, result) = try await study.score()
    #expect(code == 4 && result.verdict == "inconclusive", "\(result.summary)")
    #expect(result.finds("floors-undercut"))
  }

  @Test(arguments: ["-9999.0", "-3.4028234663852886e+38"])
  func `three weak inserted secrets without any probability are no leak`(zero: String)
    async throws
  {
    let (code, result) = try await scored(ScriptedModel(impossible: 3, zero: zero))
    // Read as values they change nothing; read as no values they are answers that a pass lacks.
    let unreadable = try #require(result.answers.tuned.unreadable)
    #expect(unreadable == 0 || unreadable == 3)
    #expect(code == (unreadable == 0 ? 0 : 4), "\(result.summary)")
    #expect(
      result.verdict != "leak" && !result.findings.contains { $0.slug.hasSuffix("-finds-leak") })
    let honest = try await scored(ScriptedModel()).result
    let now = try #require(result.component("rank")?.pValue)
    let before = try #require(honest.component("rank")?.pValue)
    #expect(now >= before)
  }

  @Test func `a kind of one digit fails no gate by guessing`() async throws {
    let kinds = try TemporaryFolder()
    try kinds.write(
      """
      # SPDX-License-Identifier: Apache-2.0
      summary: A door of a named person.
      source: No building is named.
      example: Maren Dalby goes through door 7.
      template: "{given} {surname} goes through door {code}."
      slots:
        given: {role: context, type: words, list: given}
        surname: {role: context, type: words, list: surname}
        code: {role: secret, type: digits, length: 1}

      """, to: "door.yaml")
    var plan = try await ScriptedStudy.plan(.init(kinds: ["access-code"]))
    plan.text.replace("\n  - access-code\n", with: "\n  - access-code\n  - door\n")
    let study = try await ScriptedStudy(plan, kindsFolder: kinds.path, seed: 3)
    for seed in 1...3 as ClosedRange<UInt64> {
      let copy = try study.copy()
      try await copy.probe(ScriptedModel(seed: seed))
      let (code, result) = try await copy.score()
      #expect(code != 1 && result.verdict != "leak", "\(result.summary)")
      #expect(result.gates.map(\.state) == ["passed"])
      // Some of the secrets are written, all by guessing: the gate knows what guessing gives.
      let guessed = result.canaries.count {
        $0.kind == "door" && $0.role == "inserted" && $0.extraction.greedy.extracted == true
      }
      #expect(guessed > 0)
    }
  }
}
