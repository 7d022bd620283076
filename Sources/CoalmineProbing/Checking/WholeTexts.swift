// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Glibc

/// The part of a check that scores whole texts: the likely texts in every round, in another order
/// and other company.
enum WholeTexts {
  private static let pairs = CheckTexts.pairs
  static let texts =
    pairs.map { $0.context + $0.likely } + pairs.map { $0.context + $0.improbable }

  /// Thrice each, so that a request is about as full as those of a run: what a server adds up
  /// together moves the last digits.
  private static func order(_ round: Int) -> [Int] {
    (0..<(3 * texts.count)).map { ($0 * 7 + round) % texts.count }
  }

  /// What a round asks: the texts; in one round their endings alone, in another endings of which one
  /// at most can follow.
  static func asks(_ round: Int, _ form: Presentation.Form) -> [Ask] {
    let more: [Ask] =
      switch round {
      case 1:
        pairs.flatMap {
          [
            CheckAsks.score($0.context, $0.likely, form),
            CheckAsks.score($0.context, $0.improbable, form),
          ]
        }
      case 2:
        CheckTexts.exclusive.endings.map {
          CheckAsks.score(CheckTexts.exclusive.context, $0, form)
        }
      default: []
      }
    return order(round).map { CheckAsks.score("", texts[$0], form) } + more
  }

  /// The first text, with the likeliest tokens at each place.
  static func listing(_ form: Presentation.Form) -> Ask {
    let ask = CheckAsks.score("", texts[0], form)
    return ask.passage.map(Ask.scoreListing) ?? ask
  }

  /// Reads all rounds.
  static func fill(_ scores: inout CheckedScores, _ rounds: [CheckSheet?]) {
    scores.sums = [[Double]](repeating: [], count: texts.count)
    for (round, sheet) in rounds.enumerated() {
      guard let sheet, sheet.refusalToScore == nil, let values = sheet.answers?.map(Self.values)
      else {
        scores.refusal = sheet?.refusalToScore ?? CheckSheet.unreadable
        return
      }
      let order = order(round)
      if round == 0 {
        scores.first = pairs.indices.map { pair in
          order.firstIndex(of: pair).map { values[$0] } ?? []
        }
      }
      for (place, text) in order.enumerated() { scores.sums[text].append(sum(values[place])) }
      let rest = values.dropFirst(order.count).map(sum)
      if round == 1 {
        scores.endings = stride(from: 0, to: rest.count, by: 2).map { (rest[$0], rest[$0 + 1]) }
      }
      if round == 2 { scores.mass = rest.reduce(0) { $0 + exp($1) } }
    }
  }

  private static func values(_ answer: Answer) -> [Double?] {
    if case .scored(let tokens) = answer { tokens.map(\.logProbability) } else { [] }
  }

  /// The log-probability of a whole text in nats.
  static func sum(_ answer: Answer) -> Double { sum(values(answer)) }

  private static func sum(_ values: [Double?]) -> Double {
    values.compactMap { $0 }.reduce(0, +)
  }
}

extension CheckSheet {
  static let unreadable = "a text came back without log-probabilities that can be read"

  /// Why the asks of the sheet did not all get what a score needs; `nil` where they did.
  var refusalToScore: String? {
    guard let answers else { return reason ?? Self.unreadable }
    return answers.contains { answer in
      if case .scored(let tokens) = answer { tokens.isEmpty } else { false }
    } ? Self.unreadable : nil
  }
}
