// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// Learns by which fixed texts a server's chat template surrounds turns, and holds the tokens of a rendered
/// conversation against those that the server's own chat route reads.
///
/// ```
/// round 0   /apply-template        three public conversations of each sequence of roles
/// round 1   /tokenize              the first of them as it was rendered: 31 tokens
///           /v1/chat/completions   the same in turns:                    31 tokens
/// ```
///
/// Its replies are stored before the check's, so that what is rendered later follows from them.
package final class TemplateCheck: Procedure {
  package let name = ProcedureName.template
  private let sequences: [[String]]
  private var round = 0
  /// The outcomes of the round under way, by request.
  private var outcomes: [Outcome<Answer>?] = []
  /// Why the template cannot be used; `nil` while nothing speaks against it.
  package private(set) var fault: String?
  /// What was learned; of use where the procedure has ended and there is no ``fault``.
  package private(set) var template = ChatTemplate()
  private var firsts: [[UInt8]] = []
  private var counts: [Int] = []

  /// - Parameter sequences: of roles, each with the model's own turn at its end.
  package init(_ sequences: [[String]]) { self.sequences = sequences }

  /// The sequences of roles that a run asks: those of the check's texts, and those of a study's
  /// conversations.
  ///
  /// - Parameter records: those that the run scores.
  package static func sequences(of canaries: [Canary], records: [CorpusRecord] = []) -> [[String]] {
    let checked = [Presentation.opening.role, Self.own]
    let planted = canaries.compactMap { $0.turns.map { $0.map(\.role) + ["user", Self.own] } }
    let own = records.compactMap { $0.conversation.map { $0.earlier.map(\.role) + [Self.own] } }
    return Set([checked] + planted + own).sorted { $0.lexicographicallyPrecedes($1) }
  }

  private static let own = "assistant"

  package func nextRound() -> [AskBatch]? {
    if round == 1 { learn() }
    if round == 2 { compare() }
    round += 1
    guard fault == nil, round <= 2 else { return nil }
    let asks =
      round == 1
      ? sequences.flatMap { roles in
        PublicTurns.Variant.allCases.map { Ask.render(PublicTurns.turns(roles, $0)) }
      }
      : zip(sequences, firsts).flatMap { roles, text in
        [
          .tokenize(Passage(before: text, isPublic: true)),
          .countTokens(PublicTurns.turns(roles, .plain)),
        ]
      }
    outcomes = Array(repeating: nil, count: asks.count)
    return asks.map { AskBatch([$0], refusal: .answers) }
  }

  package func take(_ outcome: Outcome<Answer>, at place: AskPlace, exchange: Int64)
    -> LedgerBatch.Finding?
  {
    outcomes[place.batch] = outcome
    return nil
  }

  /// Why a request of the round has no answer.
  private var refusal: String? {
    outcomes.lazy.compactMap { $0?.reason?.evidence }.first
  }

  private func learn() {
    let texts = outcomes.compactMap { outcome -> [UInt8]? in
      if case .measured(.rendered(let text))?? = Optional(outcome) { text } else { nil }
    }
    guard texts.count == outcomes.count else {
      fault = refusal ?? "not every conversation was rendered"
      return
    }
    let variants = PublicTurns.Variant.allCases.count
    for (place, roles) in sequences.enumerated() {
      let own = Array(texts[(variants * place)..<(variants * (place + 1))])
      do throws(TurnPieces.Fault) {
        try template.learn(roles, own)
      } catch {
        fault = "\(error.rawValue) (turns of \(roles.joined(separator: ", ")))"
        return
      }
      firsts.append(own[0])
    }
  }

  private func compare() {
    for place in sequences.indices {
      guard case .measured(.tokens(let tokens))?? = Optional(outcomes[2 * place]),
        case .measured(.tokenCount(let count))?? = Optional(outcomes[2 * place + 1])
      else {
        fault = refusal ?? "the tokens of a rendered conversation did not come"
        return
      }
      guard tokens.count == count else {
        fault =
          "the rendered text has \(tokens.count) tokens, and the chat route reads \(count) of the same "
          + "conversation"
        return
      }
      counts.append(count)
    }
  }

  /// What a report says of it.
  package var item: Capabilities.Item {
    Capabilities.Item(
      .templateRendered, .seen,
      "\(Prose.count(PublicTurns.Variant.allCases.count * sequences.count, "public conversation was", "public conversations were")) "
        + "rendered as fixed text around their turns, and the rendered text has the tokens that the chat "
        + "route reads (\(counts.map(String.init).joined(separator: ", ")))")
  }
}
