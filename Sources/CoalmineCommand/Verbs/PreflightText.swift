// SPDX-License-Identifier: Apache-2.0

import Coalmine
import CoalmineCore

/// What `preflight` prints, and the few lines of it that `seed` prints.
enum PreflightText {
  static func lines(_ preflight: Preflight) -> [String] {
    let likely = preflight.likely
    let others = preflight.findings.filter { finding in
      !likely.contains { $0.rule == finding.rule }
    }
    return [subject(preflight)] + table(likely, preflight) + repetitions(preflight)
      + whatToDo(likely)
      + lessLikely(others, preflight) + [notComputed] + likeness(preflight)
  }

  /// The lines of `seed`: the number of rules, and the worst ones.
  static func summary(_ preflight: Preflight, study: String) -> [String] {
    let likely = preflight.likely
    guard let worst = likely.first else {
      return ["preflight: no usual pipeline step that is looked at would change a planted copy"]
    }
    let shown = ShellWord.path(study) ?? "STUDY"
    return [
      "preflight: \(Prose.count(likely.count, "usual pipeline step", "usual pipeline steps")) would "
        + "drop or change planted copies, first \(worst.rule): \(lost(worst, preflight)); all of them: "
        + "coalmine preflight --study \(shown)"
    ]
  }

  /// In which language the canaries are; `nil` where that is the usual one.
  static func language(_ languages: TemplateLanguages) -> String? {
    guard let language = languages.language, language != TemplateLanguages.usual else { return nil }
    let name = LanguageNames.name(language)
    let why = languages.isDetected ? "the language of the corpus" : "as asked for"
    guard !languages.without.isEmpty else {
      return "language of the template texts: \(name), \(why)"
    }
    return
      "note: no template texts in \(name), \(why): \(languages.without.joined(separator: ", ")); "
      + "their usual ones are planted"
  }

  private static func subject(_ preflight: Preflight) -> String {
    let language = preflight.language.map(LanguageNames.name) ?? "not told by script and stop words"
    return
      "\(Prose.count(preflight.copies, "planted copy", "planted copies")) of "
      + "\(Prose.count(preflight.canaries, "canary", "canaries")), compared with "
      + "\(preflight.sampledRecords) of \(Prose.count(preflight.records, "record", "records")); "
      + "language of the records: \(language)"
  }

  private static func lost(_ finding: Preflight.Finding, _ preflight: Preflight) -> String {
    let lost =
      finding.isExpectation
      ? "about " + Prose.decimal(finding.lost, 1) : Prose.decimal(finding.lost, 0)
    return "\(lost) of \(Prose.count(preflight.copies, "copy", "copies"))"
  }

  private static func records(_ finding: Preflight.Finding, _ preflight: Preflight) -> String {
    guard let hit = finding.recordsHit else { return "not computed" }
    return "\(hit) of \(preflight.sampledRecords)"
  }

  private static func table(_ findings: [Preflight.Finding], _ preflight: Preflight) -> [String] {
    guard !findings.isEmpty else {
      return ["no usual pipeline step that is looked at would change a planted copy"]
    }
    let head = ["  rule", "lost or changed", "canaries lost", "own records hit", "kinds"]
    let rows = findings.map { finding in
      [
        "  " + finding.rule, lost(finding, preflight),
        "\(finding.canariesLost) of \(preflight.canaries)", records(finding, preflight),
        kinds(finding),
      ]
    }
    return ["usual pipeline steps that would drop or change planted copies:"]
      + TextTable.lines([head] + rows)
  }

  /// How many copies deduplication leaves.
  private static func repetitions(_ preflight: Preflight) -> [String] {
    guard let rules = preflight.repetitions.first?.left.map(\.rule) else { return [] }
    let rows = preflight.repetitions.map { level in
      ["  \(level.copies)x", String(level.canaries)]
        + level.left.map { Prose.decimal($0.mean, $0.mean == $0.mean.rounded() ? 0 : 2) }
    }
    return ["copies per canary that deduplication leaves:"]
      + TextTable.lines([["  planned", "canaries"] + rules] + rows)
  }

  private static func kinds(_ finding: Preflight.Finding) -> String {
    let hit = finding.kinds.filter { $0.lost > 0 }
    let isEven = hit.allSatisfy { $0.lost == Double($0.copies) } || finding.isExpectation
    if hit.count == finding.kinds.count, isEven || finding.family == .deduplication { return "all" }
    return hit.map { kind in
      kind.lost == Double(kind.copies)
        ? kind.kind : "\(kind.kind) (\(Prose.decimal(kind.lost, 0)) of \(kind.copies))"
    }.joined(separator: ", ")
  }

  /// Each advice once, with the rules that it is for.
  private static func whatToDo(_ findings: [Preflight.Finding]) -> [String] {
    var order: [String] = []
    var rules: [String: [String]] = [:]
    for finding in findings {
      if rules[finding.advice] == nil { order.append(finding.advice) }
      rules[finding.advice, default: []].append("\(finding.rule) \(finding.effect)")
    }
    return order.flatMap { advice in
      (rules[advice] ?? []).map { "  \($0)" } + ["  -> \(advice)"]
    }
  }

  private static func lessLikely(
    _ findings: [Preflight.Finding], _ preflight: Preflight
  ) -> [String] {
    guard !findings.isEmpty else { return [] }
    return [
      "less likely, because they would hit half or more of the corpus's own records too: "
        + findings.map { "\($0.rule) (\(lost($0, preflight)))" }.joined(separator: ", ")
    ]
  }

  private static let notComputed =
    "not computed: scrubbers that find names or places by a language model, and plans of telephone "
    + "numbers; shipped kinds name an invented person, whom a scrubber of names would mask"

  private static func likeness(_ preflight: Preflight) -> [String] {
    guard !preflight.likeness.isEmpty else { return [] }
    let head = [
      "  measure", "median canary", "median record", "records as unusual",
      "distance of distributions",
    ]
    let rows = preflight.likeness.map { likeness in
      [
        "  " + likeness.measure.rawValue, value(likeness.canaryMedian, likeness.measure),
        value(likeness.recordMedian, likeness.measure), Prose.percent(likeness.asUnusual),
        Prose.decimal(likeness.distance, 2),
      ]
    }
    let worst = preflight.likeness.min { $0.asUnusual < $1.asUnusual }
    return ["how far the canaries stand out from the sampled records:"]
      + TextTable.lines([head] + rows)
      + (worst.map { worst in
        [
          "  quality of the seeding: \(Prose.percent(worst.asUnusual)) of the records are at least as "
            + "unusual as the median canary on the worst measure, \(worst.measure.rawValue); 100% is best"
        ]
      } ?? [])
  }

  private static func value(_ value: Double, _ measure: Likeness.Measure) -> String {
    measure == .length ? Prose.decimal(value, 0) + " characters" : Prose.percent(value)
  }
}
