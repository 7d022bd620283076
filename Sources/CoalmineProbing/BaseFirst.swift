// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

extension ProbeVerb {
  /// What is compared is settled when the first tuned request is sent: a protocol that names
  /// differences needs a complete base run by then.
  func expectBase(
    _ ledger: Ledger, _ plan: StudyProtocol, _ dialect: any Dialect, _ asked: ProbeSet
  ) throws {
    guard role == .tuned, plan.edition == .second, plan.decision.score == .tunedMinusBase,
      asked.probes.contains(.sequenceLikelihood)
    else { return }
    // A run that was only checked has asked nothing of the study.
    if let begun = try begun(ledger, dialect, asked),
      try ledger.askedRuns().asked.contains(begun.number)
    {
      return
    }
    let bases = try ledger.runs().filter { $0.role == .base }
    if bases.contains(where: \.isComplete) {
      guard decidesByPlainScore else { return }
      throw CoalmineError(
        code: "base-is-there",
        "'--score plain' is for a study without a complete base run, and this one has one",
        help: "leave '--score' out: differences to the base model decide, as the protocol names",
        exit: .usage)
    }
    guard !decidesByPlainScore else { return }
    throw CoalmineError(
      code: "base-first",
      "the protocol compares with the base model, and "
        + (bases.isEmpty ? "no base run was made" : "the base run is not complete"),
      details: ["what is compared is settled before the tuned model is asked"],
      help: "ask the base model first, with '--as base'; or add '--score plain' to decide by the "
        + "tuned model's own log-probabilities",
      exit: .badConfiguration)
  }
}
