// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import GRDB

/// Where a study's canaries come from, as rows of `study`, `insertion` and `removal`.
extension Ledger {
  /// The rows of `study` that only a study of this origin has.
  func originFacts(_ origin: StudyOrigin) -> [(StudyKey, [UInt8])] {
    switch origin {
    case .seeded(let manifest):
      let corpus = manifest.corpus
      return [
        (.format, Array(corpus.format.rawValue.utf8)),
        (.shape, Array(corpus.shape.slug.utf8)),
        (.records, Array(String(corpus.records).utf8)),
        (.size, Array(String(corpus.size).utf8)),
        (.seededSize, Array(String(corpus.seededSize).utf8)),
        (.digest, corpus.digest),
        (.seededDigest, corpus.seededDigest),
      ] + (corpus.parts.isEmpty ? [] : [(.parts, CorpusPartsForm.bytes(corpus.parts))])
        + (corpus.separator.map { [(.separator, $0)] } ?? [])
    case .imported(let facts):
      let records: [(StudyKey, [UInt8])] =
        facts.recordDigests.map {
          [(.membersDigest, $0.members), (.nonmembersDigest, $0.nonmembers)]
        } ?? []
      return [
        (.canariesDigest, facts.canariesDigest),
        (.assignmentIsRandom, [facts.assignmentIsRandom ? 1 : 0]),
        (.secretsAreUniform, [facts.secretsAreUniform ? 1 : 0]),
      ] + records
    }
  }

  /// What seeding did to the corpus, without the rest of the study; `nil` for an imported one.
  ///
  /// - Throws: ``CoalmineError`` with code `ledger-damaged`.
  public func manifest() throws -> Manifest? {
    try expectWhole()
    return try read { db in
      if case .seeded(let manifest) = try origin(StudyFactReader(db, path), db) {
        manifest
      } else {
        nil
      }
    }
  }

  /// Reads the origin back.
  ///
  /// - Throws: ``CoalmineError`` with code `ledger-damaged`.
  func origin(_ facts: StudyFactReader, _ db: Database) throws -> StudyOrigin {
    switch StudyOrigin.Kind(rawValue: try facts.text(.origin)) {
    case .seeded: .seeded(try manifest(facts, db))
    case .imported: .imported(try importFacts(facts))
    case nil: throw damaged("the origin of the study")
    }
  }

  private func importFacts(_ facts: StudyFactReader) throws -> ImportFacts {
    let hasRecords = facts.has(.membersDigest) || facts.has(.nonmembersDigest)
    return ImportFacts(
      canariesDigest: try facts.bytes(.canariesDigest),
      recordDigests: hasRecords
        ? ImportFacts.RecordDigests(
          members: try facts.bytes(.membersDigest), nonmembers: try facts.bytes(.nonmembersDigest))
        : nil,
      // Where the importer was not asked, the test of the assignment was what the study rested on.
      assignmentIsRandom: facts.has(.assignmentIsRandom)
        ? try facts.bytes(.assignmentIsRandom) == [1] : true,
      secretsAreUniform: facts.has(.secretsAreUniform)
        ? try facts.bytes(.secretsAreUniform) == [1] : false)
  }

  private func parts(_ facts: StudyFactReader) throws -> [CorpusPart] {
    guard facts.has(.parts) else { return [] }
    guard let parts = CorpusPartsForm.parts(try facts.bytes(.parts)) else {
      throw damaged("the files of the corpus")
    }
    return parts
  }

  private func manifest(_ facts: StudyFactReader, _ db: Database) throws -> Manifest {
    guard let format = CorpusFormat(rawValue: try facts.text(.format)),
      let shape = RecordShape(slug: try facts.text(.shape))
    else { throw damaged("the corpus format") }
    return Manifest(
      corpus: CorpusFacts(
        format: format, shape: shape, records: Int(try facts.number(.records)),
        size: try facts.number(.size), seededSize: try facts.number(.seededSize),
        digest: try facts.bytes(.digest), seededDigest: try facts.bytes(.seededDigest),
        parts: try parts(facts),
        separator: facts.has(.separator) ? try facts.bytes(.separator) : nil),
      // Row by row: removed records may be long, and are held once this way.
      insertions: try Array(
        Row.fetchCursor(db, sql: "SELECT * FROM insertion ORDER BY ordinal").map {
          Insertion(
            canary: try $0.value("canary"), copy: try $0.value("copy"), slot: try $0.value("slot"),
            offset: try $0.value("start"), length: try $0.value("length"))
        }),
      removals: try Array(
        Row.fetchCursor(db, sql: "SELECT * FROM removal ORDER BY start").map {
          Removal(
            record: try $0.value("record"), offset: try $0.value("start"),
            bytes: Secret(try $0.bytes("bytes")))
        }))
  }
}
