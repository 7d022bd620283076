// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// What the files that were trained on leave in doubt, as `trained --corpus` counted the canaries in
/// them.
enum ProcessedCaveats {
  static func list(_ found: ProcessedFindings) -> [Caveat] {
    guard found.conclusion != .notThisCorpus else {
      return [
        Caveat(
          .otherFileTrained,
          "no copy of an inserted canary is in the \(files(found)) that \(were(found)) trained on")
      ]
    }
    var caveats: [Caveat] = []
    let changed = found.canaries.filter {
      $0.planned > 0 && $0.intact >= $0.planned && $0.changed > 0
    }
    if found.lost == 0, !changed.isEmpty {
      caveats.append(
        Caveat(
          .copiesLost,
          "\(Prose.count(changed.count, "canary stands", "canaries stand")) in the "
            + "\(files(found)) with and without the secret: which of the two was trained is not known"
        ))
    }
    if found.lost > 0 {
      let absent = found.canaries.count { $0.planned > 0 && $0.intact == 0 }
      caveats.append(
        Caveat(
          .copiesLost,
          "\(found.lost) of \(found.planned) copies are not in the \(files(found)) that "
            + "\(were(found)) trained on"
            + (absent > 0
              ? "; \(Prose.count(absent, "canary has", "canaries have")) no copy there" : "")))
    }
    if found.added > 0 {
      caveats.append(
        Caveat(
          .copiesAdded,
          "the \(files(found)) that \(were(found)) trained on \(found.files.count == 1 ? "holds" : "hold") "
            + "\(Prose.count(found.added, "copy", "copies")) more than planned"))
    }
    let heldOut = found.foundHeldOut.count
    if heldOut > 0 {
      caveats.append(
        Caveat(
          .heldOutPlanted,
          "\(Prose.count(heldOut, "held-out canary is", "held-out canaries are")) in the "
            + "\(files(found)) that \(were(found)) trained on"))
    }
    let indexed = found.foundIndexOnly.count
    if indexed > 0 {
      caveats.append(
        Caveat(
          .heldOutPlanted,
          "\(Prose.count(indexed, "canary that is for the index alone is", "canaries that are for the index alone are")) "
            + "in the \(files(found)) that \(were(found)) trained on"))
    }
    if found.foundNonmembers > 0 {
      caveats.append(
        Caveat(
          .nonMembersTrained,
          "\(found.foundNonmembers) of \(found.nonmembers) non-members are in the \(files(found)) "
            + "that \(were(found)) trained on"))
    }
    return caveats
  }

  private static func files(_ found: ProcessedFindings) -> String {
    found.files.count == 1 ? "file" : "\(found.files.count) files"
  }

  private static func were(_ found: ProcessedFindings) -> String {
    found.files.count == 1 ? "was" : "were"
  }
}
