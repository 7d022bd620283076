// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Records of the corpus, and records that were left out of it, as two files tell them.
struct ImportedRecords {
  /// All of them, by id.
  let records: [CorpusRecord]
  let digests: ImportFacts.RecordDigests

  /// - Throws: ``CoalmineError`` with file and line: `id-twice`, `record-twice`, `no-records`, or
  ///   what is wrong with a row.
  init(members: String, nonmembers: String) throws(CoalmineError) {
    var records: [CorpusRecord] = []
    var ids: [String: ImportPlace] = [:]
    var texts: [[UInt8]: CorpusRecord.Membership] = [:]
    var digests: [[UInt8]] = []
    for (path, membership) in [
      (members, CorpusRecord.Membership.member), (nonmembers, .nonmember),
    ] {
      let file = try ImportFile(path)
      let before = records.count
      try file.forEachRow { (row) throws(CoalmineError) in
        let id = try row.id()
        if let earlier = ids.updateValue(row.place, forKey: id) {
          throw ImportedStudy.idTwice(row.place, earlier)
        }
        let text = try row.requiredText("text")
        if let earlier = texts.updateValue(membership, forKey: text), earlier != membership {
          throw row.place.error(
            "record-on-both-sides", "a record of the members has the same text",
            help: "a text that was in the corpus is no non-member; drop one of the two")
        }
        records.append(
          CorpusRecord(id: id, membership: membership, group: nil, text: Secret(text)))
      }
      guard records.count > before else {
        throw ImportPlace(path: path, line: 1).error("no-records", "the file holds no record")
      }
      digests.append(file.digest)
    }
    self.records = records.sorted { $0.id < $1.id }
    self.digests = ImportFacts.RecordDigests(members: digests[0], nonmembers: digests[1])
  }
}
