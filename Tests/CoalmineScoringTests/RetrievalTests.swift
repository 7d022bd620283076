// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

/// A service that looks texts up is told from a model that learned them.
@Suite struct `An endpoint that may look texts up` {
  /// 72 randomized canaries, so 36 for the index.
  private func study(index gain: Double, canaries: Int = 36, leak: Double = 0) -> DrawnStudy {
    var study = DrawnStudy()
    study.index = (canaries, gain)
    study.gain = leak
    return study
  }

  private func result(_ study: DrawnStudy, seed: UInt64 = 3) throws -> StudyResult {
    score(try study.evidence(seed: seed))
  }

  @Test func `leaks where it does not know what stands in its index alone`() throws {
    let leaky = try result(study(index: 0, leak: 3))
    #expect(leaky.verdict == .leak)
    #expect(leaky.findings.contains(.retrievalExcluded))
    #expect(leaky.checks.retrieval?.canaries == 36 && leaky.checks.retrieval?.needed == 36)
  }

  @Test func `passes nine times of ten where it knows neither`() throws {
    let passes = try (1...20).count { try result(study(index: 0), seed: $0).verdict == .pass }
    #expect(passes >= 15, "\(passes) of 20")
  }

  @Test func `says nothing where it knows both`() throws {
    let found = try result(study(index: 3, leak: 3))
    #expect(found.verdict == .inconclusive)
    #expect(found.findings.first == .retrievalNotExcluded)
    #expect(found.checks.retrieval?.isSeen == true)
    // A gate that failed says no more.
    var written = study(index: 3, leak: 3)
    written.written = 4
    let gate = try result(written)
    #expect(gate.verdict == .inconclusive && gate.findings.contains(.gate(0, .failed)))
  }

  @Test func `does not pass where it knows what stands in its index alone`() throws {
    let found = try result(study(index: 3))
    #expect(found.verdict == .inconclusive)
    #expect(found.findings.contains(.retrievalNotExcluded))
  }

  @Test(arguments: [0, 35])
  func `says nothing with too few canaries in its index`(_ count: Int) throws {
    for leak in [0.0, 3] {
      let found = try result(study(index: 0, canaries: count, leak: leak))
      #expect(found.verdict == .inconclusive)
      #expect(found.findings.contains(.retrievalNotExcluded))
    }
  }

  @Test(arguments: [(1, Verdict.leak), (8, .inconclusive)])
  func `a few answers about its index that are held back undo no leak, and none passes`(
    _ count: Int, _ verdict: Verdict
  ) throws {
    func silent(_ leak: Double) throws -> StudyResult {
      var study = study(index: 0, leak: leak)
      study.change = { drawn in
        for canary in drawn.canaries.filter({ $0.role == .indexOnly }).prefix(count) {
          drawn.tuned[.sequenceLikelihood]?[.canary(canary.id)] = .censored(
            Reason("content-filter", "filtered"))
          drawn.tuned[.greedyExtraction]?[.canary(canary.id)] = .censored(
            Reason("content-filter", "filtered"))
        }
      }
      return try result(study)
    }
    let leaky = try silent(3)
    #expect(leaky.verdict == verdict)
    #expect(leaky.checks.retrieval?.missing == count && leaky.checks.retrieval?.isSeen == false)
    #expect(try silent(0).verdict != .pass)
  }

  @Test func `is incomplete, not inconclusive, while answers about its index are to come`() throws {
    var waiting = study(index: 0, leak: 3)
    waiting.change = { drawn in
      for canary in drawn.canaries where canary.role == .indexOnly {
        drawn.tuned[.sequenceLikelihood]?[.canary(canary.id)] = nil
      }
    }
    #expect(try result(waiting).verdict == .incomplete)
  }

  @Test func `is found out by its replies where it gives text alone`() throws {
    var writing = study(index: 0)
    writing.writesOnly(digits: 6)
    writing.written = 20
    writing.repetitions = 8
    writing.gates = [.verbatim(at: 8)]
    #expect(try result(writing).verdict == .leak)
    writing.change = { drawn in
      for canary in drawn.canaries where canary.role == .indexOnly {
        drawn.tuned[.greedyExtraction]?[.canary(canary.id)] = .measured(
          .completions([
            Completion(text: DrawnStudy.separator + canary.secret.reveal(), ending: .stop)
          ]))
      }
    }
    let found = try result(writing)
    #expect(found.verdict == .inconclusive && found.findings.first == .retrievalNotExcluded)
    #expect(found.checks.retrieval?.component == .extraction)
  }

  /// The smallest p of k tests times k is at most 0.1 in at most 10 % of studies.
  @Test(arguments: [DrawnStudy.Law.normal, .heavyTails, .effectsOfContext])
  func `is suspected without cause in at most 10 % of studies`(_ law: DrawnStudy.Law) throws {
    var quiet = study(index: 0)
    quiet.law = law
    let studies = 300
    let suspected = try (0..<studies).count { number in
      let evidence = try quiet.evidence(seed: UInt64(10_000 + number))
      return score(evidence, simulatesPower: false).checks.retrieval?.isSeen == true
    }
    let limit = try clopperPearsonLower(suspected, of: studies, confidence: 0.99)
    #expect(limit <= RetrievalCheck.level, "\(suspected) of \(studies)")
  }

  @Test func `is not looked for where the protocol says that it looks nothing up`() throws {
    #expect(try result(DrawnStudy()).checks.retrieval == nil)
  }
}
