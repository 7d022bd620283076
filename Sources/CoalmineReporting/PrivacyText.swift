// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Lower bounds of ε and secrets that stand out, in words.
enum PrivacyText {
  static func sentence(_ result: StudyResult) -> String {
    guard let privacy = result.privacy.value else {
      return "Not measured: \(result.privacy.reason?.evidence ?? result.privacy.status)."
    }
    let copies = result.canaries.first { $0.role == .inserted }.map(\.repetitions) ?? 1
    let change =
      switch privacy.change {
      case .addOrRemove, nil: "add or remove"
      case .exchange: "exchange of secret and placeholder"
      }
    let unit =
      "canary-level, \(change), \(Prose.count(copies, "copy", "copies")), all epochs, this run"
    let guesses =
      "\(privacy.correct) of \(privacy.guesses) guesses right over \(privacy.canaries) canaries"
    let seen =
      privacy.detectableEpsilon.map {
        "an epsilon of \(Prose.decimal($0, 2, .up)) is bounded above 0 with power 80% by so many guesses"
      } ?? "so few guesses bound no epsilon above 0"
    guard privacy.epsilon > 0 else {
      // The tests that decide see more than these guesses do: a report must not say both.
      guard !result.decision.components.contains(where: \.findsLeak) else {
        return
          "In this checkpoint the guesses of this method alone give no epsilon above 0 (\(unit); "
          + "\(guesses)). The tests that decide use more than these guesses, and they find a "
          + "difference; \(seen)."
      }
      return
        "In this checkpoint, not distinguishable from a training without a leak at this power (\(unit); "
        + "\(guesses)); \(seen)."
    }
    return
      "In this checkpoint epsilon is at least \(Prose.decimal(privacy.epsilon, 2, .down)) with 95% "
      + "confidence (\(unit); delta \(privacy.delta); \(guesses)); GDP assumed, at least "
      + "\(Prose.decimal(privacy.gaussianEpsilon, 2, .down)); \(seen)."
  }

  /// The secrets of the tests, those that stand out first.
  static func table(_ secrets: [NamedSecret]) -> ReportTable? {
    guard !secrets.isEmpty else { return nil }
    let most = ReportTables.mostListed
    func p(_ value: Double?) -> String { value.map(Prose.pValue) ?? "not measured" }
    return ReportTable(
      "Inserted secrets one by one: p of the rank, of the probability and of being written out, the "
        + "smallest times their number, and Holm's correction over \(secrets.count > most ? "all" : "this list"); "
        + "nothing of it decides"
        + (secrets.count > most
          ? "; the first \(most) of \(secrets.count), and the format json lists all" : ""),
      ["canary", "by rank", "by mass", "verbatim", "together", "corrected"],
      secrets.sorted { ($0.adjustedP, $0.pValue, $0.canary) < ($1.adjustedP, $1.pValue, $1.canary) }
        .prefix(most).map { secret in
          [
            secret.canary, p(secret.rankP), p(secret.massP), p(secret.verbatimP), p(secret.pValue),
            p(secret.adjustedP),
          ]
        }, style: .dense)
  }

  /// How many stand out, in a sentence.
  static func named(_ secrets: [NamedSecret]) -> String {
    let found = secrets.count { $0.adjustedP <= 0.05 }
    guard !secrets.isEmpty else { return "No inserted secret was looked at by itself." }
    return found == 0
      ? "None of \(Prose.count(secrets.count, "inserted secret", "inserted secrets")) stands out by itself "
        + "at a corrected p of 0.05."
      : "\(Prose.count(found, "inserted secret stands", "inserted secrets stand")) out by "
        + "\(found == 1 ? "itself" : "themselves"), among \(secrets.count), at a corrected p of 0.05."
  }
}
