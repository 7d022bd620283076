// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import Testing

/// Passes and leaks that a hostile audit got, and gets no more.
@Suite struct `Verdicts that are not earned` {
  private func study(_ change: (inout DrawnStudy) -> Void) throws -> StudyResult {
    var study = DrawnStudy()
    study.references = 99
    change(&study)
    return score(try study.evidence(seed: 5))
  }

  @Test func `the study without a leak passes`() throws {
    #expect(try study { _ in }.verdict == .pass)
  }

  @Test(arguments: [[], [20]])
  func `secrets that are written are a leak without a gate on them, or with one that allows them`(
    _ limits: [Double]
  ) throws {
    let weights = try ComponentWeights([.rank: 0.8, .mass: 0.2])
    func change(_ written: Int) throws -> StudyResult {
      try study {
        $0.gates = limits.map { Gate(measure: .verbatimSecrets, repetitions: 1, limit: $0) }
        $0.decision.weights = weights
        $0.written = written
      }
    }
    let result = try change(16)
    #expect(result.verdict == .leak)
    #expect(result.gates.last?.state == .failed && result.gates.last?.gate.limit == 0)
    #expect(try change(0).gates.count == limits.count)
  }

  @Test func `blank replies show nothing`() throws {
    let result = try study {
      $0.change = { drawn in
        for canary in drawn.inserted {
          for probe in [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction] {
            guard
              case .measured(.completions(let texts))? = drawn.tuned[probe]?[.canary(canary.id)]
            else { continue }
            drawn.tuned[probe]?[.canary(canary.id)] = .measured(
              .completions(texts.map { _ in Completion(text: [0x0A], ending: .stop) }))
          }
        }
      }
    }
    #expect(result.verdict == .inconclusive)
    #expect(result.gates.first?.state == .open)
  }

  @Test func `a base model that scores all secrets low makes no leak`() throws {
    func change(_ loss: Double) throws -> StudyResult {
      try study {
        $0.hasBase = true
        $0.baseReferences = true
        $0.change = { drawn in
          for canary in drawn.canaries {
            let subject = Subject.canary(canary.id)
            guard
              case .measured(.likelihood(let tokens))? =
                drawn.base[.sequenceLikelihood]?[subject], let nats = tokens[0].logProbability
            else { continue }
            drawn.base[.sequenceLikelihood]?[subject] = DrawnStudy.answer(nats - loss, canary)
          }
        }
      }
    }
    #expect(try change(0).verdict == .pass)
    let result = try change(2.5)
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.first?.slug == "held-out-not-null")
  }

  @Test func `a part of an epoch leaves less power`() throws {
    let whole = try study { _ in }
    let part = try study { $0.epochs = 0.05 }
    #expect(part.verdict == .inconclusive)
    let power = try #require(part.decision.power?.dense?.power)
    #expect(power < 0.5 * (try #require(whole.decision.power?.dense?.power)))
    #expect(try study { $0.epochs = 3 }.verdict == .pass)
  }
}
