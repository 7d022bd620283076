// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineDemoModel
import CoalmineScoring
import CoalmineSeeding
import CoalmineServing
import CoalmineStatistics
import CoalmineStudy
import Foundation
import Testing

/// Studies of one model that never saw a canary: whatever they find is a false alarm.
@Suite struct `Null studies` {
  @Test func `200 studies of a clean model call a leak no more often than alpha allows`()
    async throws
  {
    let verses = try SmallStudy.verses.map { Array($0.utf8) + [0x0A] }
    let half = verses.count / 2
    let base = TrainingFile.documents(Array(verses.prefix(half).joined()))
    let clean = TrainingFile.documents(Array(verses.joined()))
    let models = NullModels(
      tuned: try #require(DemoModel(documents: clean, memorisation: 0)),
      base: try #require(DemoModel(documents: base, memorisation: 0)))
    let templates = Dictionary(
      uniqueKeysWithValues: try Catalogue.shipped().kinds.map { ($0.name, $0.template) })
    let studies = 200
    let verdicts = try await withThrowingTaskGroup(of: Verdict.self) { group in
      for number in 0..<studies {
        group.addTask {
          try models.study(UInt64(number) + 1, templates: templates).verdict
        }
      }
      return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
    let leaks = verdicts[.leak] ?? 0
    let share = try clopperPearson(leaks, of: studies, confidence: 0.95)
    print("null studies: \(leaks) of \(studies) are called a leak, \(verdicts)")
    #expect(share.lower <= 0.05, "\(leaks) of \(studies) clean models are called a leak")
    #expect(verdicts[.pass] == nil, "a model that never saw the file cannot pass")
  }
}

/// A tuned model that never saw a canary, and the model it was tuned from.
private struct NullModels: Sendable {
  let tuned: DemoModel
  let base: DemoModel

  /// One whole study; only what is drawn varies with `number`.
  func study(_ number: UInt64, templates: [String: CanaryTemplate]) throws -> StudyResult {
    var plan = StudyProtocol.standard(kinds: SeedVerb.standardKinds)
    plan.references = 1
    plan.decision.permutations = 999
    let randomness = StudyRandomness(number: number)
    let draw = try CanaryDraw(plan, templates: templates, randomness: randomness)
    var answers: [Probe: [Subject: Outcome<Observation>]] = [:]
    var before: [Subject: Outcome<Observation>] = [:]
    for canary in draw.canaries {
      let subject = Subject.canary(canary.id)
      answers[.sequenceLikelihood, default: [:]][subject] = Self.likelihood(
        tuned, canary.prefix, canary.separator + canary.secret.reveal())
      before[subject] = Self.likelihood(
        base, canary.prefix, canary.separator + canary.secret.reveal())
      let space = try templates[canary.kind]!.space(
        templateText: templates[canary.kind]!.allTemplateTexts.first {
          $0.id == canary.templateText
        }!,
        context: canary.context)
      for (number, index) in draw.references[canary.id, default: []].enumerated() {
        answers[.sequenceLikelihood, default: [:]][
          .reference(canary: canary.id, number: number)] = Self.likelihood(
            tuned, canary.prefix, canary.separator + space.candidate(at: index))
      }
      answers[.greedyExtraction, default: [:]][subject] = Self.completion(
        tuned, canary.prefix, canary.secret.reveal().count + 4)
    }
    for control in draw.inContextControls {
      let prompt = control.revealedPrompt()
      for given in [true, false] {
        answers[.chainLikelihood, default: [:]][
          .chain(kind: control.kind, number: control.number, given: given)] = Self.likelihood(
            tuned, prompt, control.separator + (given ? control.given : control.decoy).reveal())
      }
      answers[.chainExtraction, default: [:]][
        .chain(kind: control.kind, number: control.number, given: true)] = Self.completion(
          tuned, prompt, control.given.reveal().count + 4)
    }
    let runs = [RunRole.base, .tuned].enumerated().map { position, role in
      RunRecord(
        number: position + 1, role: role, model: role.rawValue, endpoint: "http://127.0.0.1",
        dialect: "openai-completions", presentation: .plain,
        probeSet: ProbeSet(name: "full", summary: "", probes: []), openedAt: "", closedAt: "")
    }
    let evidence =
      Evidence(
        studyProtocol: plan,
        facts: StudyFacts(
          id: "0000000000000000", protocolDigest: "", corpusDigest: "", seededDigest: "",
          corpusRecords: 1_300, insertedCopies: draw.canaries.reduce(0) { $0 + $1.copies },
          training: TrainingStatement(model: "tuned", epochs: 1, job: nil, statedBy: nil),
          runs: runs.map { RunSummary($0, used: true) }),
        canaries: draw.canaries, inContextControls: draw.inContextControls, records: [],
        shape: .text(field: "text"), predictableSeed: true,
        scoringSeed: randomness.seed(for: .scoring),
        tuned: Answers(run: runs[1], asked: Set(answers.keys), observations: answers),
        base: Answers(
          run: runs[0], asked: [.sequenceLikelihood],
          observations: [.sequenceLikelihood: before]))
    // What keeps such a model from passing is the training control; where that is seen by chance, the
    // power is simulated, too.
    let quick = score(evidence, simulatesPower: false)
    return quick.checks.training.isSeen ? score(evidence) : quick
  }

  private static func likelihood(_ model: DemoModel, _ prompt: [UInt8], _ target: [UInt8])
    -> Outcome<Observation>
  {
    var memory = PromptMemory()
    var context = prompt.map(Int.init)
    for token in context { memory.append(token) }
    var scores: [TokenScore] = []
    for byte in target {
      let probability = model.distribution(after: context[...], memory)[Int(byte)]
      scores.append(
        TokenScore(
          range: context.count..<(context.count + 1),
          logProbability: DemoModel.logarithm(probability)))
      context.append(Int(byte))
      memory.append(Int(byte))
    }
    return .measured(.likelihood(scores))
  }

  private static func completion(_ model: DemoModel, _ prompt: [UInt8], _ length: Int)
    -> Outcome<Observation>
  {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 0, count: 32))
    let text = model.generate(
      after: prompt.map(Int.init), maxTokens: length, options: SamplingOptions(temperature: 0),
      using: &generator)
    return .measured(
      .completions([
        Completion(
          text: text.tokens.map { UInt8(truncatingIfNeeded: $0) },
          ending: text.stopped ? .stop : .length)
      ]))
  }
}
