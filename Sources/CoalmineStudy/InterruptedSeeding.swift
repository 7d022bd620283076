// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import Glibc

/// What a `seed` that was killed between its last two steps leaves: the ledger under its name, and
/// the corpus complete but still without one.
///
/// ```
/// corpus complete ─► ledger complete ─► ledger named ─╳─► corpus named
/// ```
///
/// Such a ledger describes a corpus that never existed, so both can go.
enum InterruptedSeeding {
  /// Removes such a pair; leaves everything else alone.
  ///
  /// - Parameters:
  ///   - inputs: the files that the command reads; none of them is removed.
  ///   - note: told what was removed, in words for the user.
  static func clear(
    study: String, output: String, reading inputs: [String], note: (String) -> Void
  ) {
    let partial = Outputs.partial(of: output)
    var facts = stat()
    guard output != "-", lstat(output, &facts) != 0, errno == ENOENT,
      !inputs.contains(where: { isOneFile($0, study) || isOneFile($0, partial) }),
      Outputs.isLeftover(partial), let digest = digest(of: partial),
      (try? describes(study, digest)) == true
    else { return }
    note(
      "removing '\(study)' and '\(partial)', which an interrupted 'seed' had left: the corpus never "
        + "got its name")
    // The ledger first: with it gone, what is left is a leftover like any other.
    for name in [study, partial] { unlink(name) }
  }

  private static func isOneFile(_ one: String, _ other: String) -> Bool {
    var first = stat()
    var second = stat()
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev
      && first.st_ino == second.st_ino
  }

  /// Whether the ledger is of the corpus with this SHA-256, and nothing was done with it.
  private static func describes(_ study: String, _ digest: [UInt8]) throws -> Bool {
    let ledger = try Ledger.open(at: study)
    let isOfIt = try ledger.study().manifest?.corpus.seededDigest == digest
    let isUnused = try ledger.runs().isEmpty && ledger.training() == nil
    try ledger.close()
    return isOfIt && isUnused
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
