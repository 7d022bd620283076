// SPDX-License-Identifier: Apache-2.0

/// Shapes by which scrubbers of personal data and of keys find what they mask.
///
/// The first ones are the regular expressions that such scrubbers have in common. Those of datatrove
/// and Presidio are theirs: `PIIFormatter` of datatrove 0.10, and the recognisers for United States
/// numbers, e-mail addresses, cards and IBANs that Presidio 2.2 has on by default. Recognisers that
/// need a language model (names, places) or a plan of telephone numbers are not computed.
///
/// Source: https://github.com/huggingface/datatrove, https://github.com/microsoft/presidio.
package enum Scrubbers {
  package typealias Part = BytePattern.Part

  /// The patterns of each rule, in the order of the documentation.
  package static let patterns: [(slug: String, what: String, patterns: [BytePattern])] = [
    ("long-number", "six or more digits", [longNumber]),
    ("hex-run", "sixteen or more hexadecimal digits", [hexRun]),
    ("mixed-token", "sixteen or more letters and digits in one run", [mixedToken]),
    ("e-mail", "e-mail addresses", [email]),
    ("phone", "telephone numbers", phones),
    ("us-ssn", "numbers like United States social security numbers", [socialSecurity]),
    ("iban-shape", "account numbers that begin as an IBAN does", [iban]),
    ("card-shape", "numbers of card length in groups", [card]),
    ("datatrove-e-mail", "e-mail addresses, as datatrove does", [datatroveEmail]),
    ("datatrove-ip", "public IPv4 addresses, as datatrove does", [address]),
    ("presidio-numbers", "United States numbers, as Presidio does", usNumbers),
    ("presidio-e-mail", "e-mail addresses, as Presidio does", [email]),
    ("presidio-card", "card numbers with a right check digit, as Presidio does", [validCard]),
    ("presidio-iban", "IBANs with right check digits, as Presidio does", [validIBAN]),
  ]

  private static func digits(_ count: ClosedRange<Int>) -> Part { .run(.digit, count) }
  private static let space = ByteClass(of: " ")
  private static let joint = ByteClass(of: " -")
  private static let anyJoint = ByteClass(of: " -.")

  package static let longNumber = BytePattern([digits(6...Int.max)], apartFrom: .digit)
  package static let hexRun = BytePattern([.run(.hex, 16...Int.max)])
  package static let mixedToken = BytePattern(
    [.run(.alphanumeric.union(ByteClass(of: "_~+/=-")), 16...Int.max)]
  ) { match in
    match.contains(where: ByteClass.digit.contains)
      && match.contains(where: ByteClass.letter.contains)
  }

  /// `local@domain.tld`
  package static let email = BytePattern([
    .run(.alphanumeric.union(ByteClass(of: "._%+-")), 1...64), .one(ByteClass(of: "@")),
    .group(
      [.run(.alphanumeric.union(ByteClass(of: "-")), 1...63), .one(ByteClass(of: "."))], 1...8),
    .run(.letter, 2...24),
  ])

  private static let atom = ByteClass.lower.union(.digit).union(
    ByteClass(of: "!#$%&'*+/=?^_`{|}~-"))
  private static let label = ByteClass.lower.union(.digit)

  package static let datatroveEmail = BytePattern(
    [
      .run(atom, 1...64), .group([.one(ByteClass(of: ".")), .run(atom, 1...64)], 0...8),
      .one(ByteClass(of: "@")),
      .group(
        [.one(label), .run(label.union(ByteClass(of: "-")), 0...62), .one(ByteClass(of: "."))],
        1...8),
      .run(label, 1...63),
    ], needsEnd: false)

  package static let address = BytePattern(
    [
      digits(1...3), .group([.one(ByteClass(of: ".")), digits(1...3)], 3...3),
    ], apartFrom: .digit, accepts: isPublicAddress)

  /// North American numbers, and numbers that begin with 0 or + in two to five groups.
  package static let phones = [
    BytePattern(
      [
        .group([.maybe(ByteClass(of: "+")), .one(ByteClass(of: "1")), .maybe(anyJoint)], 0...1),
        .maybe(ByteClass(of: "(")), digits(3...3), .maybe(ByteClass(of: ")")), .maybe(anyJoint),
        digits(3...3), .maybe(anyJoint), digits(4...4),
      ], apartFrom: .word),
    BytePattern(
      [
        .one(ByteClass(of: "+0")), .run(.digit, 1...5),
        .group([.one(anyJoint), digits(2...7)], 1...4),
      ]
    ) { match in (10...15).contains(match.count { ByteClass.digit.contains($0) }) },
  ]

  package static let socialSecurity = BytePattern([
    digits(3...3), .one(ByteClass(of: "-")), digits(2...2), .one(ByteClass(of: "-")), digits(4...4),
  ])

  private static let ibanParts: [Part] = [
    .run(.upper, 2...2), digits(2...2),
    .group([.maybe(joint), .run(.upper.union(.digit), 4...4)], 2...7),
    .group([.maybe(joint), .run(.upper.union(.digit), 1...3)], 0...1),
  ]
  package static let iban = BytePattern(ibanParts, apartFrom: .alphanumeric)
  package static let validIBAN = BytePattern(
    ibanParts, apartFrom: .alphanumeric, accepts: hasRightIBANCheck)

  private static let cardParts: [Part] = [
    digits(4...4), .maybe(joint), digits(3...4), .maybe(joint), digits(3...4), .maybe(joint),
    digits(3...5),
  ]
  package static let card = BytePattern(cardParts)
  package static let validCard = BytePattern(cardParts) { match in
    ByteClass(of: "13456").contains(match.first ?? 0) && hasRightLuhnCheck(match)
  }
}

extension TextRule {
  package static let scrubbers: [TextRule] = Scrubbers.patterns.map { slug, what, patterns in
    TextRule(
      slug, .scrubber, effect: "masks \(what)", advice: RuleAdvice.scrub
    ) { text, secret in
      patterns.contains { pattern in
        let ranges = pattern.ranges(in: text.bytes, holding: text.held)
        guard let secret else { return !ranges.isEmpty }
        return ranges.contains { $0.overlaps(secret) }
      }
    }
  }
}
