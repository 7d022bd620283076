// SPDX-License-Identifier: Apache-2.0

/// Whether a slot is part of the question or of the answer.
public enum SlotRole: String, Sendable, CaseIterable {
  /// Disclosed in the prompt, and never counted as secret bits.
  case context
  /// What the model must not know.
  case secret
}

/// What can stand in a slot. One file per slot type.
public protocol SlotType: Sendable {
  /// The steps of one value in text order; `slot` names the slot they belong to.
  ///
  /// - Parameter role: a secret must be decodable from its bytes, so its options must be
  ///   prefix-free; those of a context need only differ.
  /// - Throws: ``SlotError`` where the definition cannot be used.
  func steps(slot: String, role: SlotRole) throws(SlotError) -> [Step]
}

/// A named hole in a template text.
public struct Slot: Sendable {
  /// The name between braces in the template text.
  public let name: String
  /// Context or secret.
  public let role: SlotRole
  /// How it is filled.
  public let type: any SlotType

  public init(name: String, role: SlotRole, type: any SlotType) {
    self.name = name
    self.role = role
    self.type = type
  }
}

/// A slot definition that cannot be used, with the reason in one lower-case sentence.
public struct SlotError: Error, Sendable, Equatable {
  /// A stable slug, `not-prefix-free`.
  public let code: String
  /// What is wrong and what to do.
  public let message: String

  public init(code: String, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension Step {
  /// A choice among `options`, which must be non-empty and distinct, and prefix-free in a secret.
  ///
  /// - Complexity: O(n log n) comparisons of options.
  public static func choice(
    slot: String, role: SlotRole, among options: [[UInt8]]
  ) throws(SlotError) -> Step {
    guard !options.isEmpty else {
      throw SlotError(code: "no-options", "slot '\(slot)' has nothing to choose from")
    }
    // A list that is in order is shared and not copied.
    let isInOrder = zip(options, options.dropFirst()).allSatisfy {
      !$1.lexicographicallyPrecedes($0)
    }
    let sorted = isInOrder ? options : options.sorted { $0.lexicographicallyPrecedes($1) }
    if let empty = sorted.first, empty.isEmpty {
      throw SlotError(code: "empty-option", "slot '\(slot)' lists an empty string; drop it")
    }
    // In byte order everything that begins with `first` stands right after it.
    for (first, second) in zip(sorted, sorted.dropFirst())
    where first == second || (role == .secret && second.starts(with: first)) {
      let left = String(decoding: first, as: UTF8.self)
      let right = String(decoding: second, as: UTF8.self)
      throw SlotError(
        code: left == right ? "option-twice" : "not-prefix-free",
        left == right
          ? "slot '\(slot)' lists '\(left)' twice; drop one"
          : "slot '\(slot)' lists '\(left)' and '\(right)': one begins with the other, so a "
            + "value could not be told from the start of another; drop one")
    }
    return .choice(slot: slot, options: sorted)
  }
}
