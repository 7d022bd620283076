// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// What an endpoint does not take, found out by the first questions of a run, which are public texts: the run
/// stays as it is, another one asks without it, and the study remembers that.
///
/// ```
/// run 1  openai-chat                                                     'max_tokens' is refused
/// run 2  openai-chat,limit=max_completion_tokens                         'temperature' is refused
/// run 3  openai-chat,limit=max_completion_tokens,samplers=own            asks the study
/// ```
///
/// The next call with `openai-chat` goes on with run 3 and asks nothing of the first two again.
extension ProbeVerb {
  /// What is asked in place of what the endpoint did not take.
  struct Replacement: Error {
    var dialect: String
    var probeSet: String
    /// What a person should know of it.
    let note: String
  }

  /// The probe set where scores were to be tried and do not come.
  static let withoutScores = "text-only"

  /// The verb with the dialect and the probe set that the study remembers for it.
  func remembering(_ ledger: Ledger) throws -> ProbeVerb {
    var verb = self
    let runs = try ledger.runs().filter {
      $0.role == role && $0.model == endpoint.model && $0.endpoint == endpoint.url
    }
    var seen: Set<String> = []
    // A run that asked something of the study is no longer replaced.
    let asked = try runs.isEmpty ? [] : ledger.askedRuns().asked
    while seen.insert(verb.dialect + " " + verb.probeSet).inserted {
      let same = runs.filter {
        $0.dialect == verb.dialect && $0.probeSet.name == verb.probeSet
          && !asked.contains($0.number)
      }
      for run in same.reversed() {
        if let dialect = try ledger.dialect(inPlaceOf: run.number), mayUse(dialect) {
          verb.dialect = dialect
          break
        }
        if fallsBack, let set = try ledger.probeSet(inPlaceOf: run.number) {
          verb.probeSet = set
          break
        }
      }
    }
    return verb
  }

  /// What takes the place of a run that ended with an error before it asked anything of the study; `nil`
  /// where nothing does. It is noted in the ledger.
  func replacement(for run: RunRecord, after error: CoalmineError, in ledger: Ledger) throws
    -> Replacement?
  {
    guard run.closedAt == nil, try !ledger.askedRuns().asked.contains(run.number) else {
      return nil
    }
    if error.code == "field-refused" {
      guard let other = error.otherDialect, mayUse(other) else { return nil }
      try ledger.note(dialect: other, inPlaceOf: run.number)
      return Replacement(
        dialect: other, probeSet: probeSet,
        note: "\(error.message): from now on this study is asked with '--dialect \(other)'")
    }
    guard fallsBack, role == .tuned, probeSet != Self.withoutScores,
      ["unexpected-reply", "endpoint-cannot", "request-refused"].contains(error.code),
      try DialectRegistry.dialect(dialect).scoresOnTrial,
      try ledger.capabilities(run: run.number).map({ !$0.verified.meets(.scores) }) ?? true
    else { return nil }
    try ledger.note(probeSet: Self.withoutScores, inPlaceOf: run.number)
    return Replacement(
      dialect: dialect, probeSet: Self.withoutScores,
      note: "\(error.message): this study goes on with '--probe-set \(Self.withoutScores)', which "
        + "needs no log-probabilities of given texts")
  }

  /// Whether a dialect leaves every option alone that was stated; a mere check may change all.
  private func mayUse(_ other: String) -> Bool {
    checkOnly || Self.options(stated).allSatisfy { Self.options(other).contains($0) }
  }

  private static func options(_ dialect: String) -> [Substring] {
    Array(dialect.split(separator: ",").dropFirst())
  }
}
