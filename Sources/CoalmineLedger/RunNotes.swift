// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Foundation
import GRDB

/// What is noted of a run beside its record, as facts of the study under the run's number, so that ledgers
/// of this version stay what they are: `run_2_options` holds the options of the last call, `run_2_dialect`
/// and `run_2_probe_set` what is asked in place of it.
extension Ledger {
  /// Notes how the last call asked a run; nothing is written where it is noted already.
  public func note(_ options: CallOptions, of run: Int) throws {
    guard try callOptions(run: run) != options else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let value = try encoder.encode(options)
    try change { rows in try rows.replace(.study, [Self.key(run, "options"), value]) }
  }

  /// How the last call asked a run.
  ///
  /// - Throws: ``CoalmineError`` with code `ledger-damaged`.
  public func callOptions(run: Int) throws -> CallOptions {
    guard let stored = try runNote(run, "options") else { return .none }
    guard let options = try? JSONDecoder().decode(CallOptions.self, from: stored.blob) else {
      throw damaged("the options of run \(run)")
    }
    return options
  }

  /// Notes that another dialect is asked in place of a run's own, which the endpoint did not take.
  public func note(dialect: String, inPlaceOf run: Int) throws {
    try change { rows in
      try rows.replace(.study, [Self.key(run, "dialect"), Array(dialect.utf8).blob])
    }
  }

  /// The dialect that is asked in place of a run's own; `nil` where the run asks by its own.
  public func dialect(inPlaceOf run: Int) throws -> String? {
    try runNote(run, "dialect").map { String(decoding: $0, as: UTF8.self) }
  }

  /// Notes that another probe set is asked in place of a run's own.
  public func note(probeSet: String, inPlaceOf run: Int) throws {
    try change { rows in
      try rows.replace(.study, [Self.key(run, "probe_set"), Array(probeSet.utf8).blob])
    }
  }

  /// The probe set that is asked in place of a run's own; `nil` where the run asks its own.
  public func probeSet(inPlaceOf run: Int) throws -> String? {
    try runNote(run, "probe_set").map { String(decoding: $0, as: UTF8.self) }
  }

  private func runNote(_ run: Int, _ name: String) throws -> [UInt8]? {
    try read { db in
      try Row.fetchOne(
        db, sql: "SELECT value FROM study WHERE key = ?", arguments: [Self.key(run, name)]
      ).map { try $0.bytes("value") }
    }
  }

  private static func key(_ run: Int, _ name: String) -> String { "run_\(run)_\(name)" }
}
