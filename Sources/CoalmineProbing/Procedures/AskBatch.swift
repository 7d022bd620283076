// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Asks of one kind that travel in one request.
///
///     AskBatch([.score(passage)]).count                     // 1
///     AskBatch(of: questions, at: [7, 2]).question(0)       // that of questions[7]
package struct AskBatch: Sendable {
  private let content: Content
  /// Makes sampling repeatable where the endpoint allows it.
  package var seed: UInt64 = 0
  /// What it means that the endpoint refuses a single ask.
  package let refusal: Refusal

  private enum Content: Sendable {
    /// The asks, with the question of each as the ledger notes it, or no question.
    case spelled([Ask], [Question])
    /// Questions of one ask each, by their places in a list: of 100,000 texts only those that are under
    /// way are held.
    case listed(QuestionList, [UInt32])
  }

  package enum Refusal: Sendable {
    /// The text has no answer; the run goes on.
    case leavesOutText
    /// The run ends with it.
    case ends
    /// It is the answer: the endpoint cannot do it.
    case answers
  }

  /// - Parameter questions: of each ask; empty where an ask answers none by itself.
  package init(
    _ asks: [Ask], questions: [Question] = [], refusal: Refusal = .leavesOutText
  ) {
    self.init(.spelled(asks, questions), refusal)
  }

  /// - Parameter places: of questions with one ask each.
  package init(of list: QuestionList, at places: [UInt32]) {
    self.init(.listed(list, places), .leavesOutText)
  }

  private init(_ content: Content, _ refusal: Refusal) {
    self.content = content
    self.refusal = refusal
  }

  package var count: Int {
    switch content {
    case .spelled(let asks, _): asks.count
    case .listed(_, let places): places.count
    }
  }

  package var isEmpty: Bool { count == 0 }

  /// What kind they are of; `nil` where there are none.
  package var kind: Ask.Kind? { isEmpty ? nil : ask(0).kind }

  /// - Complexity: O(1) where they are spelled, else O(n log owners).
  package var asks: [Ask] {
    switch content {
    case .spelled(let asks, _): asks
    case .listed(_, let places): places.indices.map(ask)
    }
  }

  /// The question of each ask, as the ledger notes it; empty where an ask answers none by itself.
  package var questions: [Question] {
    switch content {
    case .spelled(_, let questions): questions
    case .listed(_, let places): places.indices.map(question)
    }
  }

  package func ask(_ place: Int) -> Ask {
    switch content {
    case .spelled(let asks, _): asks[place]
    case .listed(let list, let places): list[Int(places[place])].asks[0].1
    }
  }

  /// An ask that answers a question, with it.
  package func asked(_ place: Int) -> (question: Question, ask: Ask) {
    switch content {
    case .spelled(let asks, let questions): (questions[place], asks[place])
    case .listed(let list, let places): list[Int(places[place])].asks[0]
    }
  }

  /// The question of an ask that answers one.
  package func question(_ place: Int) -> Question {
    switch content {
    case .spelled(_, let questions): questions[place]
    case .listed(let list, let places): list[Int(places[place])].asks[0].0
    }
  }

  /// The same batch with its asks held: for one that is under way, whose asks are read several times.
  package var spelled: AskBatch {
    guard case .listed(let list, let places) = content else { return self }
    let asked = places.map { list[Int($0)].asks[0] }
    var batch = AskBatch(.spelled(asked.map(\.1), asked.map(\.0)), refusal)
    batch.seed = seed
    return batch
  }

  /// Those at some places, as a batch of their own with the same seed.
  package func part(_ places: Range<Int>) -> AskBatch {
    var part =
      switch content {
      case .spelled(let asks, let questions):
        AskBatch(
          .spelled(
            Array(asks[places]), questions.isEmpty ? [] : Array(questions[places])), refusal)
      case .listed(let list, let all): AskBatch(.listed(list, Array(all[places])), refusal)
      }
    part.seed = seed
    return part
  }

  /// Groups of at most `size`, in their order.
  package static func groups(of asks: [Ask], by size: Int, refusal: Refusal) -> [AskBatch] {
    stride(from: 0, to: asks.count, by: max(1, size)).map {
      AskBatch(Array(asks[$0..<min($0 + max(1, size), asks.count)]), refusal: refusal)
    }
  }
}
