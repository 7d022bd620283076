// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

extension RequestLimits {
  /// One passage and one text per request.
  static let one = RequestLimits(prompts: 1, samples: 1, sampledPassages: 1)
}

extension Dialect {
  /// What a reply with one text says, and what the endpoint tells of itself.
  ///
  /// - Parameters:
  ///   - settings: reads the reply to ``Ask/describe``.
  ///   - read: reads the text that was written after a passage.
  func oneText(
    _ reply: Reply, _ asks: [Ask], at endpoint: Endpoint,
    settings: (JSONNode) -> EndpointSettings?,
    _ read: (JSONNode, Passage) -> Reading<Outcome<Completion>>
  ) -> Reading<RequestAnswers> {
    if case .describe? = asks.first { return .described(reply, settings) }
    return document(of: reply, asks, at: endpoint).flatMap { document in
      guard case .complete(let passage, _)? = asks.first else { return .others(asks) }
      return read(document.root, passage).map { outcome in
        .one(outcome.map(Answer.completion), asks, served: ServedModel(document.root))
      }
    }
  }

  /// What a reply of chat completions says.
  ///
  /// - Parameter oneByOne: what to do where a server writes one answer for any `n`.
  func chatTexts(
    _ reply: Reply, _ asks: [Ask], at endpoint: Endpoint, oneByOne: String,
    settings: (JSONNode) -> EndpointSettings? = EndpointSettings.ofModelList
  ) -> Reading<RequestAnswers> {
    if case .describe? = asks.first { return .described(reply, settings) }
    return document(of: reply, asks, at: endpoint).flatMap { document in
      ChatChoices(document: document, asks: asks, endpoint: endpoint, oneByOne: oneByOne).read()
    }
  }
}

extension RequestAnswers {
  /// The answers of a request with one passage.
  static func one(_ outcome: Outcome<Answer>, _ asks: [Ask], served: ServedModel?) -> Self {
    RequestAnswers([outcome] + asks.dropFirst().map { _ in .otherAnswer }, served: served)
  }
}

extension Reading<RequestAnswers> {
  /// A reply to asks of another kind.
  static func others(_ asks: [Ask]) -> Self {
    .value(RequestAnswers(asks.map { _ in .otherAnswer }))
  }
}

extension Reading<Outcome<Completion>> {
  /// The server broke off: what it wrote so far is not what the model would have written.
  static var unfinished: Self { .retry(Reason("unfinished", "the server gave up on a text")) }
}
