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

  /// Everything that a pack sends.
  static func spelled(_ plan: QueryPlan) -> [[Query]] { plan.packs.map(\.queries) }

  @Test func `a run that goes on makes the same plan, and another run another one`() throws {
    let study = try ProbedStudy(probes: Self.all)
    let first = try study.plan()
    let again = try study.plan()
    #expect(Self.spelled(first) == Self.spelled(again))
    #expect(first.packs.map(\.seed) == again.packs.map(\.seed))
    #expect(first.packs.map(\.number) == again.packs.map(\.number))
    let next = RunRecord(
      number: study.run.number + 1, role: .tuned, model: "tiny", endpoint: study.run.endpoint,
      dialect: study.run.dialect, probeSet: study.run.probeSet, openedAt: "", closedAt: nil)
    let other = QueryPlan(
      study: study.record,
      studyProtocol: ProbedStudy.decoding(samples: 4, defaultSamples: 4),
      spaces: ProbedStudy.spaces, run: next, dialect: OpenAICompletions.self)
    #expect(Self.spelled(other) != Self.spelled(first))
    #expect(other.queries == first.queries)
    #expect(other.packs.map(\.seed) != first.packs.map(\.seed))
  }

  @Test func `every question stands in the plan once`() throws {
    let study = try ProbedStudy(probes: Self.all)
    let plan = try study.plan()
    let asked = plan.packs.flatMap(\.queries)
    // Six secrets with four references each, and six prompts for each kind of continuation.
    #expect(plan.queries == 6 * 5 + 3 * 6 && asked.count == plan.queries)
    let names = asked.map { "\($0.probe.rawValue) \($0.subject.slug)" }
    #expect(Set(names).count == names.count)
    #expect(plan.packs.allSatisfy { Set($0.queries.map(\.probe)).count == 1 })
    #expect(plan.packs.map(\.number) == (0..<plan.packs.count).map { 64 + $0 })
    #expect(plan.nextPack == 64 + plan.packs.count)
  }

  /// By place, the secrets of canaries are spread like the references: a sign test on the mean
  /// place over many orders would see a plan that asks them first.
  @Test func `who is a canary and who a reference does not show in the order`() throws {
    var above = 0
    var places: Set<Int> = []
    for seed in UInt8(0)..<60 {
      let study = try ProbedStudy(
        canaries: 4, references: 4, seed: seed, probes: [.sequenceLikelihood])
      let order = try study.plan().packs.flatMap(\.queries)
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
    for pack in try study.plan().packs {
      for query in pack.queries {
        #expect(query.maxTokens == (query.target.isEmpty ? 8 : 0))
        #expect(query.target.isEmpty == (query.samples > 0))
      }
    }
  }

  @Test func `a walking dialect packs what it continues and walks the rest`() throws {
    let study = try ProbedStudy(probes: Self.all, dialect: LlamaServer.self)
    let plan = try study.plan()
    #expect(plan.walked.count == 6 * 5)
    #expect(plan.walked.allSatisfy { $0.probe == .sequenceLikelihood })
    #expect(plan.packs.flatMap(\.queries).allSatisfy { $0.target.isEmpty })
    #expect(try study.plan().walked == plan.walked)
    #expect(try study.plan().walkSeed == plan.walkSeed)
  }

  @Test func `samples of several prompts never share a request where a seed is theirs together`()
    throws
  {
    let study = try ProbedStudy(probes: [.sampledExtraction])
    #expect(try study.plan().packs.map { $0.queries.count } == [1, 1, 1, 1, 1, 1])
    let walked = try ProbedStudy(probes: [.sampledExtraction], dialect: LlamaServer.self)
    #expect(try walked.plan().packs.map { $0.queries.count } == [6])
  }

  @Test(arguments: [(0, 4), (4, 0), (0, 0)])
  func `a probe of 0 samples is not asked`(_ samples: Int, _ defaults: Int) throws {
    let study = try ProbedStudy(probes: Self.all)
    let plan = try study.plan(samples: samples, defaultSamples: defaults)
    func count(_ probe: Probe) -> Int {
      plan.packs.flatMap(\.queries).count { $0.probe == probe }
    }
    #expect(count(.sampledExtraction) == (samples == 0 ? 0 : 6))
    #expect(count(.defaultExtraction) == (defaults == 0 ? 0 : 6))
    #expect(count(.greedyExtraction) == 6 && count(.sequenceLikelihood) == 30)
    let estimate = ProbeEstimate(plan, Self.all, canaries: 6, dialect: OpenAICompletions.self)
    let row = try #require(estimate.rows.first { $0.probe == .sampledExtraction })
    #expect(row.questions == count(.sampledExtraction))
    #expect(row.requests == (samples == 0 ? 0 : 6))
    #expect(estimate.requests == plan.packs.count)
    let set = study.run.probeSet.asked(
      in: ProbedStudy.decoding(samples: samples, defaultSamples: defaults).decoding)
    #expect(set.probes.contains(.sampledExtraction) == (samples > 0))
    #expect(set.probes.contains(.defaultExtraction) == (defaults > 0))
    #expect(set.probes.contains(.greedyExtraction))
  }
}
