// SPDX-License-Identifier: Apache-2.0

/// A value that must not print: the candidate of a canary, a key.
///
/// Every way of turning it into text gives a placeholder; ``reveal()`` is the one way to the
/// value, so that a search for the word finds every place where a secret is used.
public struct Secret<Value: Sendable>: Sendable {
  private let value: Value

  /// Wraps `value`.
  public init(_ value: Value) { self.value = value }

  /// The value itself. Call it only where the secret is needed: to write a corpus, to ask the
  /// endpoint, to compare, or to print a report with `--reveal`.
  public func reveal() -> Value { value }
}

extension Secret: Equatable where Value: Equatable {}
extension Secret: Hashable where Value: Hashable {}

/// Only how many bytes there are: what is read back is so many zeros.
extension Secret: Codable where Value == [UInt8] {
  public init(from decoder: any Decoder) throws {
    let count = try decoder.singleValueContainer().decode(Int.self)
    self.init([UInt8](repeating: 0, count: max(0, count)))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value.count)
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "(secret)" }
  public var debugDescription: String { "(secret)" }
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
