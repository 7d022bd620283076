// SPDX-License-Identifier: Apache-2.0
import CoalmineCore
public enum MarkdownFormat: ReportFormat {
  public static let slug = "md"
  public static let summary = "Markdown for a job summary or a pull request"
  public static func render(_ report: Report, options: ReportOptions) throws(CoalmineError) -> [UInt8] { [] }
}
