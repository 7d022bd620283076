// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineProbing
import Testing

/// The questions of a run, their packs and their order.
@Suite struct `Query plans` {
  static let all: [Probe] = [
    .sequenceLikelihood, .greedyExtraction, .sampledExtraction, .defaultExtraction,
  ]

  /// Everything that the requests ask.
  static func spelled(_ plan: QuestionPlan) -> [[Ask]] { plan.direct.map(\.asks) }

  @Test func `a run that goes on makes the same plan, and another run another one`() throws {
    let study = try ProbedStudy(probes: Self.all)
    let first = try study.plan()
    let again = try study.plan()
    #expect(Self.spelled(first) == Self.spelled(again))
    #expect(first.direct.map(\.seed) == again.direct.map(\.seed))
    #expect(first.direct.map(\.questions) == again.direct.map(\.questions))
    let next = RunRecord(
      number: study.run.number + 1, role: .tuned, model: "tiny", endpoint: study.run.endpoint,
      dialect: study.run.dialect, presentation: .plain, probeSet: study.run.probeSet, openedAt: "",
      closedAt: nil)
    let other = QuestionPlan(
      RegisteredStudy(
        study.record, ProbedStudy.decoding(samples: 4, defaultSamples: 4),
        spaces: ProbedStudy.spaces),
      run: next, dialect: dialect())
    #expect(Self.spelled(other) != Self.spelled(first))
    #expect(other.questions == first.questions)
    #expect(other.direct.map(\.seed) != first.direct.map(\.seed))
  }

  @Test func `the base model is asked about references where the protocol says so`() throws {
    let study = try ProbedStudy(probes: Self.all, role: .base)
    var plan = ProbedStudy.decoding(samples: 4, defaultSamples: 4)
    for (asks, questions) in [(false, 6), (true, 6 + 6 * 4)] {
      plan.baseReferences = asks
      let asked = QuestionPlan(
        RegisteredStudy(study.record, plan, spaces: ProbedStudy.spaces), run: study.run,
        dialect: dialect())
      #expect(asked.questions == questions)
    }
  }

  @Test func `every question stands in the plan once`() throws {
    let study = try ProbedStudy(probes: Self.all)
    let plan = try study.plan()
    let asked = plan.direct.flatMap(\.questions)
    // Six secrets with four references each, six prompts, and four samples of each of two kinds.
    #expect(plan.questions == 6 * 5 + 6 + 2 * 6 * 4 && asked.count == plan.questions)
    #expect(Set(asked).count == asked.count)
    for batch in plan.direct {
      #expect(batch.asks.count == batch.questions.count)
      #expect(Set(batch.asks.map(\.kind)).count == 1)
      #expect(Set(batch.questions.map(\.probe)).count == 1)
    }
  }

  /// By place, the secrets of canaries are spread like the references: a sign test on the mean
  /// place over many orders would see a plan that asks them first.
  @Test func `who is a canary and who a reference does not show in the order`() throws {
    var above = 0
    var places: Set<Int> = []
    for seed in UInt8(0)..<60 {
      let study = try ProbedStudy(
        canaries: 4, references: 4, seed: seed, probes: [.sequenceLikelihood])
      let order = try study.plan().direct.flatMap(\.questions)
      let own = order.indices.filter {
        if case .canary = order[$0].subject { true } else { false }
      }
      #expect(own.count == 4 && order.count == 20)
      if own.reduce(0, +) * 2 > 4 * 19 { above += 1 }
      places.formUnion(own)
    }
    // Binomial(60, 1/2): 14…46 with probability 1 - 5e-5.
    #expect((14...46).contains(above), "\(above)")
    #expect(places == Set(0..<20))
  }

  @Test func `held-out and inserted canaries are asked alike`() throws {
    let study = try ProbedStudy(probes: Self.all)
    for ask in try study.plan().direct.flatMap(\.asks) {
      switch ask {
      case .score(let passage): #expect(passage.separator == [0x20] && passage.target.count == 3)
      case .complete(let passage, let decoding):
        #expect(passage.ending.isEmpty && decoding.maxTokens == 8)
      default: Issue.record("\(ask)")
      }
    }
  }

  @Test func `what a dialect scores token by token is planned apart`() throws {
    let study = try ProbedStudy(probes: Self.all, dialect: dialect("llama-server"))
    let plan = try study.plan()
    #expect(plan.stepwise.count == 6 * 5)
    #expect(plan.stepwise.allSatisfy { $0.probe == .sequenceLikelihood })
    #expect(plan.direct.flatMap(\.asks).allSatisfy { $0.passage?.ending.isEmpty == true })
    #expect(try study.plan().stepwise == plan.stepwise)
  }

