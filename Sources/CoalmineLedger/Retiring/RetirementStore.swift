// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Foundation
import GRDB

/// What a retired study keeps beside its numbers: what was dropped, and the results as they were.
extension Ledger {
  /// What was dropped; `nil` where the study is whole.
  ///
  /// - Throws: ``CoalmineError`` with code `ledger-damaged`.
  public func retirement() throws -> Retirement? {
    guard isRetired else { return nil }
    let stored = try read { try StudyFactReader($0, path).bytes(.retired) }
    guard let found = try? JSONDecoder().decode(Retirement.self, from: stored.blob) else {
      throw damaged("what was dropped from the study")
    }
    return found
  }

  /// The result of a run of a tuned model as it was when the study was retired; of the study without
  /// any where `run` is `nil`.
  ///
  /// - Returns: `nil` where none was kept.
  /// - Throws: ``CoalmineError`` with code `ledger-damaged`.
  package func retiredResult(run: Int?) throws -> StudyResult? {
    let stored = try read { db in
      try Row.fetchOne(
        db, sql: "SELECT value FROM study WHERE key = ?", arguments: [Self.resultKey(run)]
      ).map { try $0.bytes("value") }
    }
    guard let stored else { return nil }
    guard let text = Deflate.inflate(stored),
      let result = try? Self.decoder.decode(StudyResult.self, from: text.blob)
    else { throw damaged("the results of a retired study") }
    return result
  }

  /// - Throws: ``CoalmineError`` with code `study-retired`.
  package func expectWhole() throws {
    guard let retired = try retirement() else { return }
    throw CoalmineError(
      code: "study-retired",
      "'\(path)' was retired on \(retired.at.prefix(10)): its secrets, record texts and replies were "
        + "dropped",
      details: ["'score', 'report', 'history', 'status' and 'verify --study' still work"],
      help: "use a copy that was made before, if there is one", exit: .badData)
  }

  static func store(_ retirement: Retirement, _ rows: SealedWriter) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    try rows.insert(.study, [StudyKey.retired.rawValue, try encoder.encode(retirement)])
  }

  /// - Parameter withheld: takes out of evidence what must not be stored.
  static func store(
    _ result: StudyResult, run: Int?, withheld: @escaping @Sendable (String) -> String,
    _ rows: SealedWriter
  ) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    encoder.userInfo[.withholding] = withheld
    let text = try encoder.encode(result)
    try rows.insert(.study, [resultKey(run), Deflate.compress(text.bytes).blob])
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }

  private static func resultKey(_ run: Int?) -> String {
    "retired_result" + (run.map { "_\($0)" } ?? "")
  }
}
