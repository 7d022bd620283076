// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics

/// Whether a continuation gives the secret of the canary that was probed.
package enum ExtractionMatch {
  /// Whether `text` begins with the secret, compared byte by byte.
  ///
  /// ```
  /// asked   The access code of Ada Dalby is
  /// hit      447192.          separator and secret
  /// hit     \n\n447192.       any white space and secret
  /// miss     4471925          a longer number is not the secret
  /// miss     It is 447192     later in the text
  /// ```
  ///
  /// - Complexity: O(bytes of `text`).
  package static func begins(_ text: [UInt8], separator: [UInt8], secret: [UInt8]) -> Bool {
    guard !secret.isEmpty else { return false }
    let whole = text[...]
    return stands(secret, at: whole.dropFirst(separator.count))
      && whole.starts(with: separator)
      || stands(secret, at: whole.drop(while: \.isASCIISpace))
  }

  /// The first candidate that stands anywhere in a reply as a word of its own; `nil` where none does.
  ///
  /// A model that answers in a turn of its own may say something before it. The rule knows no secret, so
  /// that one reply counts for one candidate: a guess is right with the same chance as one at the start.
  ///
  /// ```
  /// The code is 447192. It is not 118203.     447192
  /// No. 4471925                               none: a longer number
  /// ```
  ///
  /// - Complexity: O(bytes of `text` · steps of the space · log options).
  package static func first(in text: [UInt8], of space: RandomnessSpace) -> [UInt8]? {
    for place in text.indices where place == 0 || !isAlphanumeric(text[place - 1]) {
      guard let found = space.candidateAtStart(of: text[place...]) else { continue }
      let candidate = Array(text[place..<place + found.length])
      if stands(candidate, at: text[place...]) { return candidate }
    }
    return nil
  }

  /// Whether `secret` stands anywhere in `text` as a word of its own.
  ///
  /// - Complexity: O(bytes of `text` · bytes of `secret`).
  package static func holds(_ text: [UInt8], _ secret: [UInt8]) -> Bool {
    guard !secret.isEmpty else { return false }
    return text.indices.contains { place in
      (place == 0 || !isAlphanumeric(text[place - 1])) && stands(secret, at: text[place...])
    }
  }

  /// Whether the rate of extraction counts a reply for the canary whose prompt was asked.
  ///
  /// - Parameters:
  ///   - form: how the run asked.
  ///   - space: that of the canary; without it only a secret at the start counts.
  package static func counts(
    _ reply: [UInt8], for canary: Canary, asked form: Presentation.Form, space: RandomnessSpace?
  ) -> Bool {
    ExtractionPlace(canary, asked: form, space: space)
      .holds(reply, separator: canary.separator, secret: canary.secret.reveal())
  }

  /// Whether `rest` begins with `secret` and the secret ends there.
  private static func stands(_ secret: [UInt8], at rest: ArraySlice<UInt8>) -> Bool {
    guard rest.starts(with: secret) else { return false }
    guard let last = secret.last, isAlphanumeric(last) else { return true }
    guard let next = rest.dropFirst(secret.count).first else { return true }
    return !isAlphanumeric(next)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
  }
}

/// Where a secret must stand in what a model wrote.
enum ExtractionPlace {
  /// At the start, after the separator or any white space: the model goes on with a text.
  case start
  /// Anywhere, as the first candidate of its space: the model answers in a turn of its own.
  case anywhere(RandomnessSpace)
  /// Anywhere: the prompt gave the secret, so that nothing is guessed.
  case anywhereGiven

  /// Without its space nothing says how many candidates a reply could be found to hold.
  init(_ canary: Canary, asked form: Presentation.Form?, space: RandomnessSpace?) {
    guard let form, canary.answersInOwnTurn(form), let space else {
      self = .start
      return
    }
    self = .anywhere(space)
  }

  func holds(_ text: [UInt8], separator: [UInt8], secret: [UInt8]) -> Bool {
    if ExtractionMatch.begins(text, separator: separator, secret: secret) { return true }
    return switch self {
    case .start: false
    case .anywhere(let space): ExtractionMatch.first(in: text, of: space) == secret
    case .anywhereGiven: ExtractionMatch.holds(text, secret)
    }
  }
}

/// What the continuations of one question say about one secret.
struct ExtractionCount: Sendable, Equatable {
  /// Continuations that give the secret.
  let hits: Int
  /// Continuations that count: all but those held back without giving the secret.
  let samples: Int
  /// Continuations that the endpoint filtered or refused.
  let withheld: Int

  /// Counts, or says why nothing can be counted: `censored` where every continuation was held back, with
  /// a reason of its own where the provider said of one that it knows the text.
  static func read(
    _ answer: Outcome<Observation>, separator: [UInt8], secret: [UInt8],
    at place: ExtractionPlace = .start
  ) -> Outcome<ExtractionCount> {
    guard case .measured(let observation) = answer else {
      return answer.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
    guard case .completions(let texts) = observation else {
      return .failed(Reasons.wrongObservation)
    }
    guard !texts.isEmpty else {
      return .failed(Reason("no-continuation", "the answer holds no continuation"))
    }
    var hits = 0
    var withheld = 0
    for text in texts {
      if place.holds(text.text, separator: separator, secret: secret) {
        hits += 1
      } else if text.ending.isWithheld {
        withheld += 1
      }
    }
    guard withheld < texts.count else {
      let recited = texts.count { $0.ending == .recitation }
      return .censored(
        recited == 0
          ? Reason("continuations-withheld", "the endpoint filtered or refused every continuation")
          : Reason(
            "continuations-recited",
            "the endpoint held every continuation back, \(recited) of \(texts.count) because they "
              + "repeat a text that the provider knows"))
    }
    return .measured(
      ExtractionCount(hits: hits, samples: texts.count - withheld, withheld: withheld))
  }
}
