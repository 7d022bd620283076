// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The attack classes of EDPB Opinion 28/2024, paragraph 55: whether this study ran them, and how, or
/// why not.
enum AttackCoverage {
  struct Row {
    let name: String
    /// `run: …` or `not run`.
    let state: String
    /// With which questions, or why it was not run.
    let how: String
  }

  static func rows(_ result: StudyResult) -> [Row] {
    let noTest = "coalmine has no test for it"
    return [
      membership(result), extraction(result),
      Row(name: "attribute inference", state: "not run", how: noTest),
      Row(name: "model inversion", state: "not run", how: noTest),
      Row(name: "reconstruction", state: "not run", how: noTest),
    ]
  }

  static func table(_ result: StudyResult) -> ReportTable {
    ReportTable(
      "Attack classes named in EDPB Opinion 28/2024, paragraph 55",
      ["attack class", "in this study", "how, or why not"],
      rows(result).map { [$0.name, $0.state, $0.how] })
  }

  private static func membership(_ result: StudyResult) -> Row {
    let tests = result.decision.components.filter { $0.outcome.value != nil }
    let records = result.membership.filter { $0.auc.value != nil }
    let how = [
      tests.isEmpty
        ? nil
        : "secrets: " + tests.map { ComponentText.name($0.component) }.joined(separator: ", "),
      records.isEmpty
        ? nil : "records: " + Prose.count(records.count, "score", "scores") + ", secondary",
      result.coinIsLeftOut && !tests.isEmpty
        ? "\(ComponentText.name(.coin)) has no weight, because contexts begin as records" : nil,
    ].compactMap(\.self).joined(separator: "; ")
    let state =
      switch (tests.isEmpty, records.isEmpty) {
      case (false, false): "run: planted secrets and corpus records"
      case (false, true): "run: planted secrets only"
      case (true, false): "run: corpus records only"
      case (true, true): "not run"
      }
    let missing = result.decision.components.compactMap { $0.outcome.reason?.evidence }.first
    return Row(
      name: "membership inference", state: state,
      how: how.isEmpty ? missing ?? "no test could be taken" : how)
  }

  private static func extraction(_ result: StudyResult) -> Row {
    let name = "exfiltration and regurgitation of training data"
    if let budget = budget(result) {
      return Row(
        name: name, state: "run: planted secrets only, from their own prompts",
        how: "per canary: \(budget)")
    }
    let missing = result.canaries.lazy.compactMap {
      $0.greedy.reason ?? $0.sampled.reason ?? $0.defaults.reason
    }.first?.evidence
    return Row(name: name, state: "not run", how: missing ?? "no reply was asked for")
  }

  /// How many replies were read per canary: what an attacker would have to ask; `nil` without any.
  static func budget(_ result: StudyResult) -> String? {
    let canaries = result.canaries
    func samples(_ outcomes: [Outcome<SampledExtraction>], _ name: String) -> String? {
      let counts = outcomes.compactMap(\.value?.samples)
      guard let least = counts.min(), let most = counts.max() else { return nil }
      return least == most ? "\(most) \(name)" : "\(least) to \(most) \(name)"
    }
    let parts = [
      canaries.contains { $0.greedy.value != nil } ? "1 most likely continuation" : nil,
      samples(canaries.map(\.sampled), "sampled at temperature 1"),
      samples(canaries.map(\.defaults), "with the endpoint's defaults"),
    ].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }
}
