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
  /// The text the model is given, without the separator: the template text up to the secret, or, where
  /// contexts are grafted, what a record has before the place of the secret.
  public private(set) var prefix: [UInt8]
  /// White space between prefix and secret.
  public private(set) var separator: [UInt8]
  /// The text the model must not know.
  public private(set) var secret: Secret<[UInt8]>
  /// The rest of the template text, or of the place in a record that it was written for.
  public private(set) var suffix: [UInt8]
  /// The turns of the conversation that it was drawn for, before the user's turn with the prefix: empty
  /// where there are none, `nil` for a canary that is planted as a text.
  ///
  /// Drawn for held-out canaries as for inserted ones, and before it is known which are which.
  public private(set) var turns: [Turns.Turn]?
  /// What stands in the corpus in the place of the secret, where a held-out canary's context is planted: no
  /// candidate for the secret. `nil` where its context is not planted, and for every other canary.
  public private(set) var placeholder: Secret<[UInt8]>?

  public init(
    id: String, kind: String, templateText: String, context: [String: [UInt8]], index: UInt128,
    bits: Double, role: Role, repetitions: Int, randomized: Bool, prefix: [UInt8],
    separator: [UInt8],
    secret: Secret<[UInt8]>, suffix: [UInt8], turns: [Turns.Turn]? = nil,
    placeholder: Secret<[UInt8]>? = nil
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
    self.placeholder = placeholder
  }

  /// How many copies with its secret the corpus holds: the repetitions, or none for a held-out canary.
  public var copies: Int { role == .heldOut || role == .indexOnly ? 0 : repetitions }

  /// How many copies of its context the corpus holds, with the secret or with a placeholder.
  public var plantings: Int { placeholder == nil ? copies : repetitions }

  /// The canary as it stands in the corpus: with the placeholder as its secret, where it has one.
  ///
  ///     canary.asPlanted.revealedText()  // what is trained
  public var asPlanted: Canary {
    guard let placeholder else { return self }
    var canary = self
    canary.secret = placeholder
    return canary
  }

  /// The whole template text with the secret in it. It discloses the secret.
  public func revealedText() -> [UInt8] { prefix + separator + secret.reveal() + suffix }

  /// The language of the file of code that it is written as; `nil` for any other canary.
  public var codeLanguage: CodeLanguage? {
    templateText.split(separator: "-").first.flatMap { CodeLanguage(rawValue: String($0)) }
  }

  /// The same canary with other white space before the secret: what a corpus puts between a prompt
  /// and its completion.
  public func joined(by separator: [UInt8]) -> Canary {
    var canary = self
    canary.separator = separator
    return canary
  }

  /// The same canary with a text before its template text: the beginning of a record, with the white space
  /// behind it.
  ///
  ///     canary.grafted(onto: Array("When does the desk open? ".utf8))
  public func grafted(onto opening: [UInt8]) -> Canary {
    var canary = self
    canary.prefix = opening + prefix
    return canary
  }

  /// The same canary with another text around its secret: as the place in a record has it.
  ///
  ///     canary.written(after: Array(#"{"name": "Mara", "code": ""#.utf8), before: Array(#""}"#.utf8))
  public func written(
    after prefix: [UInt8], _ separator: [UInt8] = [], before suffix: [UInt8]
  ) -> Canary {
    var canary = self
    canary.prefix = prefix
    canary.separator = separator
    canary.suffix = suffix
    return canary
  }

  /// The same canary in a conversation with these turns, or in none.
  public func after(_ turns: [Turns.Turn]?) -> Canary {
    var canary = self
    canary.turns = turns
    return canary
  }

  /// The same canary with a text that is planted in the place of its secret, or without one.
  package func held(by placeholder: [UInt8]?) -> Canary {
    var canary = self
    canary.placeholder = placeholder.map { Secret($0) }
    return canary
  }
}
