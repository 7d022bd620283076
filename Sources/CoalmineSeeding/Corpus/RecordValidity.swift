// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Whether a record can be chosen, must only pass through, or stops the survey.
package enum RecordValidity: Equatable {
  /// Strict JSON, one object, valid UTF-8.
  case usable
  /// A lenient reader accepts it: a lone surrogate, `NaN` or `Infinity`.
  case irregular
  /// Not valid UTF-8.
  case invalid

  /// Judges a line of JSON Lines.
  ///
  /// - Throws: ``CoalmineError`` `bad-json-line`.
  package init(_ content: [UInt8], _ path: String, line: Int) throws(CoalmineError) {
    if let document = try? JSONDocument(parsing: content) {
      guard document.root.kind == .object else {
        throw Self.badLine("is not a JSON object", path, line)
      }
      self = .usable
      return
    }
    guard Self.isUTF8(content) else {
      self = .invalid
      return
    }
    let short = Self.withShortNumbers(content)
    guard let document = try? JSONDocument(parsing: short, repairing: true),
      document.root.kind == .object
    else { throw Self.badLine("is not valid JSON", path, line) }
    self = document.wasRepaired ? .irregular : .usable
  }

  package static func isUTF8(_ bytes: [UInt8]) -> Bool {
    (try? UTF8Span(validating: bytes.span)) != nil
  }

  /// The text with at most two digits in each run of digits outside strings.
  ///
  /// JSON sets no limit on numbers, the parser does: an identifier of 25 digits is valid. Two
  /// digits keep the grammar as it is, a wrong leading zero included.
  private static func withShortNumbers(_ content: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(content.count)
    var isInString = false
    var isEscaped = false
    var digits = 0
    for byte in content {
      digits = !isInString && (0x30...0x39).contains(byte) ? digits + 1 : 0
      if digits <= 2 { result.append(byte) }
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = isInString
      } else if byte == UInt8(ascii: "\"") {
        isInString.toggle()
      }
    }
    return result
  }

  private static func badLine(_ what: String, _ path: String, _ line: Int) -> CoalmineError {
    CoalmineError(
      code: "bad-json-line", "\(terminalSafe(path)):\(line): the line \(what)",
      help: "correct the line, or say '--format text' if the corpus is plain text",
      exit: .badData)
  }
}
