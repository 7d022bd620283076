// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The scores of the references of one canary, by number.
///
/// Where all have one and begin at one byte, as they mostly do, it keeps a number each: a study has
/// millions.
struct ReferenceScores: RandomAccessCollection, Sendable {
  private enum Form: Sendable {
    case alike(nats: [Double], like: SecretScore)
    case any([Outcome<SecretScore>])
  }

  private let form: Form

  init(_ scores: [Outcome<SecretScore>]) {
    guard case .measured(let first)? = scores.first,
      scores.allSatisfy({ $0.value.map { $0.isPlaced(as: first) } ?? false })
    else {
      form = .any(scores)
      return
    }
    form = .alike(nats: scores.compactMap { $0.value?.nats }, like: first)
  }

  var startIndex: Int { 0 }

  var endIndex: Int {
    switch form {
    case .alike(let nats, _): nats.count
    case .any(let scores): scores.count
    }
  }

  subscript(position: Int) -> Outcome<SecretScore> {
    switch form {
    case .alike(let nats, let like):
      .measured(
        SecretScore(
          nats: nats[position], start: like.start, beginsInPrompt: like.beginsInPrompt,
          isUpperBound: like.isUpperBound))
    case .any(let scores): scores[position]
    }
  }

  /// Where the sums of all begin, in bytes of the text, where each is known and they begin at one byte.
  var start: Int? { if case .alike(_, let like) = form { like.start } else { nil } }

  /// All log-probabilities, in nats, where each is known and none is only an upper bound; else `nil`.
  var exact: [Double]? {
    if case .alike(let nats, let like) = form, !like.isUpperBound { nats } else { nil }
  }
}

extension SecretScore {
  /// Whether it differs from another score in ``nats`` alone.
  fileprivate func isPlaced(as other: SecretScore) -> Bool {
    start == other.start && beginsInPrompt == other.beginsInPrompt
      && isUpperBound == other.isUpperBound
  }
}
