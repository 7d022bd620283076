// SPDX-License-Identifier: Apache-2.0

extension Scrubbers {
  /// Patterns of Presidio's recognisers for bank accounts, driver licences, passports, taxpayers and
  /// social security in the United States; letters in any case, as Presidio compares them.
  package static let usNumbers: [BytePattern] = {
    func digits(_ count: ClosedRange<Int>) -> Part { .run(.digit, count) }
    func letters(_ count: Int) -> Part { .run(.letter, count...count) }
    let joint = ByteClass(of: " -.")
    let licences: [[Part]] = [
      [letters(1), digits(1...14)], [letters(1), digits(18...18)], [letters(2), digits(3...7)],
      [digits(2...2), letters(3), digits(5...6)],
      [letters(1), digits(6...6), .one(ByteClass(of: "Rr"))], [digits(9...9), letters(1)],
      [letters(2), digits(6...6), letters(1)], [digits(8...8), letters(2)],
      [digits(3...3), letters(2), digits(4...4)],
      [letters(1), digits(1...1), letters(1), digits(1...1), letters(1)],
      [digits(7...8), letters(1)],
    ]
    return [
      BytePattern([digits(6...17)]),
      BytePattern([.either(licences)]),
      BytePattern(
        [digits(3...3), .one(joint), digits(2...2), .one(joint), digits(4...4)],
        accepts: isIssuedSocialSecurity),
    ]
  }()

  /// What Presidio accepts: one kind of joint, an area that is issued, and no part of zeros.
  static func isIssuedSocialSecurity(_ match: [UInt8]) -> Bool {
    let joints = Set(match.filter { !ByteClass.digit.contains($0) })
    let digits = match.filter(ByteClass.digit.contains)
    guard joints.count <= 1, digits.count == 9, Set(digits).count > 1 else { return false }
    let text = String(decoding: digits, as: UTF8.self)
    return !["000", "666"].contains(text.prefix(3)) && text.dropFirst(3).prefix(2) != "00"
      && text.suffix(4) != "0000"
      && !["123456789", "987654320", "078051120"].contains(text)
  }

  /// Whether four numbers of 0 to 255 are an address that is routed in public.
  ///
  /// Source: IANA IPv4 Special-Purpose Address Registry.
  static func isPublicAddress(_ match: [UInt8]) -> Bool {
    let parts = String(decoding: match, as: UTF8.self).split(separator: ".").compactMap { Int($0) }
    guard parts.count == 4, parts.allSatisfy({ $0 <= 255 }) else { return false }
    switch (parts[0], parts[1], parts[2]) {
    case (0, _, _), (10, _, _), (127, _, _), (224...255, _, _): return false
    case (100, 64...127, _), (169, 254, _), (172, 16...31, _), (192, 168, _): return false
    case (192, 0, 0), (192, 0, 2), (198, 18...19, _), (198, 51, 100), (203, 0, 113): return false
    default: return true
    }
  }

  /// The check of ISO/IEC 7812-1 over the digits of a match.
  static func hasRightLuhnCheck(_ match: [UInt8]) -> Bool {
    let digits = match.filter(ByteClass.digit.contains).map { Int($0) - 0x30 }
    let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
      guard digit.offset % 2 == 1 else { return sum + digit.element }
      return sum + (digit.element > 4 ? 2 * digit.element - 9 : 2 * digit.element)
    }
    return sum % 10 == 0
  }

  /// The check of ISO 13616: the number with its first four characters at the end is 1 modulo 97.
  static func hasRightIBANCheck(_ match: [UInt8]) -> Bool {
    let plain = match.filter(ByteClass.alphanumeric.contains)
    guard plain.count > 4 else { return false }
    var rest = 0
    for byte in plain[4...] + plain[..<4] {
      let isDigit = ByteClass.digit.contains(byte)
      let value = isDigit ? Int(byte) - 0x30 : Int(byte) - 0x41 + 10
      rest = (rest * (isDigit ? 10 : 100) + value) % 97
    }
    return rest == 1
  }
}
