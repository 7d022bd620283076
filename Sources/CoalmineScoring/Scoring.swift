// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Scores a study: answers in; exposure, extraction, membership and a verdict out.
///
/// A pure function: no network, no clock, and no randomness but the relabellings that
/// `evidence.scoringSeed` gives. The order in which canaries, records or controls are listed makes
/// no difference.
///
/// False alarms, at alpha 0.05 over 10,000 simulated studies each whose model learned nothing: 491
/// with a base run, 499 without. The leak of a simulated model that gains 1.5 nats from one copy,
/// with 72 randomized canaries, was found in 40 studies of 40.
///
/// - Complexity: O(canaries · references + canaries² + relabellings · randomized canaries + bytes
///   of the continuations · long secrets).
public func score(_ evidence: Evidence) -> StudyResult {
  let studyProtocol = evidence.studyProtocol
  let randomness = ScoringRandomness(evidence.scoringSeed)
  let canaries = evidence.canaries.sorted { $0.id < $1.id }
  let results = canaries.map { CanaryScoring.result($0, in: evidence) }

  var relabelling = randomness.generator(for: .primaryTest)
  let primaryTest = PrimaryTest.run(
    canaries, results, hasBase: evidence.base != nil, protocol: studyProtocol,
    ties: evidence.ties, using: &relabelling)
  var control = randomness.generator(for: .highRepetitionControl)
  let controls = ControlResults(
    highRepetition: HighRepetitionControl.result(
      results, origin: evidence.facts.origin, targetRepetitions: studyProtocol.targetRepetitions,
      permutations: studyProtocol.primaryTest.permutations, ties: evidence.ties,
      using: &control),
    inContext: InContextControlScoring.result(
      evidence.inContextControls.sorted { ($0.kind, $0.number) < ($1.kind, $1.number) },
      evidence.tuned))
  let membership = MembershipScoring(
    evidence.records, evidence.tuned, base: evidence.base, randomness)

  var permuting = randomness.generator(for: .doseResponse)

  let judgement = Judgement(
    primaryTest: primaryTest, plannedAUC: studyProtocol.primaryTest.detectableAUC,
    controls: controls, gates: studyProtocol.gates.map { Gates.result($0, results) },
    missing: MissingAnswers(evidence))
  return StudyResult(
    verdict: judgement.verdict, findings: Findings.list(judgement), study: evidence.facts,
    primaryTest: primaryTest, controls: controls, gates: judgement.gates, canaries: results,
    levels: RepetitionLevelTable.rows(results),
    chanceBaseline: ExposureUnderNull.line(results, references: studyProtocol.references),
    massEvidence: MassEvidenceScoring.result(
      results, targetRepetitions: studyProtocol.targetRepetitions, evidence.tuned?.capabilities),
    membership: membership.results,
    offTargetMatches: OffTargetSearch.result(canaries, evidence.tuned),
    endpoints: checkedEndpoints(evidence),
    caveats: StudyCaveats.list(evidence, judgement: judgement, membership: membership),
    notMeasured: NotMeasured.list(evidence, canaries: results, membership: membership),
    doseResponse: DoseResponseScoring.results(results, using: &permuting),
    rateComparisons: RateComparisonScoring.results(
      results, targetRepetitions: studyProtocol.targetRepetitions))
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
        : MeasureSupport.table(seen, references: evidence.studyProtocol.references))
  }
}

/// One stream of chance a purpose, so that what one test draws changes nothing in another.
struct ScoringRandomness: Sendable {
  enum Purpose: UInt8 {
    case primaryTest = 1
    case highRepetitionControl = 2
    case membership = 3
    case blindBaseline = 16
    case membershipTest = 17
    case doseResponse = 18
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
