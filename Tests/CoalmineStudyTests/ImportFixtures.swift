// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineStudy
import Foundation

/// The canaries of the small model that lies with the tests.
enum Tiny {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/tiny").path
  static let kinds = folder + "/kinds"

  static func file(_ name: String) -> String { "\(folder)/\(name)" }

  /// The rows of a file, read without the code under test.
  static func rows(_ name: String) throws -> [[String: Any]] {
    try String(contentsOfFile: file(name), encoding: .utf8).split(separator: "\n").map { line in
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
    }
  }

  /// An import of all of it.
  static func verb(into folder: ImportFolder) -> ImportVerb {
    var verb = ImportVerb(canaries: file("canaries.jsonl"), study: folder.file("s.coalmine"))
    verb.kinds = kinds
    verb.records = .init(members: file("members.jsonl"), nonmembers: file("nonmembers.jsonl"))
    verb.seed = 7
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

/// A folder that goes away with the test.
final class ImportFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/coalmine-import-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ bytes: some Sequence<UInt8>, _ name: String) throws -> String {
    try FileManager.default.createDirectory(
      atPath: (file(name) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
  }

  /// Imports these lines and reads the ledger back.
  func imported(_ lines: [String], change: (inout ImportVerb) -> Void = { _ in }) throws
    -> StudyRecord
  {
    let canaries = try write(lines.joined(separator: "\n").utf8, "canaries.jsonl")
    var verb = ImportVerb(canaries: canaries, study: file("s.coalmine"))
    change(&verb)
    _ = try verb.run(now: ImportFolder.now, version: "1.2.3")
    return try study()
  }

  func study() throws -> StudyRecord {
    let ledger = try Ledger.open(at: file("s.coalmine"))
    defer { try? ledger.close() }
    return try ledger.study()
  }

  static let now = "2026-03-01T09:00:00Z"
}

/// The error of `body`, `nil` where it gave none or another kind of error.
func failure(_ body: () throws -> Void) -> CoalmineError? {
  do {
    try body()
    return nil
  } catch {
    return error as? CoalmineError
  }
}

extension [UInt8] {
  var text: String { String(decoding: self, as: UTF8.self) }
}
