// SPDX-License-Identifier: Apache-2.0

/// The first place where a text stops being JSON, for a message; the parser gives none.
///
/// A strict scan (RFC 8259) of a text that the parser has refused: it builds nothing.
package struct JSONFault: Equatable {
  /// Counted from 0, in bytes.
  package let offset: Int
  /// Counted from 1; columns count bytes.
  package let line: Int
  package let column: Int
  package let reason: String

  /// - Returns: `nil` where the text is JSON as far as this scan can tell.
  package static func first(in bytes: [UInt8], depthLimit: Int) -> JSONFault? {
    var scan = Scan(bytes: bytes, depthLimit: depthLimit)
    do throws(Scan.Stop) {
      try scan.document()
      return nil
    } catch {
      let before = bytes.prefix(error.offset)
      let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      return JSONFault(
        offset: error.offset, line: before.reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) },
        column: error.offset - start + 1, reason: error.reason)
    }
  }
}

private struct Scan {
  struct Stop: Error {
    let offset: Int
    let reason: String
  }

  let bytes: [UInt8]
  let depthLimit: Int
  var position = 0

  init(bytes: [UInt8], depthLimit: Int) {
    self.bytes = bytes
    self.depthLimit = depthLimit
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func stop(_ reason: String) -> Stop {
    Stop(offset: position, reason: position < bytes.count ? reason : "the text ends too early")
  }

  mutating func document() throws(Stop) {
    try value(depth: 0)
    space()
    if position < bytes.count { throw stop("nothing may follow the value") }
  }

  private mutating func space() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    space()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(Stop) {
    space()
    guard depth <= depthLimit else { throw stop("nested deeper than \(depthLimit) levels") }
    switch next {
    case UInt8(ascii: "{"):
      position += 1
      if take("}") { return }
      repeat {
        space()
        guard next == UInt8(ascii: "\"") else { throw stop("a key in quotes is due here") }
        try string()
        guard take(":") else { throw stop("a colon is due here") }
        try value(depth: depth + 1)
      } while take(",")
      guard take("}") else { throw stop("a comma or '}' is due here") }
    case UInt8(ascii: "["):
      position += 1
      if take("]") { return }
      repeat { try value(depth: depth + 1) } while take(",")
      guard take("]") else { throw stop("a comma or ']' is due here") }
    case UInt8(ascii: "\""): try string()
    case .some(0x2D), .some(0x30...0x39): try number()
    default:
      for word in ["true", "false", "null"] where bytes[position...].starts(with: word.utf8) {
        position += word.utf8.count
        return
      }
      throw stop("no value begins like this")
    }
  }

  private mutating func string() throws(Stop) {
    position += 1
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\"): try escape()
      case 0x00..<0x20: throw stop("a control character in a string must be escaped")
      case 0x20..<0x80: position += 1
      default:
        var rest = bytes[position...].makeIterator()
        var parser = Unicode.UTF8.ForwardParser()
        guard case .valid(let scalar) = parser.parseScalar(from: &rest) else {
          throw stop("not UTF-8")
        }
        position += scalar.count
      }
    }
    throw stop("")
  }

  private mutating func escape() throws(Stop) {
    let start = position
    guard let unit = try escapedUnit() else { return }
    guard (0xD800...0xDFFF).contains(unit) else { return }
    if unit < 0xDC00, next == UInt8(ascii: "\\"), let second = try escapedUnit(),
      (0xDC00...0xDFFF).contains(second)
    {
      return
    }
    position = start
    throw stop("half of a surrogate pair")
  }

  /// Passes one escape; the code unit of `\uXXXX`, `nil` for the others.
  private mutating func escapedUnit() throws(Stop) -> UInt32? {
    position += 1
    guard next == UInt8(ascii: "u") else {
      guard let byte = next, "\"\\/bfnrt".utf8.contains(byte) else {
        throw stop("no escape looks like this")
      }
      position += 1
      return nil
    }
    position += 1
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw stop("four hexadecimal digits are due here")
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }

  private mutating func digits() -> Int {
    let start = position
    while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
    return position - start
  }

  private mutating func number() throws(Stop) {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    let leading = position
    guard digits() > 0 else { throw stop("a digit is due here") }
    if bytes[leading] == 0x30, position - leading > 1 {
      position = leading
      throw stop("a number must not begin with 0")
    }
    var isWhole = true
    if next == UInt8(ascii: ".") {
      isWhole = false
      position += 1
      guard digits() > 0 else { throw stop("a digit is due here") }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      isWhole = false
      position += 1
      if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") { position += 1 }
      guard digits() > 0 else { throw stop("a digit is due here") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    let fits =
      isWhole
      ? Int64(text) != nil || UInt64(text) != nil : Double(text).map(\.isFinite) ?? false
    if !fits {
      position = start
      throw stop("a number out of range")
    }
  }
}
