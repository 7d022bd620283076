// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Scores one run of a study: answers in; exposure, extraction, membership and a verdict out.
///
/// A pure function: no network, no clock, and no randomness but the relabellings that
/// `evidence.scoringSeed` gives. The order in which canaries, records or controls are listed makes
/// no difference.
///
/// - Parameter simulatesPower: whether the power of the study is simulated, which takes most of the
///   time; without it nothing passes.
/// - Complexity: O(canaries · (references + log canaries) + relabellings · randomized canaries + bytes
///   of the continuations · steps of a secret), and two simulations of 10,000
///   studies, of fewer where there are more than 4,000 canaries.
public func score(_ evidence: Evidence, simulatesPower: Bool = true) -> StudyResult {
  let plan = evidence.studyProtocol
  let run = JudgedRun(evidence, simulatesPower: simulatesPower)
  let (scored, judgement) = (run.scored, run.judgement)
  let results = scored.map(\.result)
  let randomness = run.components.randomness
  let membership = MembershipScoring(
    evidence.records, evidence.tuned, base: evidence.base, randomness)

  var permuting = randomness.generator(for: .doseResponse)

  let verdict = judgement.verdict
  let result = StudyResult(
    verdict: verdict, runVerdict: verdict, runOutcomes: [],
    findings: judgement.findings + Findings.recited(results),
    study: evidence.facts, decision: judgement.decision, checks: judgement.checks,
    answers: judgement.answers, gates: judgement.gates, canaries: results,
    levels: RepetitionLevelTable.rows(results),
    chanceBaseline: ExposureUnderNull.line(results, references: plan.references),
    membership: membership.results,
    offTargetMatches: run.offTarget,
    endpoints: checkedEndpoints(evidence),
    caveats: StudyCaveats.list(run, membership: membership),
    notMeasured: NotMeasured.list(evidence, canaries: results, membership: membership),
    doseResponse: DoseResponseScoring.results(results, using: &permuting),
    rateComparisons: RateComparisonScoring.results(
      results, targetRepetitions: plan.targetRepetitions),
    privacy: PrivacyScoring.result(run.components),
    namedSecrets: NamedSecretScoring.results(run.components), records: membership.records,
    extractionByBudget: ExtractionBudgetScoring.results(
      results, secretsAreUniform: evidence.draw.secretsAreUniform),
    forcedChoice: ForcedChoiceScoring.result(evidence))
  return result.ofCheckpoint(
    Set(result.outcome.map { [$0.run] } ?? []), among: result.outcome.map { [$0] } ?? [])
}

/// The verdict of one run, without the numbers that only describe it: the same that ``score(_:simulatesPower:)``
/// gives, in about half its time.
///
/// - Complexity: that of ``score(_:simulatesPower:)`` without its relabellings over repetition levels, its
///   membership scores.
package func verdict(_ evidence: Evidence, simulatesPower: Bool = true) -> Verdict {
  JudgedRun(evidence, simulatesPower: simulatesPower).judgement.verdict
}

/// What was seen of the endpoints that were asked.
private func checkedEndpoints(_ evidence: Evidence) -> [CheckedEndpoint] {
  [evidence.tuned, evidence.base].compactMap { answers in
    guard let answers, let seen = answers.capabilities else { return nil }
    return CheckedEndpoint(
      run: answers.run.number, role: answers.run.role, capabilities: seen,
      // The base model is asked only what is compared.
      measures: answers.run.role == .base
        ? []
        : MeasureSupport.table(
          seen, references: evidence.studyProtocol.references,
          leavesSamplers: answers.run.leavesSamplers))
  }
}

/// One stream of chance a purpose, so that what one test draws changes nothing in another.
struct ScoringRandomness: Sendable {
  enum Purpose: UInt8 {
    case coin = 1
    case coinOfControls = 2
    case membership = 3
    case base = 4
    case coinOfIndex = 5
    case blindBaseline = 16
    case membershipTest = 17
    case doseResponse = 18
    case contexts = 19
  }

  private let seed: [UInt8]

  /// - Parameter seed: 32 bytes; fewer are filled up with zeros, further ones ignored.
  init(_ seed: [UInt8]) {
    self.seed = Array((seed + Array(repeating: 0, count: 32)).prefix(32))
  }

  func generator(for purpose: Purpose) -> ChaCha8Rand {
    var bytes = seed
    bytes[0] ^= purpose.rawValue
    return ChaCha8Rand(seed: bytes)
  }
}
