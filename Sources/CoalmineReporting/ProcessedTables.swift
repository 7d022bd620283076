// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// What the files that were trained on hold of the study, for every format.
enum ProcessedTables {
  /// Copies planned and found by repetition level, held-out canaries first; `nil` where nobody gave
  /// the files.
  static func copies(_ study: StudyFacts) -> ReportTable? {
    guard let found = study.training?.processed else { return nil }
    let without = [(Role.heldOut, "0: held out"), (.indexOnly, "0: index only")].compactMap {
      role, name -> [String]? in
      let canaries = found.canaries.filter { $0.role == role }
      let counts = canaries.map(\.withSecret)
      guard let fewest = counts.min(), let most = counts.max() else { return nil }
      return [
        name, String(canaries.count), "0", String(counts.reduce(0, +)), String(fewest),
        String(most),
        String(counts.count { $0 == 0 }),
      ]
    }
    return ReportTable(
      "Copies of canaries in the files that were trained on, as 'coalmine trained --corpus' counted "
        + "them; every canary stays in the group that it was drawn for",
      [
        "copies planned for each", "canaries", "copies planned", "copies found", "fewest of one",
        "most of one", "canaries without a copy",
      ],
      without + found.placeholderLevels.map { row($0, "\($0.planned): placeholders, held out") }
        + found.levels.map { row($0, String($0.planned)) })
  }

  private static func row(_ level: ProcessedFindings.Level, _ name: String) -> [String] {
    [
      name, String(level.canaries), String(level.planned * level.canaries), String(level.found),
      String(level.fewest), String(level.most), String(level.absent),
    ]
  }

  /// The files themselves; `nil` where nobody gave them.
  static func files(_ study: StudyFacts) -> ReportTable? {
    guard let found = study.training?.processed else { return nil }
    return ReportTable(
      "Files that were trained on: \(Prose.count(found.records, "record", "records"))",
      ["file", "SHA-256"], found.files.map { [$0.name, $0.digest] }, style: .dense)
  }

  /// What the tables and curves by repetition leave out; `nil` where every copy is there, or nobody
  /// gave the files.
  static func note(_ study: StudyFacts) -> String? {
    guard let found = study.training?.processed else { return nil }
    let other = found.canaries.filter { $0.intact != $0.planned }
    guard !other.isEmpty else { return nil }
    return
      "Copies here are those that were planned. In the files that were trained on, "
      + "\(Prose.count(other.count, "canary has", "canaries have")) another number of intact copies: a "
      + "curve over the planned ones says less."
  }

  /// One sentence for the facts of a study.
  static func words(_ study: StudyFacts) -> String {
    guard let found = study.training?.processed else { return "not counted" }
    return
      "\(found.intact) intact in \(Prose.count(found.files.count, "file", "files")), \(found.planned) "
      + "planned"
  }
}
