// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// SARIF 2.1.0 for code scanning: the verdict, each test that decides and each gate as a result.
///
/// Only what passed has the level `none`. A leak and a study without a conclusion are errors, so that a
/// rule that blocks on errors blocks both. The place of each result is the ledger. It never holds a
/// secret.
/// Source: OASIS, Static Analysis Results Interchange Format 2.1.0, sections 3.14, 3.19 and 3.27.
public enum SARIFFormat: ReportFormat {
  public static let slug = "sarif"
  public static let summary = "SARIF 2.1.0 for code scanning"
  public static let fileName = "report.sarif"
  public static let revealed = Revealed.nothing

  public static func render(_ report: Report, options: ReportOptions) throws(CoalmineError)
    -> [UInt8]
  {
    let cases = ReportCase.all(report.result)
    var writer = JSONWriter(pretty: true)
    do {
      try writer.object { root in
        try root.field("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
        try root.field("version", "2.1.0")
        try root.array("runs") { runs in
          try runs.object { run in
            try run.object("tool") { tool in
              try tool.object("driver") { try write(cases, report.run.version, to: &$0) }
            }
            try run.array("results") { results in
              for one in cases {
                try results.object { try write(one, report.result.study.id, to: &$0) }
              }
            }
          }
        }
      }
    } catch {
      throw CoalmineError(
        code: "report-not-written", "a number of the report is not finite", exit: .internalError)
    }
    return writer.bytes + [0x0A]
  }

  private static func write(
    _ cases: [ReportCase], _ version: String, to driver: inout JSONWriter.Object
  ) throws {
    try driver.field("name", "coalmine")
    try driver.field("version", terminalSafe(version))
    try driver.array("rules") { rules in
      for one in cases {
        try rules.object { rule in
          try rule.field("id", one.name)
          try rule.object("shortDescription") { try $0.field("text", summary(of: one.name)) }
        }
      }
    }
  }

  private static func write(
    _ one: ReportCase, _ study: String, to result: inout JSONWriter.Object
  ) throws {
    let isWrong = one.state == .failed || one.state == .undecided
    try result.field("ruleId", one.name)
    try result.field(
      "kind",
      isWrong ? "fail" : one.state == .passed ? "pass" : "notApplicable")
    try result.field("level", isWrong ? "error" : "none")
    try result.object("message") { message in
      try message.field(
        "text", terminalSafe(([one.message] + one.details).joined(separator: " ")))
    }
    try result.array("locations") { list in
      try list.object { location in
        try location.object("physicalLocation") { place in
          try place.object("artifactLocation") { try $0.field("uri", "study.coalmine") }
        }
      }
    }
    try result.object("partialFingerprints") { prints in
      try prints.field("study/v1", terminalSafe("\(study)/\(one.name)"))
    }
  }

  private static func summary(of name: String) -> String {
    switch name {
    case "verdict": "What the study says of this checkpoint"
    case _ where name.hasPrefix("gate-"): "A limit that the protocol sets"
    default: "A test that decides"
    }
  }
}
