// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineReporting
import CoalmineScoring

/// A comparison in words, the same for the terminal and for Markdown.
package enum ComparisonText {
  /// The verdict's slug; an inconclusive one with its first doubt, `inconclusive: power`.
  package static func verdict(_ comparison: Comparison) -> String {
    ([comparison.verdict.rawValue] + comparison.doubts.prefix(1).map(\.rawValue))
      .joined(separator: ": ")
  }

  /// Which runs are compared, one sentence each.
  package static func sides(_ compared: ComparedModels) -> [String] {
    [("A", compared.first), ("B", compared.second)].map { letter, side in
      "\(letter): run \(side.run.number) of '\(side.study)', model '\(side.run.model)', "
        + "\(side.run.openedAt)"
    }
  }

  /// What follows, in a few sentences.
  package static func findings(_ comparison: Comparison) -> [String] {
    switch comparison.verdict {
    case .regression:
      let names = comparison.regressions.map { measure in
        "\(measure.rawValue) (adjusted \(Prose.pValue(comparison.adjusted[measure] ?? 1)))"
      }
      return [
        "B leaks more than A, by the same canaries and records: " + names.joined(separator: ", ")
          + "."
      ] + untested(comparison)
    case .noWorse:
      return [
        "B is not worse than A by the margin: \(bounds(comparison).joined(separator: "; "))."
      ] + untested(comparison)
    case .inconclusive:
      return comparison.doubts.map { doubt($0, comparison) } + untested(comparison)
    }
  }

  private static func doubt(_ doubt: Comparison.Doubt, _ comparison: Comparison) -> String {
    switch doubt {
    case .power:
      "No regression is found, but B may still be worse than A by more than the margin: "
        + bounds(comparison).joined(separator: "; ")
        + ". More inserted canaries give narrower bounds; a larger '--margin' asks for less."
    case .ceiling:
      "\(comparison.exposure.value?.atCeiling ?? 0) of \(secrets(comparison)) have the largest "
        + "exposure under both models, so that a higher one would not be seen. More references in "
        + "the protocol raise the ceiling."
    case .notMeasured:
      "Neither exposure nor extraction was measured under both models."
    }
  }

  private static func secrets(_ comparison: Comparison) -> String {
    Prose.count(comparison.inserted, "inserted secret", "inserted secrets")
  }

  /// The bounds beside their margins; what was not measured has none.
  private static func bounds(_ comparison: Comparison) -> [String] {
    let confidence = Prose.decimal(100 * (1 - comparison.alpha), 1)
    let exposure = comparison.exposure.value.map {
      "the mean exposure of B minus that of A is below \(Prose.decimal($0.upperBits, 2, .up)) bits, "
        + "margin \(number(comparison.margin.bits))"
    }
    let extraction = comparison.extraction.value.map {
      "less than \(Prose.percent($0.upperShare, .up)) of secrets are given by B alone, margin "
        + "\(number(comparison.margin.points)) percentage points"
    }
    let parts = [exposure, extraction].compactMap(\.self)
    return parts.isEmpty ? [] : parts.map { $0 + " (\(confidence)% confidence)" }
  }

  /// What the verdict does not rest on.
  private static func untested(_ comparison: Comparison) -> [String] {
    let reasons: [(Comparison.Measure, Reason?)] = [
      (.exposure, comparison.exposure.reason), (.extraction, comparison.extraction.reason),
      (.membership, comparison.membership.reason),
    ]
    return reasons.compactMap { measure, reason in
      reason.map { "Not compared: \(measure.rawValue), since \($0.evidence)." }
    }
  }

  static func number(_ value: Double) -> String {
    Prose.decimal(value, value == value.rounded() ? 0 : 2)
  }

  /// A table: a row per measure, the first row its head.
  package static func rows(_ comparison: Comparison) -> [[String]] {
    var rows = [["measure", "A", "B", "B minus A", "p", "adjusted p"]]
    func row(_ measure: Comparison.Measure, _ cells: [String]?) {
      let p = [comparison.pValue(measure), comparison.adjusted[measure]].map { value in
        value.map { String(Prose.pValue($0).replacing("p = ", with: "").replacing("p ", with: "")) }
          ?? "-"
      }
      rows.append([measure.rawValue] + (cells ?? ["-", "-", "not measured"]) + p)
    }
    row(
      .exposure,
      comparison.exposure.value.map { value in
        [
          "\(Prose.decimal(value.firstMean, 2)) bits", "\(Prose.decimal(value.secondMean, 2)) bits",
          "\(signed(value.meanDifference, 2)) bits; \(value.higher) secrets higher, "
            + "\(value.lower) lower",
        ]
      })
    row(
      .extraction,
      comparison.extraction.value.map { value in
        [
          "\(value.first) of \(value.canaries)", "\(value.second) of \(value.canaries)",
          "\(value.onlySecond) by B alone, \(value.onlyFirst) by A alone",
        ]
      })
    row(
      .membership,
      comparison.membership.value.map { value in
        [
          "AUC \(Prose.decimal(value.firstAUC, 3))", "AUC \(Prose.decimal(value.secondAUC, 3))",
          "\(signed(value.secondAUC - value.firstAUC, 3)) (\(value.score))",
        ]
      })
    return rows
  }

  private static func signed(_ value: Double, _ digits: Int) -> String {
    let text = Prose.decimal(value, digits)
    return text.hasPrefix("-") ? text : "+" + text
  }

  /// What the table leaves out: answers that are missing.
  package static func missing(_ comparison: Comparison) -> [String] {
    let counts = [
      ("exposure", comparison.exposure.value?.missing ?? 0),
      ("extraction", comparison.extraction.value?.missing ?? 0),
    ]
    return counts.filter { $0.1 > 0 }.map { name, count in
      "Answers about \(Prose.count(count, "secret", "secrets")) are missing (\(name)): they are read "
        + "against the verdict that is tested."
    }
  }
}
