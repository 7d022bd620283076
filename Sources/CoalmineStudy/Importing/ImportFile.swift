// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding

/// A file of JSON Lines that an import reads: one object a line.
///
/// A byte order mark, CR LF and blank lines are let pass. No message quotes what a row holds: a
/// value in the wrong field may be a secret.
struct ImportFile {
  /// The largest file and the longest line that are read, in bytes.
  static let largestSize = 256 << 20
  static let longestLine = 1 << 20

  let path: String
  private let bytes: [UInt8]

  /// - Throws: ``CoalmineError`` of ``InputFile/read(_:limit:)``.
  init(_ path: String) throws(CoalmineError) {
    self.path = path
    bytes = try InputFile.read(path, limit: Self.largestSize)
  }

  /// SHA-256 of the file.
  var digest: [UInt8] { sha256(bytes) }

  /// Each row in the order of the file.
  ///
  /// - Throws: ``CoalmineError`` with file and line: `line-too-long`, `not-utf8`, `bad-json-line`,
  ///   `field-twice`; and what `body` throws.
  func forEachRow(_ body: (ImportRow) throws(CoalmineError) -> Void) throws(CoalmineError) {
    var rest = bytes[...]
    if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
    var line = 0
    while !rest.isEmpty {
      line += 1
      let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
      let content = rest[..<end]
      rest = rest[min(end + 1, rest.endIndex)...]
      guard content.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) else { continue }
      try body(try row(Array(content), ImportPlace(path: path, line: line)))
    }
  }

  private func row(_ content: [UInt8], _ place: ImportPlace) throws(CoalmineError) -> ImportRow {
    guard content.count <= Self.longestLine else {
      throw place.error(
        "line-too-long", "the line is longer than \(Self.longestLine) bytes",
        help: "is every row on a line of its own?")
    }
    guard RecordValidity.isUTF8(content) else {
      throw place.error("not-utf8", "the line is not UTF-8")
    }
    guard let document = try? JSONDocument(parsing: content) else {
      // JSON sets no limit on numbers, the parser does.
      if (try? RecordValidity(content, "", line: 0)) == .usable {
        throw place.error(
          "bad-json-line", "the line holds a number that is too large to be read",
          help: "write it as a string, or leave the field out")
      }
      throw place.error("bad-json-line", "the line is not valid JSON")
    }
    guard document.root.kind == .object else {
      throw place.error("bad-json-line", "the line is not a JSON object")
    }
    guard !document.root.repeatsKey else {
      throw place.error("field-twice", "the row names a field twice")
    }
    return ImportRow(place: place, node: document.root)
  }
}

/// A line of a file.
struct ImportPlace: Sendable {
  let path: String
  /// Counted from 1.
  let line: Int

  /// What is wrong there; `message` must quote nothing of the row.
  func error(_ code: String, _ message: String, help: String? = nil) -> CoalmineError {
    CoalmineError(
      code: code, "\(terminalSafe(path)):\(line): \(message)", help: help, exit: .badData)
  }
}

/// One row, its fields typed.
struct ImportRow {
  let place: ImportPlace
  private let node: JSONNode

  init(place: ImportPlace, node: JSONNode) {
    self.place = place
    self.node = node
  }

  /// The text of a field; `nil` where it is missing or null.
  func text(_ field: String) throws(CoalmineError) -> [UInt8]? {
    guard let value = present(field) else { return nil }
    guard let bytes = value.stringBytes else { throw wrongType(field, "a text") }
    return bytes
  }

  /// The text of a field that must be there and not be empty.
  func requiredText(_ field: String) throws(CoalmineError) -> [UInt8] {
    guard let bytes = try text(field) else { throw missing(field) }
    guard !bytes.isEmpty else {
      throw place.error("field-empty", "the field '\(field)' is empty")
    }
    return bytes
  }

  /// A whole number that must be there.
  func requiredInteger(_ field: String, in range: ClosedRange<Int>) throws(CoalmineError) -> Int {
    guard let value = present(field) else { throw missing(field) }
    let expected = "a whole number of \(range.lowerBound)…\(range.upperBound), without quotes"
    guard value.kind == .integer, let number = value.int.flatMap(Int.init(exactly:)),
      range.contains(number)
    else { throw wrongType(field, expected) }
    return number
  }

  /// An object of texts; `nil` where it is missing or null.
  func texts(_ field: String) throws(CoalmineError) -> [String: [UInt8]]? {
    guard let value = present(field) else { return nil }
    guard let members = value.members, !value.repeatsKey else {
      throw wrongType(field, "an object with a text for each slot, each slot once")
    }
    var texts: [String: [UInt8]] = [:]
    for (key, member) in members {
      guard let bytes = member.stringBytes, !bytes.isEmpty else {
        throw wrongType(field, "an object with a text for each slot, none of them empty")
      }
      texts[key] = bytes
    }
    return texts
  }

  /// The row's name. It stands in the ledger's keys and in reports.
  func id() throws(CoalmineError) -> String {
    let bytes = try requiredText("id")
    let isPlain = bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: "."):
        true
      default: false
      }
    }
    guard isPlain, bytes.count <= 128 else {
      throw place.error(
        "bad-id", "the field 'id' must be 1 to 128 letters, digits, '-', '_' and '.'")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func present(_ field: String) -> JSONNode? {
    node[field].flatMap { $0.isNull ? nil : $0 }
  }

  private func missing(_ field: String) -> CoalmineError {
    place.error("field-missing", "the field '\(field)' is missing")
  }

  private func wrongType(_ field: String, _ expected: String) -> CoalmineError {
    place.error("field-wrong-type", "the field '\(field)' must be \(expected)")
  }
}
