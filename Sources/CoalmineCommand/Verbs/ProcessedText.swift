// SPDX-License-Identifier: Apache-2.0

import Coalmine
import CoalmineCore

/// What `verify --processed` prints.
enum ProcessedText {
  private static let shown = 8

  static func lines(_ findings: ProcessedFindings) -> [String] {
    [
      conclusion(findings),
      "copies: \(findings.intact) intact of \(findings.planned) planted, in "
        + Prose.count(findings.records, "record", "records"),
    ] + table(findings) + differing(findings) + controls(findings)
  }

  private static func conclusion(_ findings: ProcessedFindings) -> String {
    switch findings.conclusion {
    case .complete:
      "complete: every copy is there and intact, and nothing is there that was held out"
    case .repetitionsChanged:
      "repetitions changed: the study can be scored, every canary in the group that it was drawn for; "
        + "canaries that are not there make its power smaller"
    case .controlsLost:
      "controls lost: what was held out is in the file, so nothing is left to compare with"
    case .notThisCorpus:
      "not this corpus: no planted canary is in it"
    }
  }

  private static func table(_ findings: ProcessedFindings) -> [String] {
    findings.levels.map { Self.line($0, "planned \($0.planned) each") }
      + findings.placeholderLevels.map {
        Self.line($0, "placeholders for held-out secrets, planned \($0.planned) each")
      }
  }

  private static func line(_ level: ProcessedFindings.Level, _ name: String) -> String {
    "  \(name): \(Prose.count(level.canaries, "canary", "canaries")), "
      + "\(level.found) of \(level.planned * level.canaries) copies found, "
      + "\(level.fewest) to \(level.most) each"
      + (level.absent > 0 ? ", \(level.absent) without any" : "")
  }

  private static func differing(_ findings: ProcessedFindings) -> [String] {
    guard findings.conclusion != .notThisCorpus else { return [] }
    let differing = findings.canaries.filter {
      $0.planned > 0 && ($0.intact != $0.planned || $0.changed > 0)
    }
    return differing.prefix(shown).map { canary in
      "  \(canary.canary): \(canary.planned) planned, \(canary.intact) intact, "
        + "\(canary.changed) changed, \(canary.missing) missing"
    } + (differing.count > shown ? ["  and \(differing.count - shown) more"] : [])
  }

  private static func controls(_ findings: ProcessedFindings) -> [String] {
    var lines: [String] = []
    let heldOut = findings.foundHeldOut
    if !heldOut.isEmpty {
      lines.append(
        "held-out canaries in the file: \(heldOut.prefix(shown).joined(separator: ", "))"
          + (heldOut.count > shown ? " and \(heldOut.count - shown) more" : ""))
    }
    let indexed = findings.foundIndexOnly
    if !indexed.isEmpty {
      lines.append(
        "canaries of the index alone in the file: \(indexed.prefix(shown).joined(separator: ", "))"
          + (indexed.count > shown ? " and \(indexed.count - shown) more" : ""))
    }
    if findings.nonmembers > 0 {
      lines.append(
        "non-members in the file: \(findings.foundNonmembers) of \(findings.nonmembers); members: "
          + "\(findings.foundMembers) of \(findings.members)")
    }
    return lines
  }

  static func fields(
    _ findings: ProcessedFindings, _ root: inout JSONWriter.Object
  ) throws {
    try findings.write(to: &root)
    try root.array("held_out_found") { list in
      for canary in findings.foundHeldOut { try list.value(canary) }
    }
    try write(findings.levels, "repetitions", &root)
    try write(findings.placeholderLevels, "placeholders", &root)
  }

  private static func write(
    _ levels: [ProcessedFindings.Level], _ name: String, _ root: inout JSONWriter.Object
  ) throws {
    try root.array(name) { list in
      for level in levels {
        try list.object { object in
          try object.field("planned", level.planned)
          try object.field("canaries", level.canaries)
          try object.field("copies_found", level.found)
          try object.field("fewest", level.fewest)
          try object.field("most", level.most)
          try object.field("absent", level.absent)
        }
      }
    }
  }
}
