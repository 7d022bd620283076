// SPDX-License-Identifier: Apache-2.0

/// Why a value is not there: a stable slug and one sentence of evidence.
public struct Reason: Codable, Sendable, Hashable {
  /// A stable slug, `no-prompt-logprobs`.
  public let slug: String
  /// What was seen, in one lower-case sentence without secrets.
  public let evidence: String

  public init(_ slug: String, _ evidence: String) {
    self.slug = slug
    self.evidence = evidence
  }
}

extension Reason {
  private static let contentFilteredSlug = "content-filtered"

  /// Why a text has no answer that a content filter held back.
  ///
  /// - Parameter words: what is known beside that.
  package static func contentFiltered(_ words: String = "") -> Reason {
    Reason(contentFilteredSlug, "a content filter of the endpoint held the text back" + words)
  }

  /// Whether it is ``contentFiltered(_:)``.
  package var isContentFilter: Bool { slug == Self.contentFilteredSlug }

  private enum CodingKeys: CodingKey { case slug, evidence }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(slug, forKey: .slug)
    try container.encode(encoder.withholding(evidence), forKey: .evidence)
  }
}

/// A measured value, or why there is none. Never zero or NaN in place of "unknown".
public enum Outcome<Value: Sendable>: Sendable {
  /// The value.
  case measured(Value)
  /// This endpoint, or this study, cannot give the value, or nothing was asked.
  case notMeasurable(Reason)
  /// The endpoint held the answer back: a refusal or a filter.
  case censored(Reason)
  /// An answer was due and did not arrive, or could not be read.
  case failed(Reason)

  /// The value, where there is one.
  public var value: Value? {
    if case .measured(let value) = self { value } else { nil }
  }

  /// The reason, where there is no value.
  public var reason: Reason? {
    switch self {
    case .measured: nil
    case .notMeasurable(let reason), .censored(let reason), .failed(let reason): reason
    }
  }

  /// The `status` of reports: `measured`, `not-measurable`, `censored` or `failed`.
  public var status: String {
    switch self {
    case .measured: "measured"
    case .notMeasurable: "not-measurable"
    case .censored: "censored"
    case .failed: "failed"
    }
  }

  /// The same outcome with its value transformed.
  public func map<Other: Sendable>(_ transform: (Value) throws -> Other) rethrows
    -> Outcome<Other>
  {
    switch self {
    case .measured(let value): .measured(try transform(value))
    case .notMeasurable(let reason): .notMeasurable(reason)
    case .censored(let reason): .censored(reason)
    case .failed(let reason): .failed(reason)
    }
  }
}

extension Outcome {
  /// The same reason for another kind of value; `nil` where there is a value.
  package func withoutValue<Other: Sendable>(as type: Other.Type = Other.self) -> Outcome<Other>? {
    switch self {
    case .measured: nil
    case .notMeasurable(let reason): .notMeasurable(reason)
    case .censored(let reason): .censored(reason)
    case .failed(let reason): .failed(reason)
    }
  }
}

extension Outcome: Equatable where Value: Equatable {}
extension Outcome: Codable where Value: Codable {}
