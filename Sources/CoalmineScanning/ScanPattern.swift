// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Glibc

/// One written form of one secret, in the bytes that ``ScanText`` gives for it.
struct ScanPattern: Sendable {
  /// How a secret was written where it was found.
  enum Form: String, Sendable {
    /// The secret's own bytes.
    case exact
    /// The same characters in other case, width or escapes, or with white space between them.
    case near
    case base64
    case hexadecimal
  }

  /// How a piece of text is compared with the pattern.
  private enum Comparison {
    case bytes([UInt8])
    /// The first bytes of the code that the key gives for the pattern.
    case code([UInt8], HMACSHA256)
  }

  let target: Int
  let form: Form
  /// Length in bytes.
  let length: Int
  private let comparison: Comparison

  /// A pattern has at least this many bytes: the search looks for the last eight of them.
  static let shortest = 8

  init(target: Int, form: Form, bytes: [UInt8]) {
    self.target = target
    self.form = form
    length = bytes.count
    comparison = .bytes(bytes)
  }

  /// A pattern whose bytes are not known.
  init(target: Int, length: Int, code: [UInt8], key: HMACSHA256) {
    self.target = target
    form = .near
    self.length = length
    comparison = .code(code, key)
  }

  /// Eight of its bytes as a number, the first of them its lowest bits: those before its last `count`
  /// bytes. 0 where the bytes are not known.
  func window(before count: Int) -> UInt64 {
    guard case .bytes(let bytes) = comparison else { return 0 }
    return Self.number(bytes.dropLast(count).suffix(Self.shortest))
  }

  /// Bytes as a number, the first of them its lowest bits.
  static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Whether `text`, which has the pattern's length, is the pattern.
  func stands(in text: Slice<UnsafeRawBufferPointer>) -> Bool {
    let text = UnsafeRawBufferPointer(rebasing: text)
    switch comparison {
    case .bytes(let bytes):
      return bytes.withUnsafeBytes { pattern in
        guard let one = pattern.baseAddress, let other = text.baseAddress else { return false }
        return memcmp(one, other, length) == 0
      }
    case .code(let code, let key):
      return key.code(for: Array(text)).starts(with: code)
    }
  }

  /// The patterns of a secret; none where it is too short to be looked for.
  static func all(of secret: [UInt8], target: Int) -> [ScanPattern] {
    let plain = ScanText.folded(secret)
    guard plain.count >= shortest else { return [] }
    // Text that holds the secret as it is may still be read as if it had escapes in it.
    var forms: [(Form, [UInt8])] = [(.near, plain), (.near, ScanText.decoded(secret))]
    for lead in 0..<3 { forms += base64(secret, lead: lead).map { (.base64, $0) } }
    forms.append((.hexadecimal, hexadecimal(secret)))
    var seen: Set<[UInt8]> = []
    return forms.filter { $0.1.count >= shortest && seen.insert($0.1).inserted }
      .map { ScanPattern(target: target, form: $0.0, bytes: $0.1) }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  }

  /// The characters of base64 that depend on the secret alone, where `lead` bytes of a group of
  /// three stand before it. In both alphabets, and folded as the text is.
  private static func base64(_ secret: [UInt8], lead: Int) -> [[UInt8]] {
    let first = (lead * 8 + 5) / 6
    let last = (lead + secret.count) * 8 / 6
    guard last > first else { return [] }
    let padded = [UInt8](repeating: 0, count: lead) + secret
    return ["+/", "-_"].map { ending in
      let alphabet = Array(
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + ending).utf8)
      let characters = (first..<last).map { place -> UInt8 in
        var value = 0
        for bit in place * 6..<place * 6 + 6 {
          value = value << 1 | Int(padded[bit / 8] >> UInt8(7 - bit % 8) & 1)
        }
        return alphabet[value]
      }
      return ScanText.folded(characters)
    }
  }
}
