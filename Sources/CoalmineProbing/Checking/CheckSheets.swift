// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Asks of a check that belong together, and what came for them.
///
/// A sheet may take several requests: as many as the dialect's limits make of it.
struct CheckSheet {
  let asks: [Ask]
  let refusal: AskBatch.Refusal
  private(set) var outcomes: [Outcome<Answer>?]

  init(_ asks: [Ask], refusal: AskBatch.Refusal) {
    self.asks = asks
    self.refusal = refusal
    outcomes = Array(repeating: nil, count: asks.count)
  }

  mutating func take(_ outcome: Outcome<Answer>, at place: Int) { outcomes[place] = outcome }

  /// The answers, where every ask has one.
  var answers: [Answer]? {
    let found = outcomes.compactMap { $0?.value }
    return found.count == asks.count ? found : nil
  }

  /// Why the first ask without an answer has none.
  var reason: String? { outcomes.lazy.compactMap { $0?.reason?.evidence }.first }

  /// What was written each time, where all of it came.
  var written: PublicAnswers? {
    guard let answers else { return nil }
    let texts = answers.compactMap { answer -> [UInt8]? in
      if case .completion(let text) = answer { text.text } else { nil }
    }
    return texts.count == asks.count ? .written(texts) : nil
  }

  /// Requests of one kind each, as full as the dialect takes them, with the place of their first
  /// ask.
  func batches(_ limit: (Ask.Kind) -> Int) -> [(batch: AskBatch, first: Int)] {
    var batches: [(batch: AskBatch, first: Int)] = []
    var first = 0
    while first < asks.count {
      let kind = asks[first].kind
      let same = asks[first...].prefix { $0.kind == kind }.prefix(max(1, limit(kind)))
      batches.append((AskBatch(Array(same), refusal: refusal), first))
      first += same.count
    }
    return batches
  }
}

/// The asks of a check, all about public texts.
enum CheckAsks {
  /// Samples that are asked of one prompt.
  static let samples = 4

  static func passage(
    _ context: String, _ ending: String, _ form: Presentation.Form = .plain
  ) -> Passage {
    Passage(
      before: Array(context.utf8), target: Array(ending.utf8), presentation: .ofText(form),
      isPublic: true)
  }

  static func score(_ context: String, _ ending: String, _ form: Presentation.Form) -> Ask {
    .score(passage(context, ending, form))
  }

  static func greedy(_ form: Presentation.Form) -> Ask {
    .complete(
      Passage(
        before: Array(CheckTexts.pairs[0].context.utf8), presentation: .ofText(form),
        isPublic: true), Decoding(.greedy, maxTokens: 8))
  }

  /// The beginning of a text that models go on with in ways of their own, twice.
  static func known(_ form: Presentation.Form) -> [Ask] {
    (0..<2).map { .complete(opening(form), Decoding(.greedy, maxTokens: 32, sample: $0)) }
  }

  static func sampled(_ form: Presentation.Form) -> [Ask] {
    (0..<samples).map { .complete(opening(form), Decoding(.neutral, maxTokens: 8, sample: $0)) }
  }

  private static func opening(_ form: Presentation.Form) -> Passage {
    passage(CheckTexts.opening, "", form)
  }
}
