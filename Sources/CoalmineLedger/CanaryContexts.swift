// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import GRDB

/// The contexts of canaries, read once beside their rows: both come in the order of the ids.
struct CanaryContexts {
  private let rows: RowCursor
  private var next: (canary: String, slot: String, value: [UInt8])?

  init(_ db: Database) throws {
    rows = try Row.fetchCursor(db, sql: "SELECT canary, slot, value FROM context ORDER BY canary")
    try step()
  }

  /// The context of a canary.
  ///
  /// - Parameter id: of a canary behind the last one that was asked for.
  mutating func next(_ id: String, _ shared: inout SharedBytes) throws -> [String: [UInt8]] {
    var context: [String: [UInt8]] = [:]
    while let own = next, own.canary.utf8.lexicographicallyPrecedes(id.utf8) || own.canary == id {
      // A row of no canary is one that the foreign key refuses.
      if own.canary == id { context[shared.text(own.slot)] = shared.bytes(own.value) }
      try step()
    }
    return context
  }

  private mutating func step() throws {
    next = try rows.next().map {
      (try $0.value("canary"), try $0.value("slot"), try $0.bytes("value"))
    }
  }
}

/// Texts and bytes that many canaries share, kept once: kinds, white space, the ends of templates, names
/// of lists.
struct SharedBytes {
  private var texts: [String: String] = [:]
  private var known: [[UInt8]: [UInt8]] = [:]
  private static let most = 65_536

  mutating func text(_ own: String) -> String {
    if let known = texts[own] { return known }
    if texts.count < Self.most { texts[own] = own }
    return own
  }

  mutating func bytes(_ own: [UInt8]) -> [UInt8] {
    if let shared = known[own] { return shared }
    if known.count < Self.most { known[own] = own }
    return own
  }
}
