// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// One request of a round: a batch of asks, or a part of one.
struct BatchRequest: Sendable {
  /// Its name in the ledger.
  let key: RequestKey
  let batch: AskBatch
  /// The place of the first ask in the whole batch.
  let first: Int
  /// What the request holds many of, for the size that an endpoint takes.
  let unit: Unit

  enum Unit: Sendable {
    case prompts
    /// Samples of one prompt.
    case samples
  }

  /// A whole batch of a round.
  init(_ batch: AskBatch, _ key: RequestKey, by dialect: any Dialect) {
    self.key = key
    self.batch = batch
    first = 0
    switch batch.kind {
    case .complete(.neutral)?, .complete(.endpointDefault)?:
      // Samples that are repeated prompts are prompts.
      unit = dialect.limits.sampledPassages > 1 ? .prompts : .samples
    default: unit = .prompts
    }
  }

  private init(_ key: RequestKey, _ batch: AskBatch, first: Int, unit: Unit) {
    self.key = key
    self.batch = batch
    self.first = first
    self.unit = unit
  }

  var asks: [Ask] { batch.asks }

  var count: Int { batch.count }

  /// The same asks in two requests; `nil` where there is only one ask.
  var halves: [BatchRequest]? {
    guard count > 1, let (left, right) = key.halves else { return nil }
    let middle = RequestSize.half(count)
    return [part(left, 0..<middle), part(right, middle..<count)]
  }

  /// The same request with its asks held, for the time that it is under way.
  var spelled: BatchRequest { BatchRequest(key, batch.spelled, first: first, unit: unit) }

  private func part(_ key: RequestKey, _ places: Range<Int>) -> BatchRequest {
    BatchRequest(key, batch.part(places), first: first + places.lowerBound, unit: unit)
  }

  /// The part of this request that has the key; `nil` where there is none.
  func part(_ key: RequestKey) -> BatchRequest? {
    if key == self.key { return self }
    guard let parent = key.parent, let whole = part(parent) else { return nil }
    return whole.halves?.first { $0.key == key }
  }

  /// Where each ask stands in the round.
  var places: [AskPlace] {
    (0..<count).map { AskPlace(batch: key.index, ask: first + $0) }
  }

  /// Whether it holds nothing but one long text, whose length is the likely reason of a refusal.
  var isOneLongText: Bool {
    guard count == 1, let passage = batch.ask(0).passage else { return false }
    guard case .record? = batch.questions.first?.subject else {
      return passage.text.count > QuestionPlan.loneBytes
    }
    // The turns before it are of the record too; those before a canary are a system prompt, which many have.
    return passage.studyBytes > QuestionPlan.loneBytes
  }
}

extension BatchRequest {
  /// Whether a filter is what it is about, so that a text that is held back is an answer.
  var looksForFilters: Bool { key.procedure == .repeats }

  /// Whether these outcomes say that the endpoint cannot do what is asked.
  func answersNo(_ outcomes: [Outcome<Answer>]) -> Bool {
    batch.refusal == .answers
      && outcomes.allSatisfy { $0.reason?.slug == Outcome<Answer>.cannotSlug }
  }
}

extension Outcome<Answer> {
  static var cannotSlug: String { "endpoint-refuses" }

  /// What is known of a text that the endpoint did not take.
  static func without(_ ask: Ask, _ error: CoalmineError) -> Outcome {
    let words = error.details.first.map { "; \($0)" } ?? ""
    return error.isFilter
      ? .censored(.contentFiltered(words))
      : .failed(
        Reason(
          "text-refused",
          "the endpoint refused a text of \(ask.passage?.text.count ?? 0) bytes" + words))
  }

  /// What an endpoint's refusal says where it may not be able to do what is asked.
  ///
  /// - Parameter url: the endpoint's, which the words need not repeat.
  static func cannot(_ error: CoalmineError, at url: String) -> Outcome {
    let prefix = "\(url): "
    let message =
      error.message.hasPrefix(prefix)
      ? String(error.message.dropFirst(prefix.count)) : error.message
    return .notMeasurable(
      Reason(cannotSlug, ([message] + error.details).joined(separator: "; ")))
  }
}

extension CoalmineError {
  /// Whether it is the endpoint's way of not being able to, rather than of being unusable.
  var saysNo: Bool { ["unexpected-reply", "request-refused", "not-found"].contains(code) }
}

extension BatchRequest {
  /// The requests that ask these: one that was refused, or of which a part is stored, is asked in
  /// halves.
  ///
  /// - Parameter stored: what is stored of the requests and their parts, by key.
  static func asked(_ requests: [BatchRequest], _ stored: [RequestKey: Ledger.RequestState])
    -> [BatchRequest]
  {
    var split: Set<RequestKey> = []
    for key in stored.keys {
      var key = key
      while let parent = key.parent, split.insert(parent).inserted { key = parent }
    }
    func leaves(_ request: BatchRequest) -> [BatchRequest] {
      let state = stored[request.key]
      let isSplit =
        state?.answered == true ? state?.isRefused == true : split.contains(request.key)
      guard isSplit, let halves = request.halves else { return [request] }
      return halves.flatMap(leaves)
    }
    return requests.flatMap(leaves)
  }
}
