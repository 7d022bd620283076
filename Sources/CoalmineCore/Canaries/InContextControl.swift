// SPDX-License-Identifier: Apache-2.0

/// A fresh secret that is given in the prompt, to see that a known secret would be found.
///
/// The model is asked `given text` followed by the same prompt again. A filter in front of the
/// endpoint, a template that breaks the prompt, or a score read from the wrong place shows here.
public struct InContextControl: Sendable, Equatable {
  /// The kind whose template text is used.
  public let kind: String
  /// Counted from 0 in the kind.
  public let number: Int
  /// The prompt of the template text, without the separator.
  public let prefix: [UInt8]
  public let separator: [UInt8]
  /// The secret that the prompt gives.
  public let given: Secret<[UInt8]>
  /// Another candidate of the same space that the prompt does not give.
  public let decoy: Secret<[UInt8]>
  /// The rest of the template text.
  public let suffix: [UInt8]

  public init(
    kind: String, number: Int, prefix: [UInt8], separator: [UInt8], given: Secret<[UInt8]>,
    decoy: Secret<[UInt8]>, suffix: [UInt8]
  ) {
    self.kind = kind
    self.number = number
    self.prefix = prefix
    self.separator = separator
    self.given = given
    self.decoy = decoy
    self.suffix = suffix
  }

  /// The given text, a line break, and the prompt again.
  public func revealedPrompt() -> [UInt8] {
    prefix + separator + given.reveal() + suffix + [0x0A] + prefix
  }
}
