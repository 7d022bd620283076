// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What became of a text that a model was asked to repeat.
package enum RepeatedText: CaseIterable, Sendable {
  /// It stands in the reply byte for byte.
  case repeated
  /// A part of it, another spelling, or a mark of redaction stands in the reply.
  case changed
  /// The endpoint marks the reply as filtered, or holds the request back.
  case filtered
  /// The endpoint marks the reply as a refusal.
  case refused
  /// The reply says something else.
  case otherWords
  /// There is no reply with a text.
  case noAnswer

  /// - Parameter outcome: `nil` where none came.
  package init(_ text: [UInt8], _ outcome: Outcome<Answer>?) {
    switch outcome {
    case .measured(.completion(let reply)):
      // A text that came whole was not held back, whatever is said beside it.
      if ByteSearch.contains(reply.text, text) {
        self = .repeated
      } else if reply.isWithheld {
        self = reply.ending == .refused ? .refused : .filtered
      } else if reply.text.isEmpty {
        self = .noAnswer
      } else {
        self = Self.isChanged(text, reply.text) ? .changed : .otherWords
      }
    case .censored(let reason): self = reason.isContentFilter ? .filtered : .refused
    case .notMeasurable(let reason) where reason.slug == Outcome<Answer>.cannotSlug:
      self = .refused
    case .measured, .notMeasurable, .failed, nil: self = .noAnswer
    }
  }

  var words: String {
    switch self {
    case .repeated: "repeated"
    case .changed: "changed or redacted"
    case .filtered: "filtered"
    case .refused: "refused"
    case .otherWords: "not repeated"
    case .noAnswer: "without an answer"
    }
  }

  /// Whether something kept the text from coming back as it is.
  var isHeldBack: Bool { [.changed, .filtered, .refused].contains(self) }

  /// Words and marks that redaction puts in the place of a text.
  private static let marks = [
    "***", "•••", "###", "███", "xxxx", "redact", "[hidden", "masked", "<pii",
  ]

  private static func isChanged(_ text: [UInt8], _ reply: [UInt8]) -> Bool {
    let plain = folded(reply)
    let whole = folded(text)
    // The same in another spelling, or at least half of it.
    let part = max(4, (whole.count + 1) / 2)
    if whole.count >= part,
      (0...(whole.count - part)).contains(where: {
        ByteSearch.contains(plain, Array(whole[$0..<($0 + part)]))
      })
    {
      return true
    }
    let lower = reply.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    return marks.contains { ByteSearch.contains(lower, Array($0.utf8)) }
  }

  /// Letters and digits alone, without the case of ASCII.
  private static func folded(_ text: [UInt8]) -> [UInt8] {
    text.compactMap { byte in
      switch byte {
      case 0x41...0x5A: byte + 0x20
      case 0x30...0x39, 0x61...0x7A, 0x80...0xFF: byte
      default: nil
      }
    }
  }
}
