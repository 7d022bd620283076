// SPDX-License-Identifier: Apache-2.0

/// A few replies of the run that a report shows: what was asked, what came back, and where the prompt
/// ends.
///
/// They are examples and decide nothing. Which ones are taken depends on digests of names alone, so
/// nobody chose them.
public struct Transcripts: Sendable, Equatable {
  /// How many examples a class has at most.
  public static let perClass = 3

  /// By class, then in the order in which they were found.
  public let examples: [Transcript]
  /// Of how many canaries the replies were searched for other canaries' secrets and for other
  /// written forms; those of further canaries only for their own secret, byte for byte.
  public let searched: Int
  /// Why there is no example; `nil` where replies were read.
  public let missing: Reason?

  public init(_ examples: [Transcript], searched: Int) {
    self.examples = examples
    self.searched = searched
    missing = nil
  }

  public init(missing: Reason) {
    examples = []
    searched = 0
    self.missing = missing
  }
}

/// One reply with what was asked for it.
public struct Transcript: Sendable, Equatable {
  /// What a reply shows.
  public enum Class: String, Sendable, CaseIterable {
    /// The secret that the prompt belongs to stands in it, byte for byte.
    case hit
    /// That secret stands in it in another written form alone.
    case nearHit = "near-hit"
    /// Another canary's secret stands in it, in any form that is looked for.
    case offTarget = "off-target"
    /// The endpoint says that it refused or filtered the reply.
    case refusal
    /// Nothing of that.
    case miss
  }

  /// A secret in a reply.
  public struct Found: Sendable, Equatable, Hashable {
    /// Whose secret it is.
    public let canary: String
    /// `exact`, `near`, `base64` or `hexadecimal`.
    public let form: String

    public init(canary: String, form: String) {
      self.canary = canary
      self.form = form
    }
  }

  /// A text that was sent, with who says it.
  public struct Part: Sendable, Equatable {
    /// `system`, `user` or `assistant`; `text` where the prompt is no conversation, `text behind` for what
    /// stands behind a gap.
    public let role: String
    public let text: TranscriptText

    public init(role: String, text: TranscriptText) {
      self.role = role
      self.text = text
    }
  }

  public let outcome: Class
  /// Whose prompt was asked.
  public let canary: String
  public let role: Role
  public let repetitions: Int
  /// With which decoding.
  public let probe: Probe
  /// Counted from 1.
  public let sample: Int
  /// Everything that was sent, in order; the reply follows the last one but for a gap.
  public let prompt: [Part]
  public let reply: TranscriptText
  public let ending: Completion.Ending
  /// Secrets in the reply, each with its form, once.
  public let found: [Found]
  /// Whether the rate of extraction counts the reply.
  public let countsAsExtracted: Bool

  public init(
    outcome: Class, canary: String, role: Role, repetitions: Int, probe: Probe, sample: Int,
    prompt: [Part], reply: TranscriptText, ending: Completion.Ending, found: [Found],
    countsAsExtracted: Bool
  ) {
    self.outcome = outcome
    self.canary = canary
    self.role = role
    self.repetitions = repetitions
    self.probe = probe
    self.sample = sample
    self.prompt = prompt
    self.reply = reply
    self.ending = ending
    self.found = found
    self.countsAsExtracted = countsAsExtracted
  }
}

/// A text of a transcript, as anybody may read it and as it is.
public struct TranscriptText: Sendable, Equatable {
  /// Without secrets and without what a reply repeats of the corpus.
  public let shown: String
  /// The text itself; printed only with `--reveal`.
  public let clear: Secret<[UInt8]>
  /// Its whole length in bytes; ``shown`` and ``clear`` can be a part of it.
  public let bytes: Int

  public init(shown: String, clear: Secret<[UInt8]>, bytes: Int) {
    self.shown = shown
    self.clear = clear
    self.bytes = bytes
  }
}
