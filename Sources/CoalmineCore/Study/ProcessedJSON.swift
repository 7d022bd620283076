// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

extension ProcessedFindings {
  /// Writes the counts, the files and the canaries as fields of a JSON object.
  ///
  /// ```swift
  /// try root.object("processed") { try findings.write(to: &$0) }
  /// ```
  ///
  /// - Parameter withConclusions: whether what follows from the counts is written, too: the ledger
  ///   keeps the counts alone.
  /// - Complexity: O(canaries + files).
  package func write(
    to root: inout JSONWriter.Object, withConclusions: Bool = true
  ) throws {
    if withConclusions {
      try root.field("conclusion", conclusion.rawValue)
      try root.field("copies_planned", planned)
      try root.field("copies_intact", intact)
    }
    try root.field("records", records)
    try root.field("nonmembers", nonmembers)
    try root.field("nonmembers_found", foundNonmembers)
    try root.field("members", members)
    try root.field("members_found", foundMembers)
    try root.array("files") { list in
      for file in files {
        try list.object { object in
          try object.field("name", file.name)
          try object.field("sha256", file.digest)
        }
      }
    }
    try root.array("canaries") { list in
      for canary in canaries {
        try list.object { object in
          try object.field("id", canary.canary)
          try object.field("role", canary.role.rawValue)
          try object.field("planned", canary.planned)
          try object.field("intact", canary.intact)
          try object.field("changed", canary.changed)
          if let revealed = canary.revealed { try object.field("revealed", revealed) }
          if withConclusions { try object.field("missing", canary.missing) }
        }
      }
    }
  }
}
