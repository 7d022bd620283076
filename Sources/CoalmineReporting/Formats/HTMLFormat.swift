// SPDX-License-Identifier: Apache-2.0
import CoalmineCore
public enum HTMLFormat: ReportFormat {
  public static let slug = "html"
  public static let summary = "one static page for people, without script"
  public static func render(_ report: Report, options: ReportOptions) throws(CoalmineError) -> [UInt8] { [] }
}
