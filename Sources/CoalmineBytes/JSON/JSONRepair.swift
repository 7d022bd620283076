// SPDX-License-Identifier: Apache-2.0

/// Makes near-JSON of real servers parseable, without guessing at structure.
enum JSONRepair {
  /// `\ud83d` without its partner → `\ufffd`; invalid UTF-8 → U+FFFD; the bare words `NaN`
  /// and `Infinity` → `null`; `-Infinity`, which servers send for the logarithm of 0, → `-1e308`.
  /// Nothing else is touched.
  static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    let source = Array(String(decoding: bytes, as: UTF8.self).utf8)
    var result: [UInt8] = []
    result.reserveCapacity(source.count)
    var position = 0
    var inString = false
    while position < source.count {
      let byte = source[position]
      if inString {
        if byte == UInt8(ascii: "\\"), position + 1 < source.count {
          if let code = JSONSpans.escapedUnit(in: source, at: position),
            (0xD800...0xDFFF).contains(code)
          {
            let partner = code < 0xDC00 ? JSONSpans.escapedUnit(in: source, at: position + 6) : nil
            if let partner, (0xDC00...0xDFFF).contains(partner) {
              result += source[position..<position + 12]
              position += 12
            } else {
              result += Array(#"\ufffd"#.utf8)
              position += 6
            }
            continue
          }
          result += source[position...position + 1]
          position += 2
          continue
        }
        if byte == UInt8(ascii: "\"") { inString = false }
      } else if byte == UInt8(ascii: "\"") {
        inString = true
      } else if let (word, number) = words.first(where: {
        source[position...].starts(with: $0.word)
      }) {
        result += number
        position += word.count
        continue
      }
      result.append(byte)
      position += 1
    }
    return result
  }

  private static let words: [(word: [UInt8], number: [UInt8])] = [
    ("-Infinity", "-1e308"), ("Infinity", "null"), ("NaN", "null"),
  ].map { (Array($0.utf8), Array($1.utf8)) }
}
