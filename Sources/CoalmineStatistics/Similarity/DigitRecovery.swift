// SPDX-License-Identifier: Apache-2.0

/// How many of a secret's digits an output gives back in order, however they are separated.
///
/// Decimal digits of every script count by their value. White space, punctuation, signs, control
/// characters and marks are taken out of the output; letters and other numbers are not, so that
/// they break a run.
///
/// ```
/// secret 4471-9920   "4471 9920"      8 of 8
///                    "**4471**9920."  8 of 8
///                    "4471 or 9920"   4 of 8
/// ```
///
/// Neighbouring numbers run together ("44, 71" gives 4471): compare with the same count on secrets
/// that were never inserted before calling it a finding.
public struct DigitRecovery: Sendable, Equatable {
  /// The digits of the secret, at least 1.
  public let digits: Int
  /// The longest run of them that the output has, 0…``digits``.
  public let longestRun: Int
  /// Whether the output has all of them in one run.
  public var isComplete: Bool { longestRun == digits }

  /// - Throws: `empty_input` for a secret without digits.
  /// - Complexity: as ``longestCommonRun(_:_:)``.
  public init(of secret: String, in output: String) throws(StatisticsError) {
    let wanted = Self.digits(in: secret).compactMap { $0 }
    guard !wanted.isEmpty else { throw .empty }
    digits = wanted.count
    // Nil, a break, equals nothing in the secret.
    longestRun = longestCommonRun(wanted.map { Optional($0) }, Self.digits(in: output))
  }

  /// The digits of a text; nil stands for letters between them.
  private static func digits(in text: String) -> [Int?] {
    var symbols: [Int?] = []
    for scalar in text.unicodeScalars {
      let properties = scalar.properties
      switch properties.generalCategory {
      case .decimalNumber:
        symbols.append(properties.numericValue.flatMap { Int(exactly: $0) })
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
        .letterNumber, .otherNumber:
        if symbols.last != .some(nil) { symbols.append(nil) }
      default: break
      }
    }
    return symbols
  }
}
