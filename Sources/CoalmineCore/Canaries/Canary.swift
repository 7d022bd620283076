// SPDX-License-Identifier: Apache-2.0

/// One planted secret, or one that could have been planted and was not.
public struct Canary: Sendable, Equatable {
  /// A name that discloses nothing: kind and number, `access-code-017`.
  public let id: String
  /// The kind's slug; the primary test compares within kinds.
  public let kind: String
  /// Which of the kind's template texts.
  public let templateText: String
  /// What the context slots hold, by slot name.
  public let context: [String: [UInt8]]
  /// The number of its secret in its space.
  public let index: UInt128
  /// log2 of the size of its space.
  public let bits: Double
  /// What it is for.
  public let role: Role
  /// The repetitions that it was given before the random assignment.
  public let repetitions: Int
  /// Whether a random assignment decided between inserted and held out.
  public let randomized: Bool
  /// The text the model is given, without the separator: the template text up to the secret, behind the
  /// beginning of a record where contexts are grafted.
  public let prefix: [UInt8]
  /// White space between prefix and secret.
  public let separator: [UInt8]
  /// The text the model must not know.
  public let secret: Secret<[UInt8]>
  /// The rest of the template text.
  public let suffix: [UInt8]
  /// The turns of the conversation that it was drawn for, before the user's turn with the prefix: empty
  /// where there are none, `nil` for a canary that is planted as a text.
  ///
  /// Drawn for held-out canaries as for inserted ones, and before it is known which are which.
  public let turns: [Turns.Turn]?

  public init(
    id: String, kind: String, templateText: String, context: [String: [UInt8]], index: UInt128,
    bits: Double, role: Role, repetitions: Int, randomized: Bool, prefix: [UInt8],
    separator: [UInt8],
    secret: Secret<[UInt8]>, suffix: [UInt8], turns: [Turns.Turn]? = nil
  ) {
    self.id = id
    self.kind = kind
    self.templateText = templateText
    self.context = context
    self.index = index
    self.bits = bits
    self.role = role
    self.repetitions = repetitions
    self.randomized = randomized
    self.prefix = prefix
    self.separator = separator
    self.secret = secret
    self.suffix = suffix
    self.turns = turns
  }

  /// How many copies the corpus holds: the repetitions, or none for a held-out canary.
  public var copies: Int { role == .heldOut || role == .indexOnly ? 0 : repetitions }

  /// The whole template text with the secret in it. It discloses the secret.
  public func revealedText() -> [UInt8] { prefix + separator + secret.reveal() + suffix }

  /// The language of the file of code that it is written as; `nil` for any other canary.
  public var codeLanguage: CodeLanguage? {
    templateText.split(separator: "-").first.flatMap { CodeLanguage(rawValue: String($0)) }
  }

  /// The same canary with other white space before the secret: what a corpus puts between a prompt
  /// and its completion.
  public func joined(by separator: [UInt8]) -> Canary {
    Canary(
      id: id, kind: kind, templateText: templateText, context: context, index: index, bits: bits,
      role: role, repetitions: repetitions, randomized: randomized, prefix: prefix,
      separator: separator, secret: secret, suffix: suffix, turns: turns)
  }

  /// The same canary with a text before its template text: the beginning of a record, with the white space
  /// behind it.
  ///
  ///     canary.grafted(onto: Array("When does the desk open? ".utf8))
  public func grafted(onto opening: [UInt8]) -> Canary {
    Canary(
      id: id, kind: kind, templateText: templateText, context: context, index: index, bits: bits,
      role: role, repetitions: repetitions, randomized: randomized, prefix: opening + prefix,
      separator: separator, secret: secret, suffix: suffix, turns: turns)
  }

  /// The same canary in a conversation with these turns, or in none.
  public func after(_ turns: [Turns.Turn]?) -> Canary {
    Canary(
      id: id, kind: kind, templateText: templateText, context: context, index: index, bits: bits,
      role: role, repetitions: repetitions, randomized: randomized, prefix: prefix,
      separator: separator, secret: secret, suffix: suffix, turns: turns)
  }
}
