// SPDX-License-Identifier: Apache-2.0

/// One choice on the way through a candidate: a position with a fixed number of options.
///
/// The options of a step are prefix-free byte strings, so a candidate is decoded from its bytes in
/// one way only, and no candidate is the beginning of another.
public enum Step: Sendable, Equatable {
  /// Text of the template text between two secret slots.
  case literal([UInt8])
  /// One of these strings, sorted by bytes.
  case choice(slot: String, options: [[UInt8]])
  /// Check characters computed from the slots named in `over`.
  case check(slot: String, rule: CheckRule, mode: CheckMode, over: [String])

  /// How many options the step has, whatever was chosen before it.
  public var radix: Int {
    switch self {
    case .literal: 1
    case .choice(_, let options): options.count
    case .check(_, let rule, let mode, _): rule.optionCount(mode)
    }
  }

  /// The length of the longest option in bytes, whatever was chosen before it.
  var longestOption: Int {
    switch self {
    case .literal(let bytes): bytes.count
    case .choice(_, let options): options.reduce(0) { max($0, $1.count) }
    case .check(_, let rule, _, _): rule.length
    }
  }

  /// The options, given what the earlier slots hold.
  public func options(given values: [String: [UInt8]]) -> [[UInt8]] {
    switch self {
    case .literal(let bytes): [bytes]
    case .choice(_, let options): options
    case .check(_, let rule, let mode, let over):
      rule.options(mode, over: over.flatMap { values[$0] ?? [] })
    }
  }

  /// The place of the option that `text` begins with; `nil` where none does. There is one at most,
  /// because options are prefix-free.
  ///
  /// - Parameter options: those of ``options(given:)``.
  /// - Complexity: O(log options) comparisons for a choice.
  func option(atStartOf text: ArraySlice<UInt8>, among options: [[UInt8]]) -> Int? {
    guard case .choice = self else { return options.firstIndex { text.starts(with: $0) } }
    // In byte order nothing stands between an option and the texts that begin with it, so it can only
    // be the last one that is not above the text.
    var (low, high) = (0, options.count)
    while low < high {
      let middle = low + (high - low) / 2
      if text.lexicographicallyPrecedes(options[middle]) { high = middle } else { low = middle + 1 }
    }
    return low > 0 && text.starts(with: options[low - 1]) ? low - 1 : nil
  }

  /// The slot that the step belongs to; `nil` for text of the template text.
  public var slot: String? {
    switch self {
    case .literal: nil
    case .choice(let slot, _), .check(let slot, _, _, _): slot
    }
  }
}
