// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import GRDB

/// A row of `observation`, as every version can give it.
struct StoredObservation {
  let probe: String
  let subject: String
  /// From 0.
  let sample: Int
  let query: [UInt8]
  let exchange: Int64
  let status: String
  let body: [UInt8]

  /// The rows of this version that a row of any version gives: before version 4, one row held all
  /// samples of a subject.
  ///
  /// - Throws: `RowDecodingError`; ``CoalmineError`` with code `ledger-damaged`.
  static func rows(_ row: Row, version: Int) throws -> [StoredObservation] {
    let status: String = try row.value("status")
    let body = try row.bytes("body")
    func stored(_ sample: Int, _ body: [UInt8]) throws -> StoredObservation {
      StoredObservation(
        probe: try row.value("probe"), subject: try row.value("subject"), sample: sample,
        query: try row.bytes("query"), exchange: try row.value("exchange"), status: status,
        body: body)
    }
    guard version < 4 else { return [try stored(try row.value("sample"), body)] }
    guard case .measured(.completions(let texts)) = ObservationForm.decode(status: status, body),
      texts.count > 1
    else { return [try stored(0, body)] }
    return try texts.enumerated().map {
      try stored($0.offset, ObservationForm.encode(.measured(.completions([$0.element]))))
    }
  }
}

extension Ledger {
  /// The observations of a run, in the order in which they were stored.
  ///
  /// - Parameter probes: those that are read; `nil` reads all.
  func storedObservations(run: Int, of probes: [Probe]? = nil) throws -> [StoredObservation] {
    try read { db in
      var found: [StoredObservation] = []
      let names = (probes ?? []).map(\.rawValue)
      let places = names.map { _ in "?" }.joined(separator: ", ")
      let rows = try Row.fetchCursor(
        db,
        sql: "SELECT * FROM observation WHERE run = ?"
          + (probes == nil ? "" : " AND probe IN (\(places))"),
        arguments: [run] + StatementArguments(names))
      while let row = try rows.next() {
        found += try StoredObservation.rows(row, version: version)
      }
      return found
    }
  }
}
