// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Whether a record can be chosen, must only pass through, or stops the survey.
package enum RecordValidity: Equatable {
  /// Strict JSON, one object, valid UTF-8.
  case usable
  /// Only a lenient reader accepts it.
  case irregular(Irregularity)
  /// Not valid UTF-8; the first byte that is not, counted from 0 in the record.
  case invalid(byte: Int)

  /// What a strict reader of JSON refuses.
  package enum Irregularity: Equatable {
    /// Half of a pair of `\u` escapes.
    case loneSurrogate
    /// `NaN`, `Infinity` or `-Infinity`.
    case notANumber
  }

  /// Judges a line of JSON Lines.
  ///
  /// - Throws: ``CoalmineError`` `bad-json-line`.
  package init(_ content: [UInt8], _ path: String, line: Int) throws(CoalmineError) {
    if let document = try? JSONDocument(parsing: content) {
      guard document.root.kind == .object else {
        throw Self.badLine("is not a JSON object", content, path, line)
      }
      self = .usable
      return
    }
    if let byte = Self.firstInvalidByte(of: content) {
      self = .invalid(byte: byte)
      return
    }
    let short = Self.withShortNumbers(content)
    guard let document = try? JSONDocument(parsing: short, repairing: true) else {
      guard JSONSpans.depth(of: content) <= JSONDocument.depthLimit else {
        throw CoalmineError(
          code: "bad-json-line",
          "\(terminalSafe(path)):\(line): the line is nested more than "
            + "\(JSONDocument.depthLimit) levels deep",
          help: "write the record with fewer levels, or leave it out of the corpus", exit: .badData)
      }
      throw Self.badLine("is not valid JSON", content, path, line)
    }
    guard document.root.kind == .object else {
      throw Self.badLine("is not a JSON object", content, path, line)
    }
    guard document.wasRepaired else {
      self = .usable
      return
    }
    self = .irregular(JSONSpans.holdsLoneSurrogate(content) ? .loneSurrogate : .notANumber)
  }

  /// Judges a line of plain text.
  package init(plainText content: [UInt8]) {
    self = Self.firstInvalidByte(of: content).map { .invalid(byte: $0) } ?? .usable
  }

  package static func isUTF8(_ bytes: [UInt8]) -> Bool { firstInvalidByte(of: bytes) == nil }

  /// Where the first sequence begins that is not UTF-8; `nil` where all of it is.
  private static func firstInvalidByte(of bytes: [UInt8]) -> Int? {
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: bytes.span)
      return nil
    } catch {
      return error.byteOffsets.lowerBound
    }
  }

  /// The text with at most two digits in each run of digits outside strings.
  ///
  /// JSON sets no limit on numbers, the parser does: an identifier of 25 digits is valid, and so is
  /// `-1e400`. Two digits keep the grammar as it is, a wrong leading zero included, and the largest
  /// number that is left, `99.99e99`, is one that the parser reads.
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

  private static func badLine(
    _ what: String, _ content: [UInt8], _ path: String, _ line: Int
  ) -> CoalmineError {
    CoalmineError(
      code: "bad-json-line", "\(terminalSafe(path)):\(line): the line \(what)",
      help: CorpusFormat.arrayHelp(content, line: line)
        ?? "correct the line, or say '--format text' if the corpus is plain text",
      exit: .badData)
  }
}
