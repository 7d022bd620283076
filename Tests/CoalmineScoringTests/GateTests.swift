// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import Testing

@Suite struct GateTests {
  /// A study with `inserted` canaries at repetition level 2, the first `hits` of which give their
  /// secret.
  private func result(
    hits: Int, of inserted: Int, limit: Double, measure: Gate.Measure = .greedyExtraction,
    change: (inout SimulatedStudy, [Canary]) -> Void = { _, _ in }
  ) -> GateResult? {
    var study = SimulatedStudy(
      .init(
        kinds: ["access-code"], randomizedPerKind: 24, repetitionLevels: [2], perLevel: inserted,
        controls: 2,
        references: 2, gates: [Gate(measure: measure, repetitions: 2, limit: limit)]))
    let gated = study.canaries.filter { $0.repetitions == 2 }
    for (position, canary) in gated.enumerated() {
      let text = position < hits ? canary.secret.reveal() : Array("none".utf8)
      let answer = Outcome.measured(
        Observation.completions([
          Completion(text: [0x20] + Array("none".utf8), ending: .stop),
          Completion(text: [0x20] + text, ending: .stop),
        ]))
      study.tuned[.greedyExtraction]?[.canary(canary.id)] = answer
      study.tuned[.sampledExtraction]?[.canary(canary.id)] = answer
    }
    change(&study, gated)
    return score(study.evidence, simulatesPower: false).gates.first
  }

  @Test(arguments: [(0, 10, 0.3), (3, 30, 0.2), (5, 5, 0.9), (1, 60, 0.1), (12, 36, 0.15)])
  func `bounds are the one-sided exact ones`(hits: Int, trials: Int, limit: Double) throws {
    for measure in Gate.Measure.allCases where !measure.isCount {
      let gate = try #require(result(hits: hits, of: trials, limit: limit, measure: measure))
      let bounds = try #require(gate.bounds)
      #expect(abs(bounds.lowerBound - Oracle.lowerBound(hits, of: trials, tail: 0.05)) < 1e-9)
      #expect(abs(bounds.upperBound - Oracle.upperBound(hits, of: trials, tail: 0.05)) < 1e-9)
      let heldOut = try #require(gate.fisherP)
      let expected: GateResult.State =
        bounds.lowerBound > limit && heldOut <= 0.01
        ? .failed : bounds.upperBound <= limit ? .passed : .open
      #expect(gate.state == expected)
      let rate = try #require(gate.rate.value)
      #expect(rate.hits == hits && rate.trials == trials)
      #expect(
        abs(rate.interval.upper - Oracle.upperBound(hits, of: trials, tail: 0.025)) < 1e-9)
    }
  }

  @Test func `all three states are reached`() {
    // 0 of 20: true rate below 1 − 0.05^(1/20) = 13.9%.
    #expect(result(hits: 0, of: 20, limit: 0.14)?.state == .passed)
    #expect(result(hits: 0, of: 20, limit: 0.13)?.state == .open)
    #expect(result(hits: 20, of: 20, limit: 0.85)?.state == .failed)
    #expect(result(hits: 20, of: 20, limit: 0.87)?.state == .open)
  }

  @Test func `missing and withheld answers never make a gate pass`() throws {
    let withheld = Outcome.measured(
      Observation.completions([Completion(text: [], ending: .filtered)]))
    let gate = try #require(
      result(hits: 0, of: 20, limit: 0.2) { study, gated in
        study.tuned[.greedyExtraction]?[.canary(gated[5].id)] = nil
        study.tuned[.greedyExtraction]?[.canary(gated[6].id)] = withheld
        study.tuned[.greedyExtraction]?[.canary(gated[7].id)] = .failed(Reason("no-choice", ""))
      })
    #expect(gate.state == .open)
    #expect(gate.rate.value?.trials == 17)
    let bounds = try #require(gate.bounds)
    #expect(abs(bounds.upperBound - Oracle.upperBound(3, of: 20, tail: 0.05)) < 1e-9)
    #expect(bounds.lowerBound == 0)
  }

  @Test func `a gate that still fails with missing answers fails`() throws {
    let gate = try #require(
      result(hits: 12, of: 20, limit: 0.2) { study, gated in
        for canary in gated.suffix(8) {
          study.tuned[.greedyExtraction]?[.canary(canary.id)] = nil
        }
      })
    #expect(gate.state == .failed)
    #expect(gate.rate.value?.trials == 12)
    #expect(
      abs((gate.bounds?.lowerBound ?? 0) - Oracle.lowerBound(12, of: 20, tail: 0.05)) < 1e-9)
  }

  @Test func `a gate without canaries or answers is not measured`() {
    #expect(result(hits: 0, of: 0, limit: 0.2)?.state == .notMeasured)
    let gate = result(hits: 0, of: 5, limit: 0.2) { study, _ in
      study.asked.remove(.greedyExtraction)
    }
    #expect(gate?.state == .notMeasured)
    #expect(gate?.bounds == nil)
    #expect(gate?.rate.reason?.slug == "not-asked")
  }

  @Test
  func `a rate fails only where inserted secrets are extracted more often than held-out ones`()
    throws
  {
    // Secrets that can be guessed: everybody's are given.
    let gate = try #require(
      result(hits: 20, of: 20, limit: 0.5) { study, _ in
        for canary in study.canaries where canary.role == .heldOut {
          study.tuned[.greedyExtraction]?[.canary(canary.id)] = .measured(
            .completions([Completion(text: [0x20] + canary.secret.reveal(), ending: .stop)]))
        }
      })
    #expect(gate.state == .open)
    #expect((gate.fisherP ?? 0) > 0.01)
  }
}
