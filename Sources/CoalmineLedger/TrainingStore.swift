// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

/// Statements about the training, as rows of `training` and of `study`.
///
/// The table counts whole epochs and has no place for a file, in every version. What a statement says
/// beyond that is a fact of the study under its number, so that ledgers of this version stay what they
/// are: `training_2_epochs` holds the number as text, `training_2_file_sha256` the digest,
/// `training_2_processed` what the files hold, as ``ProcessedForm`` writes it.
extension Ledger {
  /// Notes what somebody stated about the training.
  public func store(_ training: TrainingStatement, at time: String) throws {
    try change { rows in
      let number = try rows.nextNumber(.training)
      let whole = training.epochs.rounded(.up)
      try rows.insert(
        .training,
        [number, training.model, Int64(whole), training.job, training.statedBy, time])
      if whole != training.epochs {
        try rows.insert(
          .study, [Self.epochsKey(number), Array(String(training.epochs).utf8).blob])
      }
      if let digest = training.fileDigest {
        try rows.insert(.study, [Self.fileKey(number), Array(digest.utf8).blob])
      }
      if let processed = training.processed {
        try rows.insert(
          .study, [Self.processedKey(number), try ProcessedForm.bytes(processed).blob])
      }
    }
  }

  /// The last statement about the training, if any. Copies that were counted stay counted until they
  /// are counted again: a statement without files does not take them back.
  ///
  /// - Throws: ``CoalmineError`` with code `ledger-damaged`.
  public func training() throws -> TrainingStatement? {
    let statements = try trainingStatements()
    guard let last = statements.last else { return nil }
    return TrainingStatement(
      model: last.model, epochs: last.epochs, job: last.job, statedBy: last.statedBy,
      fileDigest: last.fileDigest, processed: statements.last { $0.processed != nil }?.processed)
  }

  /// Every statement about the training as it was made, oldest first.
  ///
  /// - Throws: ``CoalmineError`` with code `ledger-damaged`.
  public func trainingStatements() throws -> [TrainingStatement] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM training ORDER BY id").map { row in
        let number: Int64 = try row.value("id")
        var epochs = Double(try row.value("epochs") as Int64)
        if let text = try fact(Self.epochsKey(number), db) {
          guard let value = Double(text), value > 0, value <= epochs else {
            throw damaged("the epochs of training statement \(number)")
          }
          epochs = value
        }
        let processed = try fact(Self.processedKey(number), db).map { text in
          guard let findings = ProcessedForm.findings(Array(text.utf8)) else {
            throw damaged("the copies of training statement \(number)")
          }
          return findings
        }
        return TrainingStatement(
          model: try row.value("model"), epochs: epochs, job: try row.value("job"),
          statedBy: try row.value("stated_by"), fileDigest: try fact(Self.fileKey(number), db),
          processed: processed)
      }
    }
  }

  private func fact(_ key: String, _ db: Database) throws -> String? {
    try Row.fetchOne(db, sql: "SELECT value FROM study WHERE key = ?", arguments: [key]).map {
      String(decoding: try $0.bytes("value"), as: UTF8.self)
    }
  }

  private static func epochsKey(_ number: Int64) -> String { "training_\(number)_epochs" }
  private static func processedKey(_ number: Int64) -> String { "training_\(number)_processed" }
  private static func fileKey(_ number: Int64) -> String { "training_\(number)_file_sha256" }
}
