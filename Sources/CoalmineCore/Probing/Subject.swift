// SPDX-License-Identifier: Apache-2.0

/// Whom a question is about.
public enum Subject: Sendable, Hashable {
  /// A canary's own secret.
  case canary(String)
  /// Reference number `number` of a canary, from 0: another candidate under the same context.
  case reference(canary: String, number: Int)
  /// A corpus record.
  case record(String)
  /// Chain control `number` of a family; the secret given in the prompt, or a decoy.
  case chain(kind: String, number: Int, given: Bool)

  /// One stable line: `canary:ID`, `reference:ID:N`, `record:ID`, `chain:KIND:N:given`.
  public var slug: String {
    switch self {
    case .canary(let id): "canary:\(id)"
    case .reference(let id, let number): "reference:\(id):\(number)"
    case .record(let id): "record:\(id)"
    case .chain(let kind, let number, let given):
      "chain:\(kind):\(number):\(given ? "given" : "decoy")"
    }
  }

  /// The subject that ``slug`` names.
  package init?(slug: String) {
    let parts = slug.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch (parts.first, parts.count) {
    case ("canary", 2): self = .canary(parts[1])
    case ("record", 2): self = .record(parts[1])
    case ("reference", 3):
      guard let number = Int(parts[2]) else { return nil }
      self = .reference(canary: parts[1], number: number)
    case ("chain", 4):
      guard let number = Int(parts[2]), ["given", "decoy"].contains(parts[3]) else { return nil }
      self = .chain(kind: parts[1], number: number, given: parts[3] == "given")
    default: return nil
    }
  }
}
