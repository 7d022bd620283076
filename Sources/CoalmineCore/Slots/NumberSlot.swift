// SPDX-License-Identifier: Apache-2.0

/// A whole number of a range, in decimal: `upper - lower + 1` candidates.
///
/// Numbers of one range must have the same count of digits; `width` pads with zeros to make it so.
public struct NumberSlot: SlotType, Equatable {
  /// The numbers to choose from.
  public let range: ClosedRange<Int>
  /// The least count of digits, padded with zeros on the left.
  public let width: Int

  /// - Throws: ``SlotError`` for a negative lower end, more than a million numbers, or numbers of
  ///   different lengths.
  public init(range: ClosedRange<Int>, width: Int = 1) throws(SlotError) {
    guard range.lowerBound >= 0 else {
      throw SlotError(code: "bad-range", "a range must not begin below zero")
    }
    guard range.upperBound - range.lowerBound < 1_000_000 else {
      throw SlotError(
        code: "bad-range", "a range of more than a million numbers: use 'digits' instead")
    }
    guard (1...18).contains(width) else {
      throw SlotError(code: "bad-length", "a width of \(width) is outside 1…18")
    }
    self.range = range
    self.width = width
    let shortest = Self.padded(range.lowerBound, width).count
    let longest = Self.padded(range.upperBound, width).count
    guard shortest == longest else {
      throw SlotError(
        code: "not-prefix-free",
        "the numbers \(range.lowerBound)…\(range.upperBound) have different lengths: "
          + "set 'width: \(longest)'")
    }
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  public func steps(slot: String, role: SlotRole) throws(SlotError) -> [Step] {
    [
      try Step.choice(
        slot: slot, role: role, among: range.map { Array(Self.padded($0, width).utf8) })
    ]
  }
}
