// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineReporting
import CoalmineScoring

/// A comparison as a document.
package enum ComparisonFormats {
  /// Markdown: verdict, sides, findings and the table.
  package static func markdown(_ compared: ComparedModels) -> [UInt8] {
    let comparison = compared.comparison
    var lines = ["# Comparison: \(ComparisonText.verdict(comparison))", ""]
    for (letter, side) in [("A", compared.first), ("B", compared.second)] {
      lines.append(
        "- \(letter): run \(side.run.number) of \(MarkdownCode.span(side.study)), model "
          + "\(MarkdownCode.span(side.run.model)), \(side.run.openedAt)")
    }
    lines.append("")
    // A sentence can quote the name of a probe set.
    lines += (ComparisonText.findings(comparison) + ComparisonText.missing(comparison))
      .map(terminalSafe)
    lines.append("")
    for (place, row) in ComparisonText.rows(comparison).enumerated() {
      lines.append("| " + row.joined(separator: " | ") + " |")
      if place == 0 { lines.append("|" + String(repeating: "---|", count: row.count)) }
    }
    lines += [
      "",
      "Both models were asked about the same canaries, assignment digest "
        + "`\(compared.assignment)`.",
    ]
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// JSON; `null` where nothing was measured, with the reason.
  package static func json(_ compared: ComparedModels) throws -> [UInt8] {
    let comparison = compared.comparison
    var writer = JSONWriter(pretty: true)
    try writer.object { fields in
      try fields.field("verdict", comparison.verdict.rawValue)
      try fields.array("doubts") { list in
        for doubt in comparison.doubts { try list.value(doubt.rawValue) }
      }
      try fields.array("findings") { list in
        for text in ComparisonText.findings(comparison) { try list.value(text) }
      }
      try fields.field("alpha", comparison.alpha)
      try fields.field("margin_bits", comparison.margin.bits)
      try fields.field("margin_points", comparison.margin.points)
      try fields.field("inserted_canaries", comparison.inserted)
      try fields.field("assignment_digest", compared.assignment)
      try side("a", compared.first, &fields)
      try side("b", compared.second, &fields)
      try measures(comparison, &fields)
    }
    return writer.bytes
  }

  private static func side(
    _ name: String, _ side: ComparedModels.Side, _ fields: inout JSONWriter.Object
  ) throws {
    try fields.object(name) { object in
      try object.field("study", side.study)
      try object.field("run", side.run.number)
      try object.field("model", side.run.model)
      try object.field("opened_at", side.run.openedAt)
    }
  }

  private static func measures(
    _ comparison: Comparison, _ fields: inout JSONWriter.Object
  ) throws {
    func begin<Value>(
      _ measure: Comparison.Measure, _ outcome: Outcome<Value>,
      _ values: (Value, inout JSONWriter.Object) throws -> Void
    ) throws {
      try fields.object(measure.rawValue) { object in
        try object.field("status", outcome.status)
        if let value = outcome.value {
          try values(value, &object)
          try object.field("p_value", comparison.pValue(measure))
          try object.field("adjusted_p_value", comparison.adjusted[measure])
        } else if let reason = outcome.reason {
          try object.field("reason", reason.slug)
          try object.field("evidence", reason.evidence)
        }
      }
    }
    try begin(.exposure, comparison.exposure) { value, object in
      try object.field("a_mean_bits", value.firstMean)
      try object.field("b_mean_bits", value.secondMean)
      try object.field("upper_bound_bits", value.upperBits)
      try object.field("higher", value.higher)
      try object.field("lower", value.lower)
      try object.field("equal", value.equal)
      try object.field("at_ceiling", value.atCeiling)
      try object.field("missing", value.missing)
    }
    try begin(.extraction, comparison.extraction) { value, object in
      try object.field("a_secrets", value.first)
      try object.field("b_secrets", value.second)
      try object.field("only_a", value.onlyFirst)
      try object.field("only_b", value.onlySecond)
      try object.field("canaries", value.canaries)
      try object.field("upper_bound_share", value.upperShare)
      try object.field("missing", value.missing)
    }
    try begin(.membership, comparison.membership) { value, object in
      try object.field("score", value.score)
      try object.field("a_auc", value.firstAUC)
      try object.field("b_auc", value.secondAUC)
      try object.field("members", value.members)
      try object.field("nonmembers", value.nonmembers)
    }
  }
}
