// SPDX-License-Identifier: Apache-2.0

/// A run of characters of one alphabet: digits, letters, hexadecimal digits, or any set.
///
/// `length` characters, each drawn on its own: `alphabet.count ^ length` candidates.
public struct CharactersSlot: SlotType, Equatable {
  /// The characters to choose from, each one unicode scalar.
  public let alphabet: [Unicode.Scalar]
  /// How many characters.
  public let length: Int

  /// - Throws: ``SlotError`` for an empty or repeating alphabet, or a length outside 1…512.
  public init(alphabet: some StringProtocol, length: Int) throws(SlotError) {
    let scalars = Array(alphabet.unicodeScalars)
    guard !scalars.isEmpty, Set(scalars).count == scalars.count else {
      throw SlotError(
        code: "bad-alphabet", "an alphabet needs at least one character and none twice")
    }
    guard (1...512).contains(length) else {
      throw SlotError(code: "bad-length", "a length of \(length) is outside 1…512")
    }
    self.alphabet = scalars
    self.length = length
  }

  public func steps(slot: String, role: SlotRole) throws(SlotError) -> [Step] {
    let step = try Step.choice(
      slot: slot, role: role, among: alphabet.map { Array(String(Character($0)).utf8) })
    return Array(repeating: step, count: length)
  }
}
