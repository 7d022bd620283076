// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints

/// What a reply means for its request.
enum Verdict {
  /// One outcome per ask.
  case outcomes([Outcome<Answer>], served: ServedModel?)
  /// Refused as it is. A request of several asks is divided; for a single one these are the
  /// outcomes, where it leaves only a text out.
  case refused(CoalmineError, lone: [Outcome<Answer>]?)
  case retry(Reason)
  case stop(CoalmineError)

  /// The model that it names.
  var served: ServedModel? {
    guard case .outcomes(_, let served) = self else { return nil }
    return served
  }

  /// - Parameter trusted: whether the endpoint has given an answer. Before, a single text that is
  ///   refused means that the request itself is wrong.
  init(
    of reply: Reply, _ request: BatchRequest, _ dialect: any Dialect, _ endpoint: Endpoint,
    trusted: Bool
  ) {
    let asks = request.asks
    switch (dialect.decode(reply, asks, at: endpoint), request.batch.refusal) {
    case (.value(let answers), _): self = .outcomes(answers.outcomes, served: answers.served)
    case (.retry(let reason), _): self = .retry(reason)
    case (.unanswerable(let error), .answers) where error.isFilter && request.looksForFilters:
      self = .outcomes(asks.map { .without($0, error) }, served: nil)
    case (.stop(let error), .answers) where error.saysNo,
      (.unanswerable(let error), .answers) where request.halves == nil:
      self = .outcomes(asks.map { _ in .cannot(error, at: endpoint.url) }, served: nil)
    case (.stop(let error), _): self = .stop(error)
    case (.unanswerable(let error), .ends) where request.halves == nil: self = .stop(error)
    case (.unanswerable(let error), _)
    where request.halves == nil && !trusted && !error.isFilter:
      self = .stop(error)
    case (.unanswerable(let error), _):
      self = .refused(error, lone: asks.map { .without($0, error) })
    }
  }
}
