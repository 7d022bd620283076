// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import Testing

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

  @Test func `without replies there is nothing to search`() {
    var study = setUp()
    study.asked = [.sequenceLikelihood]
    let hits = score(study.evidence).offTargetMatches
    #expect(hits.replies == 0 && hits.expectedByChance == 0)
  }
}
