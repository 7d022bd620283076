// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger

/// What a study is bound to before training, without a secret in it.
///
/// Its file goes to somebody who keeps it, or its SHA-256 does. After the audit, everything that it
/// stands for can be derived from the ledger again, and single canaries can be shown to be in it.
///
/// ```swift
/// let commitment = try Commitment(ofStudy: "study.coalmine")
/// try commitment.digest()  // what a third party notes
/// ```
public struct Commitment: Sendable, Equatable {
  /// The name of the file's form.
  public static let schema = "coalmine-commitment-1"

  public let study: String
  /// The version that drew the canaries.
  public let version: String
  public let protocolDigest: String
  /// SHA-256 of the corpus before and after seeding; `nil` for imported canaries.
  public let corpusDigest: String?
  public let seededDigest: String?
  public let canaries: Int
  public let inContextControls: Int
  /// The root of the tree over all leaves, 64 hexadecimal digits.
  public let root: String

  public var leaves: Int { canaries + inContextControls }

  init(_ study: StudyRecord) {
    let tree = MerkleTree(CommitmentLeaf.all(study).map(\.text))
    let corpus = study.manifest?.corpus
    self.init(
      study: study.id, version: study.version, protocolDigest: study.protocolDigest,
      corpusDigest: corpus.map { hexadecimal($0.digest) },
      seededDigest: corpus.map { hexadecimal($0.seededDigest) },
      canaries: study.canaries.count, inContextControls: study.inContextControls.count,
      root: hexadecimal(tree.root))
  }

  package init(
    study: String, version: String, protocolDigest: String, corpusDigest: String?,
    seededDigest: String?, canaries: Int, inContextControls: Int, root: String
  ) {
    self.study = study
    self.version = version
    self.protocolDigest = protocolDigest
    self.corpusDigest = corpusDigest
    self.seededDigest = seededDigest
    self.canaries = canaries
    self.inContextControls = inContextControls
    self.root = root
  }

  /// - Throws: ``CoalmineError`` where the ledger cannot be read.
  public init(ofStudy path: String) throws {
    self = try Self.made(ofStudy: path).commitment
  }

  /// A study's commitment, with what makes it worth less.
  ///
  /// - Returns: beside the commitment, how many runs asked a model something of the study already, and
  ///   whether its randomness comes from a small number on the command line.
  /// - Throws: ``CoalmineError`` where the ledger cannot be read.
  public static func made(ofStudy path: String) throws
    -> (commitment: Commitment, runs: Int, isPredictable: Bool)
  {
    let ledger = try Ledger.open(at: path)
    defer { try? ledger.close() }
    let study = try ledger.study()
    return (Commitment(study), try ledger.askedRuns().asked.count, study.predictableSeed)
  }

  /// Notes in the ledger that this commitment was made, where none is noted yet.
  ///
  /// - Returns: what is noted; `nil` for a ledger of an earlier version, which is only read.
  /// - Throws: ``CoalmineError`` where the ledger cannot be read or written.
  public func note(inStudy path: String, now: String, version: String) throws -> CommitmentNote? {
    let ledger = try Ledger.open(at: path)
    defer { try? ledger.close() }
    return try ledger.noteCommitment(
      CommitmentNote(
        at: now, version: version, root: root, fileDigest: try digest(),
        trainingWasStated: try ledger.training() != nil,
        runs: try ledger.askedRuns().asked.count))
  }

  /// The largest file of a commitment or a disclosure that is read, in bytes.
  private static let largest = 1 << 30

  /// The bytes of a file of a commitment or a disclosure.
  ///
  /// - Throws: ``CoalmineError``: `input-missing`, `input-too-large`, `input-unreadable`.
  public static func bytes(of path: String) throws -> [UInt8] {
    try InputFile.read(path, limit: largest)
  }

  /// The file: the same study gives the same bytes at any time.
  public func file() throws -> [UInt8] {
    var writer = JSONWriter(pretty: true)
    try writer.object { root in
      try root.field("schema", Self.schema)
      try root.field("study", study)
      try root.field("version", version)
      try root.field("protocol_sha256", protocolDigest)
      try root.field("corpus_sha256", corpusDigest)
      try root.field("seeded_sha256", seededDigest)
      try root.field("canaries", canaries)
      try root.field("in_context_controls", inContextControls)
      try root.field("root", self.root)
    }
    return writer.bytes + [0x0A]
  }

  /// SHA-256 of the file, 64 hexadecimal digits.
  public func digest() throws -> String { hexadecimal(sha256(try file())) }

  /// Reads a commitment's file.
  ///
  /// - Throws: ``CoalmineError`` with code `commitment-unreadable`.
  public init(file bytes: [UInt8], named name: String) throws(CoalmineError) {
    guard let root = try? JSONDocument(parsing: bytes).root, root.holdsKeysOnce,
      root["schema"]?.string == Self.schema,
      let study = root["study"]?.string, let version = root["version"]?.string,
      let protocolDigest = root["protocol_sha256"]?.string, let tree = root["root"]?.string,
      let canaries = root["canaries"]?.int.flatMap({ Int(exactly: $0) }),
      let controls = root["in_context_controls"]?.int.flatMap({ Int(exactly: $0) }),
      (0...1_000_000_000).contains(canaries), (0...1_000_000_000).contains(controls)
    else {
      throw CoalmineError(
        code: "commitment-unreadable", "'\(name)' is no commitment of coalmine",
        details: ["a commitment is JSON with the schema '\(Self.schema)'"],
        help: "'coalmine commit' writes one", exit: .badData)
    }
    self.init(
      study: study, version: version, protocolDigest: protocolDigest,
      corpusDigest: root["corpus_sha256"]?.string, seededDigest: root["seeded_sha256"]?.string,
      canaries: canaries, inContextControls: controls, root: tree)
  }

  /// What this says otherwise than another; empty where they are the same.
  public func differences(from other: Commitment) -> [String] {
    [
      ("the study", study == other.study), ("the version", version == other.version),
      ("the protocol", protocolDigest == other.protocolDigest),
      ("the corpus", corpusDigest == other.corpusDigest),
      ("the seeded corpus", seededDigest == other.seededDigest),
      ("the number of canaries", canaries == other.canaries),
      ("the number of in-context controls", inContextControls == other.inContextControls),
      ("canaries, assignment, references or controls", root == other.root),
    ].filter { !$0.1 }.map(\.0)
  }
}
