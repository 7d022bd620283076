// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineScoring

extension RetireVerb {
  /// Computes again what rests on kept numbers alone, and compares it with the kept results: the
  /// log-probability of every secret, its difference to the base model, its exposure among references,
  /// and the log-probability of every record.
  ///
  /// - Returns: how many values were compared, and where they differ.
  /// - Throws: ``CoalmineError`` where the ledger cannot be read.
  public static func recompute(_ study: String) throws -> (values: Int, problems: [LedgerProblem]) {
    let ledger = try Ledger.open(at: study)
    defer { try? ledger.close() }
    let reader = try EvidenceReader(ledger, kept: true)
    let scores = try StudyScores(ledger)
    var comparison = RetiredValues()
    for number in reader.tunedRuns {
      let kept = try scores.result(run: number)
      let again = score(try reader.evidence(run: number), simulatesPower: false)
      comparison.compare(kept, with: again, run: number)
    }
    return (comparison.values, comparison.problems)
  }
}

/// Kept results beside those that the kept numbers give.
private struct RetiredValues {
  var values = 0
  var problems: [LedgerProblem] = []

  mutating func compare(_ kept: StudyResult, with again: StudyResult, run: Int) {
    let canaries = Dictionary(
      again.canaries.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for canary in kept.canaries {
      let other = canaries[canary.id]
      let object = "of canary '\(canary.id)' in run \(run)"
      look(
        "the log-probability \(object)", canary.secretLogProbability.value,
        other?.secretLogProbability.value)
      look(
        "the difference to the base model \(object)", canary.tunedMinusBase.value,
        other?.tunedMinusBase.value)
      // A search that found the rank went through candidates, which are secrets.
      guard let exposure = canary.exposure.value, exposure.method == .sampledReferences else {
        continue
      }
      look("the exposure \(object)", exposure.bits, other?.exposure.value?.bits)
    }
    let records = Dictionary(
      again.records.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for record in kept.records {
      look(
        "the log-probability of record '\(record.id)' in run \(run)", record.tokens.value?.nats,
        records[record.id]?.tokens.value?.nats)
    }
  }

  private mutating func look(_ object: String, _ kept: Double?, _ again: Double?) {
    guard kept != nil || again != nil else { return }
    values += 1
    if kept != again {
      problems.append(LedgerProblem(object, "is not what the kept log-probabilities come to"))
    }
  }
}
