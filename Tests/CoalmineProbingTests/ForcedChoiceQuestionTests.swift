// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineProbing
import Testing

/// Which texts a forced choice shows, and in which order.
@Suite struct `Questions of forced choices` {
  private static func plan(
    seed: UInt8, texts: Int, run number: Int = 1, role: RunRole = .tuned, canaries: Int = 20,
    references: Int = 4
  ) -> (record: StudyRecord, plan: QuestionPlan) {
    let record = ProbedStudy.record(canaries: canaries, references: references, seed: seed)
    var study = ProbedStudy.decoding(samples: 4, defaultSamples: 4)
    study.forcedChoice = texts
    let run = RunRecord(
      number: number, role: role, model: "tiny", endpoint: "http://127.0.0.1:1",
      dialect: "decisions", presentation: .plain,
      probeSet: ProbeSet(name: "forced-choice", summary: "", probes: [.forcedChoice]),
      openedAt: "", closedAt: nil)
    return (
      record,
      QuestionPlan(
        RegisteredStudy(record, study, spaces: ProbedStudy.spaces), run: run,
        dialect: dialect("decisions"))
    )
  }

  /// Of each canary by its name, what is shown and where its secret stands.
  private static func shown(_ plan: QuestionPlan) throws -> [Subject: (
    texts: [[UInt8]], place: Int
  )] {
    var found: [Subject: (texts: [[UInt8]], place: Int)] = [:]
    for batch in plan.direct {
      try #require(batch.asks.count == 1)
      guard case .choose(let passage, let texts) = batch.asks[0] else { continue }
      found[batch.questions[0].subject] = (
        texts, try #require(texts.firstIndex(of: passage.target))
      )
    }
    return found
  }

  @Test func `each canary has one question, with its secret once and other references`() throws {
    let (record, plan) = Self.plan(seed: 3, texts: 4)
    let shown = try Self.shown(plan)
    #expect(shown.count == record.canaries.count && plan.questions == shown.count)
    for canary in record.canaries {
      let texts = try #require(shown[.canary(canary.id)]?.texts)
      let references = try #require(record.references[canary.id]).map {
        ProbedStudy.space.candidate(at: $0)
      }
      #expect(texts.count == 4 && Set(texts).count == 4)
      #expect(texts.count { $0 == canary.secret.reveal() } == 1)
      #expect(texts.allSatisfy { $0 == canary.secret.reveal() || references.contains($0) })
    }
  }

  @Test func `every run shows the same texts in the same order, another study others`() throws {
    let first = try Self.shown(Self.plan(seed: 3, texts: 4).plan)
    let second = try Self.shown(Self.plan(seed: 3, texts: 4, run: 9).plan)
    let other = try Self.shown(Self.plan(seed: 4, texts: 4).plan)
    #expect(first.keys == second.keys)
    #expect(first.allSatisfy { $0.value == second[$0.key]! })
    #expect(!first.allSatisfy { $0.value == other[$0.key]! })
  }

  /// 2,000 questions: each place and each reference is as likely as any other. The limits are those of a
  /// chance of 10⁻⁵.
  @Test func `the secret stands at every place, beside any references`() throws {
    var places = [0, 0, 0]
    var references = [0, 0, 0, 0]
    for seed in 0..<100 as Range<UInt8> {
      let (record, plan) = Self.plan(seed: seed, texts: 3)
      for (subject, question) in try Self.shown(plan) {
        places[question.place] += 1
        let canary = try #require(record.canaries.first { .canary($0.id) == subject })
        for (number, index) in try #require(record.references[canary.id]).enumerated()
        where question.texts.contains(ProbedStudy.space.candidate(at: index)) {
          references[number] += 1
        }
      }
    }
    let count = places.reduce(0, +)
    #expect(count == 2_000)
    // Standard deviations of 21 and 22.
    #expect(places.allSatisfy { abs($0 - count / 3) < 95 }, "\(places)")
    #expect(references.allSatisfy { abs($0 - count / 2) < 100 }, "\(references)")
  }

  @Test func `nothing is asked of the base model, without a plan or without references`() {
    #expect(Self.plan(seed: 3, texts: 4, role: .base).plan.questions == 0)
    #expect(Self.plan(seed: 3, texts: 0).plan.questions == 0)
    #expect(Self.plan(seed: 3, texts: 4, references: 0).plan.questions == 0)
    // As many as there are.
    #expect(Self.plan(seed: 3, texts: 200).plan.questions == 20)
  }

  @Test func `an answer is kept with the place of the secret`() throws {
    let study = try ProbedStudy(probes: [.forcedChoice], dialect: dialect("decisions"))
    let (_, plan) = Self.plan(seed: 3, texts: 3)
    let questions = study.questions(plan.direct)
    _ = try questions.nextRound()
    let shown = try Self.shown(plan)
    for (number, batch) in plan.direct.enumerated() {
      let finding = questions.take(
        .measured(.chosen([0.5, 0.25, 0.25])), at: AskPlace(batch: number, ask: 0), exchange: 1)
      let place = try #require(shown[batch.questions[0].subject]).place
      #expect(
        finding?.outcome
          == .measured(.choice(ForcedChoice(place: place, probabilities: [0.5, 0.25, 0.25])!)))
    }
  }
}
