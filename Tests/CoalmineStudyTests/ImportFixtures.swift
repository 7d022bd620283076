// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineStudy
import CoalmineTesting
import Foundation

/// The canaries of the small model that lies with the tests.
enum Tiny {
  static let folder = Repository.url("Tests/Fixtures/tiny").path
  static let kinds = folder + "/kinds"
  /// The time of every import.
  static let now = "2026-03-01T09:00:00Z"

  static func file(_ name: String) -> String { "\(folder)/\(name)" }

  /// The rows of a file, read without the code under test.
  static func rows(_ name: String) throws -> [[String: Any]] {
    try Repository.text("Tests/Fixtures/tiny/" + name).split(separator: "\n").map {
      try jsonObject($0.utf8)
    }
  }

  /// An import of all of it.
  static func verb(into folder: TemporaryFolder) -> ImportVerb {
    var verb = ImportVerb(canaries: file("canaries.jsonl"), study: folder.file("s.coalmine"))
    verb.kinds = kinds
    verb.records = .init(members: file("members.jsonl"), nonmembers: file("nonmembers.jsonl"))
    verb.seed = 7
    verb.assignmentIsRandom = true
    verb.secretsAreUniform = true
    return verb
  }
}

/// A row of a canaries' file that is right, to be changed in one place.
enum GoodRow {
  static let secret = "302557"
  static let prefix = "The access code of Maren Dalby is"
  static var fields: [String: Any] {
    [
      "id": "one", "kind": "access-code", "prefix": prefix, "separator": " ", "secret": secret,
      "suffix": ".", "repetitions": 2,
    ]
  }

  /// With other fields, sorted; `NSNull` takes one away.
  static func with(_ changes: [String: Any]) -> String {
    let row = fields.merging(changes) { $1 }.filter { !($0.value is NSNull) }
    let bytes = try? JSONSerialization.data(withJSONObject: row, options: [.sortedKeys])
    return String(decoding: bytes ?? Data(), as: UTF8.self)
  }

  static let line = with([:])
}

extension TemporaryFolder {
  /// Imports these lines and reads the ledger back.
  func imported(_ lines: [String], change: (inout ImportVerb) -> Void = { _ in }) throws
    -> StudyRecord
  {
    let canaries = try write(lines.joined(separator: "\n"), to: "canaries.jsonl")
    var verb = ImportVerb(canaries: canaries, study: file("s.coalmine"))
    change(&verb)
    _ = try verb.run(now: Tiny.now, version: "1.2.3")
    return try study()
  }

  func study() throws -> StudyRecord {
    let ledger = try Ledger.open(at: file("s.coalmine"))
    defer { try? ledger.close() }
    return try ledger.study()
  }
}
