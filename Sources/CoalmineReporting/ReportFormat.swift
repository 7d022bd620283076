// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// How a report is written. One file a format in `Formats`, and a line in ``ReportFormats``.
public protocol ReportFormat: Sendable {
  /// The name on the command line, `html`.
  static var slug: String { get }
  /// The name of the file in a folder of reports, `report.html`.
  static var fileName: String { get }
  /// What ``ReportOptions/reveal`` shows; nothing else of it is ever in the file.
  static var revealed: Revealed { get }
  /// Whether it shows ``Report/transcripts``, for which stored replies are read again.
  static var showsReplies: Bool { get }
  /// One line for people.
  static var summary: String { get }

  /// The whole file. Pure: the same report gives the same bytes.
  ///
  /// - Throws: ``CoalmineError`` where a number cannot be written, which would be a defect.
  static func render(_ report: Report, options: ReportOptions) throws(CoalmineError) -> [UInt8]

  /// The same file piece by piece, for formats that hold every canary; others give it at once.
  ///
  /// - Parameter output: takes the pieces in their order.
  /// - Throws: what ``render(_:options:)`` and `output` throw.
  static func write(
    _ report: Report, options: ReportOptions,
    to output: @escaping ([UInt8]) throws(CoalmineError) -> Void
  ) throws(CoalmineError)
}

extension ReportFormat {
  public static var fileName: String { "report.\(slug)" }
  public static var revealed: Revealed { .secrets }
  public static var showsReplies: Bool { false }

  public static func write(
    _ report: Report, options: ReportOptions,
    to output: @escaping ([UInt8]) throws(CoalmineError) -> Void
  ) throws(CoalmineError) {
    try output(render(report, options: options))
  }

  /// What ``write(_:options:to:)`` gives, as a whole.
  static func joined(_ report: Report, _ options: ReportOptions) throws(CoalmineError) -> [UInt8] {
    let whole = Pieces()
    try write(report, options: options) { (piece: [UInt8]) throws(CoalmineError) in
      whole.bytes += piece
    }
    return whole.bytes
  }
}

private final class Pieces {
  var bytes: [UInt8] = []
}

/// What a format shows when it is asked to.
public enum Revealed: Sendable {
  /// The planted secrets.
  case secrets
  /// The texts of the marked records and the names of their groups.
  case recordTexts
  /// The format never holds any of them.
  case nothing
}

/// What a reader asked for.
public struct ReportOptions: Sendable {
  /// Whether the planted secrets are printed, or the texts of records: see ``Revealed``.
  public let reveal: Bool

  public init(reveal: Bool = false) { self.reveal = reveal }
}

/// Every format by name.
public enum ReportFormats {
  /// In the order of `list`.
  public static let all: [any ReportFormat.Type] = [
    JSONFormat.self, MarkdownFormat.self, HTMLFormat.self, CSVFormat.self,
    RecordsCSVFormat.self, JUnitFormat.self, SARIFFormat.self, OpenMetricsFormat.self,
    AnnotationsFormat.self,
  ]

  /// The format of that name.
  ///
  /// - Throws: ``CoalmineError`` with code `unknown-format`.
  public static func format(_ slug: String) throws(CoalmineError) -> any ReportFormat.Type {
    guard let found = all.first(where: { $0.slug == slug }) else {
      throw CoalmineError(
        code: "unknown-format", "there is no report format '\(terminalSafe(slug))'",
        help: "one of: \(all.map { $0.slug }.joined(separator: ", "))", exit: .usage)
    }
    return found
  }
}
