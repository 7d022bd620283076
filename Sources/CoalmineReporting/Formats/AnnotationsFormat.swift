// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Annotations for a GitHub Actions job: print the file to the job's standard output.
///
/// A leak, a failed gate and a study without a conclusion are errors; what passed is a notice. Each
/// annotation is one line, and nothing from outside can begin one. It never holds a secret.
/// Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
public enum AnnotationsFormat: ReportFormat {
  public static let slug = "github"
  public static let summary = "annotations for a GitHub Actions job"
  public static let fileName = "report.github.txt"
  public static let revealed = Revealed.nothing

  public static func render(_ report: Report, options: ReportOptions) throws(CoalmineError)
    -> [UInt8]
  {
    var text = ""
    for one in ReportCase.all(report.result) {
      let command =
        switch one.state {
        case .passed: "notice"
        case .failed, .undecided: "error"
        case .silent: "notice"
        }
      let words = ([one.message] + one.details).map(terminalSafe).joined(separator: "\n")
      text += "::\(command) title=coalmine \(property(one.name))::\(data(words))\n"
    }
    return Array(text.utf8)
  }

  /// `%`, carriage returns and line feeds would end or forge a command.
  private static func data(_ text: String) -> String {
    text.escaping(["%": "%25", "\r": "%0D", "\n": "%0A"])
  }

  private static func property(_ text: String) -> String {
    data(terminalSafe(text)).escaping([":": "%3A", ",": "%2C"])
  }
}
