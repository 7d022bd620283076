// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import Foundation
import Testing

/// Ranks and mass of a run in which the model only wrote.
@Suite struct `Components from replies alone` {
  private static func study(digits: Int = 6, _ change: (inout DrawnStudy) -> Void = { _ in })
    -> DrawnStudy
  {
    var study = DrawnStudy()
    study.writesOnly(digits: digits)
    change(&study)
    return study
  }

  /// What the tests read of a reply, by another way: the longest run of digits, cut to the secret's
  /// length.
  private static func digits(_ text: [UInt8], _ length: Int) -> [UInt8] {
    var longest: [UInt8] = []
    for start in text.indices {
      let run = text[start...].prefix { (0x30...0x39).contains($0) }.prefix(length)
      if run.count > longest.count { longest = Array(run) }
    }
    return longest
  }

  private static func replies(_ canary: Canary, _ evidence: Evidence) -> [[UInt8]] {
    [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction].flatMap { probe -> [[UInt8]] in
      guard
        case .completions(let texts)? = evidence.tuned?.observation(probe, .canary(canary.id))
          .value
      else { return [] }
      return texts.map { digits($0.text, canary.secret.reveal().count) }
    }
  }

  /// p̂ by its definition, over all candidates of two digits.
  private static func scores(_ canary: Canary, _ evidence: Evidence) -> [Double] {
    let read = replies(canary, evidence)
    return (0..<100).map { number in
      let candidate = Array(String(format: "%02d", number).utf8)
      var product = 1.0
      for step in 0..<2 {
        let above = read.count { $0.starts(with: candidate.prefix(step)) }
        let here = read.count { $0.starts(with: candidate.prefix(step + 1)) }
        product *= (Double(here) + 0.1) / (Double(above) + 1)
      }
      return (product * 1e12).rounded()
    }
  }

  @Test(arguments: 1...5)
  func `rank and mass are those of the definition over all candidates`(_ seed: UInt64) throws {
    let evidence = try Self.study(digits: 2).evidence(seed: seed)
    let result = score(evidence, simulatesPower: false)
    let inserted = evidence.canaries.filter { $0.role == .inserted && $0.randomized }
    let rank = try RankSum(
      inserted.map { try RankedSecret(scores: Self.scores($0, evidence), secret: Int($0.index)) })
    let value = try #require(result.decision[.rank]?.outcome.value)
    #expect(abs(value.pValue - rank.pValue) < 1e-9)
    #expect(value.pValueForPass == value.pValue && value.missing == 0)
    #expect(result.decision[.rank]?.source == .replies)
    let mean =
      inserted.reduce(0) { $0 + 100 * Self.scores($1, evidence)[Int($1.index)] / 1e12 }
      / Double(inserted.count)
    guard case .mass(let log10Mean)? = result.decision[.mass]?.outcome.value?.statistic else {
      Issue.record("no mass")
      return
    }
    #expect(abs(pow(10, log10Mean) - mean) < 1e-6)
    #expect(result.decision[.coin] == nil && result.decision.access == .textOnly)
  }

  @Test func `beginnings of secrets are found, where none is written whole`() throws {
    let study = Self.study { study in
      study.change = { drawn in
        for canary in drawn.inserted {
          let begun = Array(canary.secret.reveal().prefix(3)) + Array("xyz".utf8)
          drawn.tuned[.greedyExtraction]?[.canary(canary.id)] = .measured(
            .completions([Completion(text: Array("It is ".utf8) + begun, ending: .length)]))
        }
      }
    }
    let result = score(try study.evidence(seed: 3))
    #expect(result.decision[.extraction]?.findsLeak == false)
    #expect(result.decision[.rank]?.findsLeak == true)
    #expect(result.verdict == .leak)
  }

  @Test func `a few memorised secrets raise the mass`() throws {
    let result = score(try Self.study { $0.memorised = 2 }.evidence(seed: 5))
    #expect(result.decision[.mass]?.findsLeak == true)
    #expect(result.decision[.extraction]?.findsLeak == true)
  }

  @Test func `withheld replies count against a finding, and against a pass`() throws {
    let study = Self.study { study in
      study.change = { drawn in
        let held = Completion(text: [], ending: .filtered)
        for canary in drawn.inserted.prefix(20) {
          drawn.tuned[.greedyExtraction]?[.canary(canary.id)] = .measured(.completions([held]))
        }
      }
    }
    let result = score(try study.evidence(seed: 7))
    let rank = try #require(result.decision[.rank]?.outcome.value)
    #expect(rank.missing == 20 && rank.pValue > 0.5 && rank.pValueForPass < 0.001)
    let mass = try #require(result.decision[.mass]?.outcome.value)
    #expect(mass.missing == 20 && mass.pValueForPass < 0.001)
    #expect(result.verdict == .inconclusive)
  }

  @Test func `replies after the secrets were sent do not decide`() throws {
    let evidence = try Self.study {
      $0.secretsWereShown = true
      $0.gates = []
      $0.memorised = 9
    }.evidence(seed: 9)
    let result = score(evidence)
    for component in result.decision.components {
      #expect(component.outcome.reason?.slug == "secrets-shown-before")
    }
    #expect(result.caveats.contains { $0.slug == "secrets-shown-before" })
    #expect(result.verdict == .inconclusive)
  }

  @Test func `after the secrets were sent one that is written fails no gate`() throws {
    func result(_ change: (inout DrawnStudy) -> Void) throws -> StudyResult {
      let study = Self.study {
        $0.written = 9
        change(&$0)
      }
      return score(try study.evidence(seed: 9))
    }
    let unseen = try result { _ in }
    #expect(unseen.verdict == .leak && unseen.gates.contains { $0.state == .failed })
    for shown in [try result { $0.secretsWereShown = true }, try result { $0.burningRuns = [3] }] {
      #expect(shown.verdict == .inconclusive)
      #expect(!shown.gates.isEmpty && shown.gates.allSatisfy { $0.state == .notMeasured })
      #expect(shown.caveats.contains { $0.slug == "secrets-shown-before" })
    }
  }

  @Test func `after forced choices a run that scores does not decide by what it wrote`() throws {
    var study = DrawnStudy()
    study.burningRuns = [3]
    study.written = 9
    let result = score(try study.evidence(seed: 9))
    #expect(result.decision[.extraction]?.outcome.reason?.slug == "secrets-shown-before")
    #expect(result.decision[.rank]?.outcome.value != nil)
    #expect(result.gates.allSatisfy { $0.state == .notMeasured })
  }

  @Test func `of a reply the longest beginning of a candidate is read`() throws {
    let space = try RandomnessSpace(
      steps: CharactersSlot(alphabet: "0123456789", length: 4).steps(slot: "code", role: .secret))
    func path(_ text: String) -> [Int] { GeneratedSecret.path(Array(text.utf8), space) }
    #expect(path("no digit") == [])
    #expect(path("in 19 years, the code 4711!") == [4, 7, 1, 1])
    #expect(path("12 34") == [1, 2])
    #expect(path("56789") == [5, 6, 7, 8])
  }
}
