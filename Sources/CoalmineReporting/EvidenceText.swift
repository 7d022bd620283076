// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Digests of what a report rests on, and what was bound before training.
enum EvidenceText {
  static func rows(_ report: Report) -> [(name: String, value: String)] {
    let study = report.result.study
    let unknown = "not known: the canaries were imported"
    let retired =
      report.run.retired.map { [("ledger before it was retired, digest", $0.sealDigest)] } ?? []
    return [
      ("study", study.id),
      ("protocol, SHA-256", study.protocolDigest),
    ] + commitment(report) + [
      ("corpus before seeding, SHA-256", study.corpusDigest ?? unknown),
      ("corpus as seeded, SHA-256", study.seededDigest ?? unknown),
    ] + retired
  }

  /// One row that says so where none was made.
  private static func commitment(_ report: Report) -> [(name: String, value: String)] {
    guard let note = report.result.study.commitment else {
      let root = report.run.retired.map { [("commitment, root", $0.commitmentRoot)] } ?? []
      return root + [
        (
          "commitment",
          "none is noted: nobody else can check that canaries, assignment and protocol were fixed "
            + "before training"
        )
      ]
    }
    return [
      ("commitment, root", note.root),
      ("commitment, SHA-256 of its file", note.fileDigest),
      ("commitment, when", when(note)),
      (
        "commitment, how to check it",
        report.run.retired == nil
          ? "'coalmine verify --commitment FILE --study STUDY' derives it from the ledger again. The date "
            + "is the one that whoever was given the file, or its SHA-256, noted."
          : "A copy of the ledger from before it was retired, or canaries that were disclosed before, can "
            + "be held against it with 'coalmine verify --commitment FILE'."
      ),
    ]
  }

  static func when(_ note: CommitmentNote) -> String {
    let clock = "\(note.at) by the clock of the machine that made it, "
    guard !note.cameFirst else {
      return clock + "before a training was recorded and before a model was asked."
    }
    let after = [
      note.trainingWasStated ? "after a training was recorded" : nil,
      note.runs > 0
        ? "after \(Prose.count(note.runs, "run", "runs")) had asked a model" : nil,
    ].compactMap(\.self).joined(separator: " and ")
    return clock + after + ": it shows nothing about what was fixed before."
  }
}
