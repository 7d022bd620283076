// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension ReportTables {
  /// Replies that the provider says repeat a text that it knows, by copies in the corpus; `nil` where it
  /// says so of none.
  static func recitations(_ result: StudyResult) -> ReportTable? {
    guard result.canaries.contains(where: isRecited) else { return nil }
    return ReportTable(
      "Replies that the provider says repeat a text that it knows, by copies in the corpus. It does not "
        + "say which text. They change no verdict",
      [
        "copies", "canaries with replies", "with known text", "replies held back for it",
        "replies marked", "replies",
      ],
      result.levels.compactMap { level in
        let canaries = result.canaries.filter {
          $0.role == level.role && $0.repetitions == level.repetitions && $0.recited != nil
        }
        guard !canaries.isEmpty else { return nil }
        func sum(_ part: (RecitedReplies) -> Int) -> String {
          String(canaries.compactMap(\.recited).reduce(0) { $0 + part($1) })
        }
        return [
          ReportProse.level(level.role, level.repetitions), String(canaries.count),
          String(canaries.count(where: isRecited)), sum(\.withheld), sum(\.marked), sum(\.replies),
        ]
      })
  }

  /// Of how many replies to one canary the provider says it: `3 of 9`.
  static func recited(_ canary: CanaryResult) -> String {
    canary.recited.map { "\($0.count) of \($0.replies)" } ?? "no reply"
  }

  static func isRecited(_ canary: CanaryResult) -> Bool { (canary.recited?.count ?? 0) > 0 }

  /// The state of an extraction without a value.
  static func missing(_ outcome: Outcome<some Sendable>) -> String {
    outcome.reason?.slug == "continuations-recited" ? "known text" : outcome.status
  }
}
