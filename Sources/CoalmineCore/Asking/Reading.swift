// SPDX-License-Identifier: Apache-2.0

/// What a reply comes to.
public enum Reading<Value: Sendable>: Sendable {
  case value(Value)
  /// The endpoint is busy or stumbled: the same request may succeed later.
  case retry(Reason)
  /// The request is refused as it is, perhaps for one of its texts alone: a single text that is
  /// refused has no answer, and the run goes on.
  case unanswerable(CoalmineError)
  /// Nothing that is asked of this endpoint will ever be answered: the run stops.
  case stop(CoalmineError)

  /// The same reading with its value transformed.
  public func map<Other: Sendable>(_ transform: (Value) throws -> Other) rethrows
    -> Reading<Other>
  {
    try flatMap { .value(try transform($0)) }
  }

  /// The reading that `transform` makes of the value.
  public func flatMap<Other: Sendable>(_ transform: (Value) throws -> Reading<Other>) rethrows
    -> Reading<Other>
  {
    switch self {
    case .value(let value): try transform(value)
    case .retry(let reason): .retry(reason)
    case .unanswerable(let error): .unanswerable(error)
    case .stop(let error): .stop(error)
    }
  }
}
