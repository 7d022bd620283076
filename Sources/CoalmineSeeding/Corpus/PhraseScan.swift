// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// Looks for phrases in lines, in each way in which JSON may spell them: as they are, with the
/// escapes that JSON asks for, and with `\u` escapes for everything outside ASCII.
///
/// Spellings are indexed by their first two bytes, so that the time for a line hardly depends on
/// how many phrases are looked for.
///
/// - Complexity: O(bytes + candidates · longest spelling).
package struct PhraseScan {
  private let spellings: [[UInt8]]
  /// What each spelling stands for.
  private let meanings: [[UInt8]]
  private let firsts: FirstBytes
  /// Whether a spelling begins with two bytes, by `second << 8 | first`.
  private let starts: [Bool]
  /// The spellings that begin with two bytes, by the same number.
  private let byStart: [Int: [Int]]
  /// The length of the longest spelling, in bytes.
  private let longest: Int
  /// The last `longest - 1` bytes of the line so far.
  private var tail: [UInt8] = []
  package private(set) var found: Set<[UInt8]> = []

  /// Phrases of fewer than two bytes are not looked for.
  package init(_ phrases: [[UInt8]]) {
    var spellings: [[UInt8]] = []
    var meanings: [[UInt8]] = []
    for phrase in Set(phrases) where phrase.count >= 2 {
      for spelling in Self.spellings(of: phrase) {
        spellings.append(spelling)
        meanings.append(phrase)
      }
    }
    var starts = Array(repeating: false, count: spellings.isEmpty ? 0 : 1 << 16)
    var byStart: [Int: [Int]] = [:]
    for (number, spelling) in spellings.enumerated() {
      let start = Int(spelling[1]) << 8 | Int(spelling[0])
      starts[start] = true
      byStart[start, default: []].append(number)
    }
    self.spellings = spellings
    self.meanings = meanings
    self.starts = starts
    firsts = FirstBytes(spellings.map { $0[0] })
    self.byStart = byStart
    self.longest = spellings.map(\.count).max() ?? 0
  }

  /// Looks through a line, or through a piece of one.
  ///
  /// - Parameter continues: whether the bytes follow those of the call before in one line; a phrase
  ///   may then begin there and end here.
  package mutating func read(_ bytes: [UInt8], continues: Bool = false) {
    guard !spellings.isEmpty else { return }
    guard continues else {
      search(bytes)
      tail = Array(bytes.suffix(longest - 1))
      return
    }
    // A match that is new ends in these bytes, and begins at most `longest - 1` before them.
    search(tail + bytes.prefix(longest - 1))
    search(bytes)
    tail = Array((bytes.count < longest ? tail + bytes : bytes).suffix(longest - 1))
  }

  private mutating func search(_ bytes: [UInt8]) {
    guard bytes.count >= 2 else { return }
    var hits: [Int] = []
    bytes.withUnsafeBytes { bytes in
      starts.withUnsafeBufferPointer { starts in
        let last = bytes.count - 1
        for block in stride(from: 0, to: last, by: 8) {
          var marks =
            block + 8 <= bytes.count
            ? firsts.marks(
              UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: block, as: UInt64.self)))
            : FirstBytes.all
          while marks != 0 {
            let place = block + marks.trailingZeroBitCount / 8
            marks &= marks &- 1
            guard place < last else { break }
            let start = Int(
              UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self)))
            guard starts[start] else { continue }
            let rest = bytes[place...]
            for number in byStart[start] ?? [] where rest.starts(with: spellings[number]) {
              hits.append(number)
            }
          }
        }
      }
    }
    for number in hits { found.insert(meanings[number]) }
  }

  /// Every distinct spelling.
  static func spellings(of phrase: [UInt8]) -> Set<[UInt8]> {
    var spellings: Set<[UInt8]> = [phrase]
    for digits in ["0123456789abcdef", "0123456789ABCDEF"] {
      spellings.insert(escaped(phrase, hexadecimal: Array(digits.utf8)))
    }
    var quoted: [UInt8] = []
    for byte in phrase {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        quoted.append(UInt8(ascii: "\\"))
      }
      quoted.append(byte)
    }
    spellings.insert(quoted)
    return spellings
  }

  private static func escaped(_ phrase: [UInt8], hexadecimal digits: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    for scalar in String(decoding: phrase, as: UTF8.self).unicodeScalars {
      if scalar == "\"" || scalar == "\\" { result.append(UInt8(ascii: "\\")) }
      if scalar.isASCII {
        result.append(UInt8(truncatingIfNeeded: scalar.value))
        continue
      }
      for unit in UTF16.encode(scalar) ?? .init() {
        result += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
        for shift in [12, 8, 4, 0] { result.append(digits[Int(unit >> UInt16(shift)) & 15]) }
      }
    }
    return result
  }
}