  @Test func `samples of several prompts never share a request where a seed is theirs together`()
    throws
  {
    let study = try ProbedStudy(probes: [.sampledExtraction])
    #expect(try study.plan().direct.map { $0.asks.count } == [4, 4, 4, 4, 4, 4])
    let each = try ProbedStudy(probes: [.sampledExtraction], dialect: dialect("llama-server"))
    #expect(try each.plan().direct.map { $0.asks.count } == [24])
  }

  @Test func `more samples than a request may hold are asked in several, each numbered`() throws {
    let study = try ProbedStudy(
      canaries: 2, probes: [.sampledExtraction], dialect: dialect("openai-chat,n=3"))
    let plan = try study.plan(samples: 8)
    #expect(plan.direct.map { $0.asks.count } == [3, 3, 2, 3, 3, 2])
    for canary in 0..<2 {
      let batches = plan.direct[(canary * 3)..<(canary * 3 + 3)]
      #expect(batches.flatMap(\.questions).map(\.sample) == Array(0..<8))
      #expect(Set(batches.flatMap(\.questions).map(\.subject)).count == 1)
    }
    #expect(Set(plan.direct.map(\.seed)).count == 6)
  }

  @Test(arguments: [(0, 4), (4, 0), (0, 0)])
  func `a probe of 0 samples is not asked`(_ samples: Int, _ defaults: Int) throws {
    let study = try ProbedStudy(probes: Self.all)
    let plan = try study.plan(samples: samples, defaultSamples: defaults)
    func count(_ probe: Probe) -> Int {
      plan.direct.flatMap(\.questions).count { $0.probe == probe }
    }
    #expect(count(.sampledExtraction) == (samples == 0 ? 0 : 24))
    #expect(count(.defaultExtraction) == (defaults == 0 ? 0 : 24))
    #expect(count(.greedyExtraction) == 6 && count(.sequenceLikelihood) == 30)
    let estimate = ProbeEstimate(plan, Self.all, canaries: 6, dialect: dialect())
    let row = try #require(estimate.rows.first { $0.probe == .sampledExtraction })
    #expect(row.questions == count(.sampledExtraction))
    #expect(row.requests == (samples == 0 ? 0 : 6))
    #expect(estimate.requests == plan.direct.count)
    let set = study.run.probeSet.asked(
      in: ProbedStudy.decoding(samples: samples, defaultSamples: defaults).decoding)
    #expect(set.probes.contains(.sampledExtraction) == (samples > 0))
    #expect(set.probes.contains(.defaultExtraction) == (defaults > 0))
    #expect(set.probes.contains(.greedyExtraction))
  }

  @Test(arguments: [
    ("vllm", Presentation.Form.plain), ("anthropic-messages", .chat), ("vllm-chat", .prefilled),
    ("llama-server-infill", .fillInMiddle), ("openai-completions,gap=qwen", .fillInMiddle),
  ])
  func `every question has the dialect's form, and a gap alone has something behind it`(
    _ name: String, _ form: Presentation.Form
  ) throws {
    let spoken = dialect(name)
    let probes: [Probe] =
      spoken.abilities.meets(.scores)
      ? [.sequenceLikelihood, .greedyExtraction] : [.greedyExtraction]
    let asks = try ProbedStudy(probes: probes, dialect: spoken).plan().direct.flatMap(\.asks)
    #expect(asks.count == (probes.count == 1 ? 6 : 36))
    for ask in asks {
      let passage = try #require(ask.passage)
      #expect(passage.presentation.form == form)
      #expect(passage.after == (form == .fillInMiddle ? Array(".".utf8) : []))
      // The dialect takes what is planned for it.
      #expect(try spoken.encode([ask], to: ProbedStudy.endpoint, seed: 0).body?.isEmpty == false)
    }
  }

  @Test func `how much the model may write does not depend on which secret was drawn`() throws {
    let words = ["ox", "elephant", "heron"].map { Array($0.utf8) }.sorted {
      $0.lexicographicallyPrecedes($1)
    }
    let space = try RandomnessSpace(
      steps: [.choice(slot: "one", options: words), .choice(slot: "two", options: words)])
    let study = try ProbedStudy(probes: [.greedyExtraction, .sampledExtraction])
    let plan = QuestionPlan(
      RegisteredStudy(
        study.record, ProbedStudy.decoding(samples: 2, defaultSamples: 0),
        spaces: Dictionary(uniqueKeysWithValues: study.record.canaries.map { ($0.id, space) })),
      run: study.run, dialect: dialect())
    let limits = plan.direct.flatMap(\.asks).map { ask -> Int? in
      if case .complete(_, let decoding) = ask { decoding.maxTokens } else { nil }
    }
    // The separator, twice the longest word, and four more to show where the secret ends.
    #expect(limits == Array(repeating: 1 + 16 + 4, count: 6 * 3))
  }
}
