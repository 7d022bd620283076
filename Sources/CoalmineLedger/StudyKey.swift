// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Foundation
import GRDB

package typealias Data = Foundation.Data

/// The keys of the `study` table.
enum StudyKey: String {
  case id
  case protocolText = "protocol"
  case protocolDigest = "protocol_sha256"
  case root
  case predictableSeed = "predictable_seed"
  case orderSeed = "order_seed"
  case scoringSeed = "scoring_seed"
  case createdAt = "created_at"
  case version
  /// `seeded` or `imported`; it decides which of the keys below there are.
  case origin
  // Of a seeded study.
  case format
  case shape
  case records
  case size
  case seededSize = "seeded_size"
  case digest = "sha256"
  case seededDigest = "seeded_sha256"
  /// The files of a corpus that is more than one without compression; else there is no row.
  case parts = "files"
  /// What stands between two records, where that was stated; else there is no row.
  case separator
  // Of an imported study; the digests of members and non-members only where it has records, and what
  // the importer states only since protocols of version 2.
  case canariesDigest = "canaries_sha256"
  case membersDigest = "members_sha256"
  case nonmembersDigest = "nonmembers_sha256"
  case assignmentIsRandom = "assignment_is_random"
  case secretsAreUniform = "secrets_are_uniform"
  /// The conversations that canaries are planted in, see `TurnsForm`; else there is no row.
  case turns
  /// What stands in the place of held-out secrets, see `PlaceholdersForm`; else there is no row.
  case placeholders
  /// The conversations of the marked records, see `TurnsForm`; else there is no row.
  case recordTurns = "record_turns"
  /// The version of a ledger without digests that this one was copied from; else there is no row.
  case unsealedVersion = "unsealed_version"
  /// That a commitment was made, see `CommitmentNote`; else there is no row.
  case commitment
  /// What was dropped from a study, see `Retirement`; else there is no row.
  case retired
}

/// The rows of the `study` table, typed.
struct StudyFactReader {
  private let values: [String: [UInt8]]
  private let path: String

  init(_ db: Database, _ path: String) throws {
    self.path = path
    var values: [String: [UInt8]] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT key, value FROM study") {
      values[try row.value("key")] = try row.bytes("value")
    }
    self.values = values
  }

  /// Whether there is such a row.
  func has(_ key: StudyKey) -> Bool { values[key.rawValue] != nil }

  func bytes(_ key: StudyKey) throws -> [UInt8] {
    guard let value = values[key.rawValue] else {
      throw CoalmineError(
        code: "ledger-damaged", "the ledger '\(terminalSafe(path))' holds no '\(key.rawValue)'",
        help: "the seeding that wrote it did not end; seed again into a new ledger",
        exit: .badData)
    }
    return value
  }

  func text(_ key: StudyKey) throws -> String { String(decoding: try bytes(key), as: UTF8.self) }

  func number(_ key: StudyKey) throws -> Int64 {
    guard let number = Int64(try text(key)) else {
      throw CoalmineError(
        code: "ledger-damaged",
        "the ledger '\(terminalSafe(path))' holds no number under '\(key.rawValue)'",
        exit: .badData)
    }
    return number
  }
}

extension [UInt8] {
  /// As GRDB stores a blob.
  var blob: Data { Data(self) }
}

extension Data {
  /// As the rest of coalmine holds bytes.
  var bytes: [UInt8] { [UInt8](self) }
}
