// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import Glibc

/// What a `seed` that was killed between its last steps leaves: the ledger under its name, and files
/// of the corpus that are complete but still without one.
///
/// ```
/// corpus complete ─► ledger complete ─► ledger named ─╳─► corpus named
/// ```
///
/// Such a ledger describes a corpus that never existed, so all of it can go.
enum InterruptedSeeding {
  /// Removes such files; leaves everything else alone.
  ///
  /// - Parameters:
  ///   - inputs: the files that the command reads; none of them is removed.
  ///   - note: told what was removed, in words for the user.
  static func clear(
    study: String, outputs: [String], reading inputs: [String], note: (String) -> Void
  ) {
    guard !outputs.contains("-") else { return }
    // A file that has its name already stands for itself.
    let left = outputs.map { isAbsent($0) ? Outputs.partial(of: $0) : $0 }
    let unnamed = zip(outputs, left).filter { $0 != $1 }.map(\.1)
    guard !unnamed.isEmpty, unnamed.allSatisfy(Outputs.isLeftover),
      !inputs.contains(where: { input in ([study] + left).contains { isOneFile(input, $0) } })
    else { return }
    let digests = left.compactMap(digest)
    guard digests.count == left.count, (try? describes(study, digests)) == true else { return }
    note(
      left.count == 1
        ? "removing '\(study)' and '\(left[0])', which an interrupted 'seed' had left: the corpus "
          + "never got its name"
        : "removing '\(study)' and \(left.count) files of its corpus, which an interrupted 'seed' had "
          + "left: \(unnamed.count) of them never got their names")
    // The ledger first: with it gone, what is left is a leftover like any other.
    for name in [study] + left { unlink(name) }
  }

  private static func isAbsent(_ path: String) -> Bool {
    var facts = stat()
    return lstat(path, &facts) != 0 && errno == ENOENT
  }

  private static func isOneFile(_ one: String, _ other: String) -> Bool {
    var first = stat()
    var second = stat()
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev
      && first.st_ino == second.st_ino
  }

  /// Whether the ledger is of the files with these SHA-256, and nothing was done with it.
  private static func describes(_ study: String, _ digests: [[UInt8]]) throws -> Bool {
    let ledger = try Ledger.open(at: study)
    let corpus = try ledger.study().manifest?.corpus
    let isOfIt = corpus.map { corpus in
      digests == (corpus.parts.isEmpty ? [corpus.seededDigest] : corpus.parts.map(\.storedDigest))
    }
    let isUnused = try ledger.runs().isEmpty && ledger.training() == nil
    try ledger.close()
    return isOfIt == true && isUnused
  }

  private static func digest(of path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var hash = SHA256Digest()
    var block = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = read(descriptor, &block, block.count)
      if count == 0 { return hash.finalize() }
      if count < 0 {
        if errno == EINTR { continue }
        return nil
      }
      hash.update(block[..<count])
    }
  }
}
