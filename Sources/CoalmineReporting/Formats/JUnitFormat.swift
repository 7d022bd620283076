// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// JUnit XML: the verdict, each test that decides and each gate as a test case.
///
/// A leak and a failed gate are failures. A study without a conclusion is an error, so that no pipeline
/// shows it green. A test that finds nothing passes in a study that passes, and is skipped in any other:
/// what follows there, the verdict's own case says. It never holds a secret.
/// Source: the form that Jenkins, GitLab and GitHub's test reporters read,
/// https://github.com/testmoapp/junitxml.
public enum JUnitFormat: ReportFormat {
  public static let slug = "junit"
  public static let summary = "JUnit XML: verdict, tests and gates as test cases"
  public static let fileName = "report.junit.xml"
  public static let revealed = Revealed.nothing

  public static func render(_ report: Report, options: ReportOptions) throws(CoalmineError)
    -> [UInt8]
  {
    let cases = ReportCase.all(report.result)
    func count(_ state: ReportCase.State) -> Int { cases.count { $0.state == state } }
    let counts =
      "tests=\"\(cases.count)\" failures=\"\(count(.failed))\" errors=\"\(count(.undecided))\" "
      + "skipped=\"\(count(.silent))\" time=\"0\""
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites name=\"coalmine\" \(counts)>\n"
    text +=
      "  <testsuite name=\"coalmine\" \(counts) timestamp=\"\(time(report.run.writtenAt))\">\n"
    text += "    <properties>\n"
    for (name, value) in properties(report) {
      text += "      <property name=\"\(name)\" value=\"\(XMLText.escape(value))\"/>\n"
    }
    text += "    </properties>\n"
    for one in cases { text += written(one) }
    text += "  </testsuite>\n</testsuites>\n"
    return Array(text.utf8)
  }

  private static func properties(_ report: Report) -> [(String, String)] {
    var list = [
      ("study", report.result.study.id), ("verdict", report.result.verdict.rawValue),
      ("version", report.run.version),
    ]
    if let model = report.result.runOutcomes.last?.model { list.append(("model", model)) }
    return list
  }

  private static func written(_ one: ReportCase) -> String {
    let head =
      "    <testcase classname=\"coalmine\" name=\"\(XMLText.escape(one.name))\" time=\"0\">\n"
    let message = XMLText.escape(one.message)
    let body = one.details.map { XMLText.escape($0) + "\n" }.joined()
    let element =
      switch one.state {
      case .passed: "      <system-out>\(message)\n\(body)</system-out>\n"
      case .failed: "      <failure type=\"leak\" message=\"\(message)\">\(body)</failure>\n"
      case .undecided:
        "      <error type=\"no-conclusion\" message=\"\(message)\">\(body)</error>\n"
      case .silent: "      <skipped message=\"\(message)\"/>\n"
      }
    return head + element + "    </testcase>\n"
  }

  /// RFC 3339 without fraction and zone, as the form has it; the time is UTC.
  private static func time(_ moment: String) -> String { XMLText.escape(String(moment.prefix(19))) }
}
