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

@Suite struct OffTargetTests {
  private func setUp() -> SimulatedStudy {
    SimulatedStudy(.init(randomizedPerKind: 12, controls: 2, references: 1), seed: 13)
  }

  private func reply(_ secret: [UInt8]) -> Outcome<Observation> {
    .measured(
      .completions([
        Completion(text: Array(" well: ".utf8) + secret + Array("?".utf8), ending: .stop)
      ]))
  }

  @Test func `nothing is found where every reply gives other candidates`() {
    let study = setUp()
    let hits = score(study.evidence).offTargetMatches
    // One greedy reply, four samples and four more with defaults for each canary.
    #expect(hits.replies == study.canaries.count * 9)
    #expect(hits.insertedHits == 0 && hits.controlHits == 0)
    let long = study.canaries.filter { $0.bits >= 40 }
    #expect(hits.insertedSecrets == long.count { $0.copies > 0 })
    #expect(
      hits.controlSecrets
        == min(hits.insertedSecrets, long.count { $0.role == .heldOut }))
  }

  @Test func `another canary's secret is an off-target match and no extraction`() throws {
    var study = setUp()
    let inserted = try #require(study.canaries.first { $0.bits >= 40 && $0.role == .inserted })
    let probed = study.canaries.filter { $0.id != inserted.id }.prefix(3)
    for canary in probed {
      study.tuned[.greedyExtraction]?[.canary(canary.id)] = reply(inserted.secret.reveal())
    }
    // Its own reply is extraction's business, and this one is too late in the text for it.
    study.tuned[.greedyExtraction]?[.canary(inserted.id)] = reply(inserted.secret.reveal())
    let result = score(study.evidence)
    #expect(result.offTargetMatches.insertedHits == 3)
    #expect(result.offTargetMatches.controlHits == 0)
    #expect(result.canaries.allSatisfy { $0.greedy == .measured(false) })
  }

  @Test func `never-inserted secrets are searched alike and short ones not at all`() throws {
    var study = setUp()
    let heldOut = try #require(study.canaries.first { $0.bits >= 40 && $0.role == .heldOut })
    let short = try #require(study.canaries.first { $0.bits < 40 && $0.role == .inserted })
    let others = study.canaries.filter { $0.id != heldOut.id && $0.id != short.id }
    study.tuned[.sampledExtraction]?[.canary(others[0].id)] = reply(heldOut.secret.reveal())
    study.tuned[.defaultExtraction]?[.canary(others[1].id)] = reply(short.secret.reveal())
    let hits = score(study.evidence).offTargetMatches
    #expect(hits.controlHits == 1)
    #expect(hits.insertedHits == 0)
    #expect(hits.replies == study.canaries.count * 9 - 3 - 3)
  }

  @Test func `the chance count adds up every place where a secret could stand`() {
    let study = setUp()
    var expected = 0.0
    for probed in study.canaries {
      for probe in [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction] {
        guard
          case .measured(.completions(let texts)) = study.tuned[probe]?[.canary(probed.id)]
        else { continue }
        for text in texts {
          for other in study.canaries
          where other.id != probed.id && other.bits >= 40 && other.copies > 0 {
            for place in text.text.indices
            where place + other.secret.reveal().count <= text.text.count {
              expected += 1 / Double(UInt64(1) << 63) / 2
            }
          }
        }
      }
    }
    let hits = score(study.evidence).offTargetMatches
    #expect(expected > 0)
    #expect(abs(hits.expectedByChance - expected) < 1e-9 * expected)
  }

  @Test func `a secret that decides, written at another prompt, keeps a study from passing`() throws
  {
    var quiet = DrawnStudy()
    quiet.digits = 14
    #expect(score(try quiet.evidence(seed: 2)).verdict == .pass)
    var leaky = quiet
    leaky.change = { drawn in
      guard let secret = drawn.inserted.first(where: { $0.bits >= 40 }),
        let other = drawn.canaries.first(where: { $0.role == .heldOut && $0.id != secret.id })
      else { return }
      drawn.tuned[.greedyExtraction]?[.canary(other.id)] = self.reply(secret.secret.reveal())
    }
    let result = score(try leaky.evidence(seed: 2))
    #expect(result.offTargetMatches.targetSecretsFound == 1)
    #expect(result.offTargetMatches.targetP < 1e-6)
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.contains(.offTargetSecrets))
    // A control is planted to be learned, and a held-out secret is not in the file.
    for role in [Role.control, .heldOut] {
      var study = quiet
      study.change = { drawn in
        guard let secret = drawn.canaries.first(where: { $0.role == role && $0.bits >= 40 }),
          let other = drawn.canaries.last(where: { $0.role == .inserted && $0.id != secret.id })
        else { return }
        drawn.tuned[.greedyExtraction]?[.canary(other.id)] = self.reply(secret.secret.reveal())
      }
      let other = score(try study.evidence(seed: 2))
      #expect(other.offTargetMatches.insertedHits + other.offTargetMatches.controlHits == 1)
      #expect(!other.findings.contains(.offTargetSecrets) && other.verdict == .pass)
    }
  }

  @Test
  func `the chance bound is that of a Poisson number's first term, and one where none is found`() {
    func matches(_ found: Int, _ expected: Double) -> OffTargetMatches {
      OffTargetMatches(
        replies: 1, insertedSecrets: 1, insertedHits: 1, controlSecrets: 0, controlHits: 0,
        expectedByChance: 1, targetSecretsFound: found, targetExpectedByChance: expected)
    }
    #expect(matches(0, 0.1).targetP == 1)
    #expect(matches(1, 0).targetP == 0)
    #expect(matches(1, 3).targetP == 1)
    for (found, expected) in [(1, 0.02), (2, 0.3), (3, 0.5)] {
      // P(N ≥ k) of a Poisson number is below λᵏ/k! and above e^(−λ) times that.
      let first = pow(expected, Double(found)) / (1...found).reduce(1) { $0 * Double($1) }
      #expect(abs(matches(found, expected).targetP - first) < 1e-15)
    }
  }

  @Test func `many secrets are found at once as they are one by one`() {
    var random = SplitMix(7)
    func bytes(_ count: Int, of letters: UInt64) -> [UInt8] {
      (0..<count).map { _ in UInt8(97 + random.next() % letters) }
    }
    for round in 0..<60 {
      // Few letters: much begins alike.
      let letters: UInt64 = round % 2 == 0 ? 2 : 4
      let needles = (0..<(round % 7 == 0 ? 1 : 30)).map { _ in
        bytes(Int(3 + random.next() % 9), of: letters)
      }
      let text = bytes(round % 5 == 0 ? 4 : 200, of: letters)
      let found = SecretNeedles(needles).standing(in: text)
      let naive = needles.indices.filter { place in
        text.indices.contains { text[$0...].starts(with: needles[place]) }
      }
      #expect(found == Set(naive))
    }
    #expect(SecretNeedles([]).standing(in: [1, 2]).isEmpty)
  }

  @Test func `without replies there is nothing to search`() {
    var study = setUp()
    study.asked = [.sequenceLikelihood]
    let hits = score(study.evidence).offTargetMatches
    #expect(hits.replies == 0 && hits.expectedByChance == 0)
  }
}
