// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// Identifiers that look like their neighbour's and belong to nobody.
///
/// A planted record with its neighbour's id would be dropped by a loader that removes duplicates,
/// and one with a strange id would stand out.
package enum IdentifierShape {
  /// Whether a field of this name holds an identifier: `id`, `_id`, `uid`, `uuid`, `guid`, or a
  /// name that ends in `_id`, in any case.
  package static func isIdentifier(_ name: [UInt8]) -> Bool {
    let lower = name.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    return ["id", "_id", "uid", "uuid", "guid"].contains { lower == Array($0.utf8) }
      || lower.suffix(3) == Array("_id".utf8)[...]
  }

  /// A random value of the shape of `value`, a JSON string with its quotes or a JSON number;
  /// `nil` for anything else, which stays as it is.
  ///
  /// Digits become digits; the first digit of a number is not zero. In text that could be
  /// hexadecimal throughout, letters a–f become hexadecimal digits, except the two places of a UUID
  /// that state its version and variant. Other letters become letters of the same case. Escapes
  /// and everything else stay.
  package static func random(like value: [UInt8], using generator: inout ChaCha8Rand) -> [UInt8]? {
    guard let first = value.first else { return nil }
    if first == UInt8(ascii: "\"") {
      guard value.count >= 2, !value.contains(UInt8(ascii: "\\")) else { return nil }
      return [first] + text(like: Array(value[1..<value.count - 1]), using: &generator) + [first]
    }
    let digits = first == UInt8(ascii: "-") ? value.dropFirst() : value[...]
    guard !digits.isEmpty, digits.allSatisfy(isDigit) else { return nil }
    // One digit has no leading zero to avoid; several have.
    let number = digits.enumerated().map { position, _ -> UInt8 in
      let least: UInt64 = position == 0 && digits.count > 1 ? 1 : 0
      let choices: UInt64 = 10 - least
      return 0x30 + UInt8(least + generator.uniform(below: choices))
    }
    return value.prefix(value.count - digits.count) + number
  }

  private static func text(like value: [UInt8], using generator: inout ChaCha8Rand) -> [UInt8] {
    let letters = value.filter(isLetter)
    let isHexadecimal =
      value.allSatisfy { isDigit($0) || isHexLetter($0) || $0 == UInt8(ascii: "-") }
      && value.contains(where: isDigit) && !letters.isEmpty
    let upper = letters.first.map { (0x41...0x5A).contains($0) } ?? false
    let isUUID =
      isHexadecimal && value.count == 36
      && [8, 13, 18, 23].allSatisfy { value[$0] == UInt8(ascii: "-") }
    return value.enumerated().map { position, byte in
      if isUUID, position == 14 || position == 19 { return byte }
      if isHexadecimal, byte != UInt8(ascii: "-") {
        let digit = UInt8(generator.uniform(below: UInt64(16)))
        return digit < 10 ? 0x30 + digit : (upper ? 0x41 : 0x61) + digit - 10
      }
      if isDigit(byte) { return 0x30 + UInt8(generator.uniform(below: UInt64(10))) }
      if isLetter(byte) {
        return (byte & 0x20) + 0x41 + UInt8(generator.uniform(below: UInt64(26)))
      }
      return byte
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
  private static func isHexLetter(_ byte: UInt8) -> Bool {
    (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }
}
