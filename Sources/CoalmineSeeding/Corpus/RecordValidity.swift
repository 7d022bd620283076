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
    /// A row with another number of cells than the header has, or with a quote within a cell.
    case ragged
    /// A file in no known language of source code.
    case notSource
  }

  /// Judges a line of JSON Lines.
  ///
  /// - Throws: ``CoalmineError`` `bad-json-line`.
  package init(_ content: [UInt8], _ path: String, line: Int) throws(CoalmineError) {
    try self.init(
      content, { "\(terminalSafe(path)):\(line): the line" }, code: "bad-json-line",
      help: {
        CorpusFormat.arrayHelp(content, line: line)
          ?? "correct the line, or say '--format text' if the corpus is plain text"
      })
  }

  /// Judges an element of a JSON array.
  ///
  /// - Throws: ``CoalmineError`` `bad-json-array`.
  init(_ content: [UInt8], _ path: String, element: Int) throws(CoalmineError) {
    try self.init(
      content, { "\(terminalSafe(path)): element \(element)" }, code: "bad-json-array",
      help: { "write each record as a JSON object, or as a list of turns" })
  }

  /// - Parameters:
  ///   - place: the record for messages; made where there is one.
  ///   - help: what to do about a bad record.
  private init(
    _ content: [UInt8], _ place: () -> String, code: String, help: () -> String
  ) throws(CoalmineError) {
    if let document = try? JSONDocument(parsing: content) {
      guard Self.isRecord(document.root) else {
        throw Self.bad("is not a JSON object", place(), code, help())
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
          code: code, "\(place()) is nested more than \(JSONDocument.depthLimit) levels deep",
          help: "write the record with fewer levels, or leave it out of the corpus", exit: .badData)
      }
      throw Self.bad("is not valid JSON", place(), code, help())
    }
    guard Self.isRecord(document.root) else {
      throw Self.bad("is not a JSON object", place(), code, help())
    }
    guard document.wasRepaired else {
      self = .usable
      return
    }
    self = .irregular(JSONSpans.holdsLoneSurrogate(content) ? .loneSurrogate : .notANumber)
  }

  /// An object, or a list of objects: turns.
  private static func isRecord(_ root: JSONNode) -> Bool {
    guard let elements = root.elements else { return root.kind == .object }
    return !elements.isEmpty && elements.allSatisfy { $0.kind == .object }
  }

  /// Judges a row of a table.
  init(row: [UInt8], of table: TableCells) {
    self =
      Self.firstInvalidByte(of: row).map { .invalid(byte: $0) }
      ?? (table.cells(of: row) == nil ? .irregular(.ragged) : .usable)
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

  private static func bad(
    _ what: String, _ place: String, _ code: String, _ help: String
  ) -> CoalmineError {
    CoalmineError(code: code, "\(place) \(what)", help: help, exit: .badData)
  }
}
