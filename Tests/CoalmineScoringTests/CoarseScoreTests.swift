// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineTesting
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Endpoints whose scores of the study's texts say less than those that a check asked for.
@Suite struct `Scores that say little` {
  private static func nats(_ outcome: Outcome<Observation>?) -> Double? {
    guard case .measured(.likelihood(let tokens))? = outcome else { return nil }
    return tokens.last?.logProbability
  }

  /// A study whose scores are rounded to a multiple of `step` nats.
  private func rounded(to step: Double) -> DrawnStudy {
    var study = DrawnStudy()
    study.change = { drawn in
      for canary in drawn.canaries {
        let subjects =
          [Subject.canary(canary.id)]
          + (0..<31).map { Subject.reference(canary: canary.id, number: $0) }
        for subject in subjects {
          guard let nats = Self.nats(drawn.tuned[.sequenceLikelihood]?[subject]) else { continue }
          drawn.score(subject, (nats / step).rounded() * step, of: canary)
        }
      }
    }
    return study
  }

  @Test func `rounding that leaves the power passes, and rounding that takes it does not`() throws {
    for seed in 1...3 {
      let fine = score(try rounded(to: 0.001).evidence(seed: UInt64(seed)))
      #expect(fine.verdict == .pass)
      #expect(!fine.caveats.contains { $0.slug == "tied-references" })
      let coarse = score(try rounded(to: 8).evidence(seed: UInt64(seed)))
      #expect(coarse.verdict == .inconclusive)
      #expect(coarse.findings.contains(.powerShort))
      #expect(coarse.caveats.contains { $0.slug == "tied-references" })
      let power = try #require(coarse.decision.power?.dense?.power)
      #expect(power < 0.5)
    }
  }

  @Test func `a leak that rounding hides is no pass`() throws {
    var leaky = rounded(to: 8)
    leaky.gain = 1
    for seed in 1...10 {
      #expect(score(try leaky.evidence(seed: UInt64(seed))).verdict != .pass)
    }
  }

  /// A study whose replies score the prompt, too, with noise in each of its four tokens; a check saw none.
  private func noisy(_ deviation: Double) -> DrawnStudy {
    var study = DrawnStudy()
    study.change = { drawn in
      var chance = SplitMix(5)
      for canary in drawn.canaries {
        let end = canary.prefix.count
        let subjects =
          [Subject.canary(canary.id)]
          + (0..<31).map { Subject.reference(canary: canary.id, number: $0) }
        for subject in subjects {
          guard let nats = Self.nats(drawn.tuned[.sequenceLikelihood]?[subject]) else { continue }
          let prompt = (0..<4).map { place in
            TokenScore(
              range: place * end / 4..<(place + 1) * end / 4,
              logProbability: place == 0 ? nil : -2 + deviation * chance.normal())
          }
          drawn.tuned[.sequenceLikelihood]?[subject] = .measured(
            .likelihood(
              prompt + [
                TokenScore(
                  range: end..<end + 1 + canary.secret.reveal().count, logProbability: nats)
              ]))
        }
      }
    }
    return study
  }

  @Test func `noise that only the study's texts show takes part in the power`() throws {
    func power(_ study: DrawnStudy) throws -> (result: StudyResult, dense: Double) {
      let result = score(try study.evidence(seed: 2))
      return (result, try #require(result.decision.power?.dense?.power))
    }
    let quiet = try power(DrawnStudy())
    let silent = try power(noisy(0))
    #expect(silent.dense == quiet.dense && silent.result.verdict == .pass)
    #expect(!silent.result.caveats.contains { $0.slug == "noisy-logprobs" })
    let loud = try power(noisy(4))
    // Three tokens of four have a number, and the secret is one: the variance of one of them.
    let caveat = try #require(loud.result.caveats.first { $0.slug == "noisy-logprobs" })
    #expect(caveat.evidence.contains("4.0"), "\(caveat.evidence)")
    #expect(loud.dense < quiet.dense - 0.2)
    #expect(loud.result.verdict == .inconclusive && loud.result.findings.contains(.powerShort))
    // A check that saw more noise is believed.
    var checked = noisy(0.1)
    checked.noise = 1
    #expect(
      !score(try checked.evidence(seed: 2)).caveats.contains { $0.evidence.contains("prompt") })
  }
}
