// SPDX-License-Identifier: Apache-2.0

import CBytes
import Glibc

/// Opens every output of a command, and refuses what would destroy something.
///
/// An output may be a new name, or by `--force` the name of a regular file. It is never a link, a
/// folder, a device or a pipe, never a ledger, never an input of the same command and never
/// another output of it, by whatever name.
public final class Outputs {
  private let inputs: [String]
  private let note: (String) -> Void
  private var taken: [FileName] = []
  private var hasStandardOutput = false

  /// - Parameters:
  ///   - inputs: every file that the command reads.
  ///   - note: told, in words for the user, what a killed command had left and was removed.
  public init(reading inputs: [String], note: @escaping (String) -> Void = { _ in }) {
    self.inputs = inputs
    self.note = note
  }

  /// What is done about a regular file that has the name of an output.
  public enum Existing: Sendable, Equatable {
    /// It stays, and no option changes that: the output is a ledger.
    case keepAlways
    /// It stays; `--force` would replace it.
    case keep
    /// `--force`: it is replaced in one step.
    case replace

    /// By the option `--force`.
    public init(force: Bool) { self = force ? .replace : .keep }
  }

  /// The ending of a file that is being written.
  package static let partialEnding = ".coalmine-partial"

  /// The files that SQLite keeps beside a database.
  package static func companions(of path: String) -> [String] {
    ["-wal", "-journal", "-shm"].map { path + $0 }
  }

  /// Begins an output.
  ///
  /// - Parameters:
  ///   - path: its name; `-` for standard output.
  ///   - existing: what is done about a regular file of that name.
  ///   - mode: the permissions of the new file, whatever the umask.
  /// - Throws: ``CoalmineError`` with exit code 73 and nothing touched: `output-exists`,
  ///   `output-is-input`, `output-named-twice`, `output-is-a-link`, `output-is-a-folder`,
  ///   `output-not-a-file`, `output-is-a-ledger`, `output-not-created`, `output-in-use`; 74 where
  ///   the disk is full; 64 and `ledger-not-a-file` for a ledger on standard output.
  public func open(
    _ path: String, existing: Existing, mode: UInt32 = 0o600
  ) throws(CoalmineError) -> OutputFile {
    let refusal = OutputRefusal(path: path)
    guard path != "-" else {
      guard existing != .keepAlways else { throw refusal.isNoLedger }
      return try standardOutput()
    }
    let found: (kind: FileKind, facts: stat)
    do { found = try FileKind.of(path) } catch { throw refusal.notCreated(error) }
    guard !path.isEmpty, let name = FileName(path), !name.name.isEmpty else {
      throw found.kind == .folder ? refusal.isFolder : refusal.notCreated(SystemFailure(ENOENT))
    }
    guard existing != .keepAlways || name.name.utf8.count <= Self.longestLedgerName else {
      throw refusal.isTooLong(Self.longestLedgerName)
    }
    let partial = Self.partial(of: path)
    try refuseInputs(path, partial)
    // A log beside a ledger belongs to it, and one beside a new ledger would be read with it.
    for ending in Self.companions(of: "") where path.hasSuffix(ending) {
      if Self.isLedger(String(path.dropLast(ending.count))) { throw refusal.isOfLedger }
    }
    if existing == .keepAlways {
      for companion in Self.companions(of: path) where access(companion, F_OK) == 0 {
        throw refusal.hasCompanion(companion)
      }
    }
    let names = [name] + ([partial] + Self.companions(of: path)).compactMap { FileName($0) }
    guard !names.contains(where: taken.contains) else { throw refusal.namedTwice }
    switch found.kind {
    case .absent: break
    case .link: throw refusal.isLink(existing)
    case .folder: throw refusal.isFolder
    case .special: throw refusal.isSpecial(existing)
    case .regular:
      guard !Self.isLedger(path) else {
        throw access(path, R_OK) == 0 ? refusal.isLedger : refusal.isUnreadable
      }
      guard existing == .replace else { throw refusal.exists(existing) }
    }
    let file = try begin(
      path, partial, mode, refusal,
      replacing: found.kind == .regular ? FileIdentity(found.facts) : nil)
    taken += names
    return file
  }

  /// Begins the file that takes the place of a ledger: the same study with less in it. Nothing else
  /// replaces one.
  ///
  /// Call it before the ledger is opened: looking into a file drops the locks that this process holds
  /// on it.
  ///
  /// - Throws: ``CoalmineError`` as ``open(_:existing:mode:)``, and where the path is no ledger or
  ///   reaches it by a link.
  package func openSuccessor(ofLedger path: String) throws(CoalmineError) -> OutputFile {
    let refusal = OutputRefusal(path: path)
    let found: (kind: FileKind, facts: stat)
    do { found = try FileKind.of(path) } catch { throw refusal.notCreated(error) }
    guard found.kind != .link else { throw refusal.isLink(.keepAlways) }
    guard found.kind == .regular, Self.isLedger(path) else {
      throw CoalmineError(
        code: "not-a-ledger", "'\(path)' is no ledger", exit: .badData)
    }
    guard (FileName(path)?.name.utf8.count ?? 0) <= Self.longestLedgerName else {
      throw refusal.isTooLong(Self.longestLedgerName)
    }
    return try begin(
      path, Self.partial(of: path), 0o600, refusal, replacing: FileIdentity(found.facts))
  }

  /// Writes a whole output at once.
  public func write(
    _ bytes: [UInt8], to path: String, existing: Existing, mode: UInt32 = 0o600
  ) throws(CoalmineError) {
    let file = try open(path, existing: existing, mode: mode)
    try file.write(bytes)
    try file.commit()
  }

  /// Neither the name nor a name that is written on the way may be an input's, or belong to one.
  private func refuseInputs(_ path: String, _ partial: String) throws(CoalmineError) {
    let files = Set(inputs.compactMap { FileIdentity(of: $0) })
    // Links too: what they lead to would be named as the input that it is.
    for name in [path, partial] + Self.companions(of: path) + Self.companions(of: partial) {
      if let file = FileIdentity(of: name), files.contains(file) {
        throw OutputRefusal(path: path).isInput
      }
    }
    // What stands beside a database stands beside the file, not beside a link to it.
    let real = inputs.compactMap { input in
      realpath(input, nil).map { found in
        defer { free(found) }
        return String(cString: found)
      }
    }
    let reserved = (inputs + real).flatMap(Self.companions).compactMap { FileName($0) }
    if let name = FileName(path), reserved.contains(name) {
      throw OutputRefusal(path: path).isInput
    }
  }

  /// The longest name of a new ledger, in bytes: while it is written, SQLite's own files have the
  /// longest names.
  private static let longestLedgerName =
    Int(NAME_MAX) - partialEnding.utf8.count - "-journal".utf8.count

  /// Where an output is written before it has its name.
  package static func partial(of path: String) -> String {
    guard let name = FileName(path)?.name else { return path + partialEnding }
    // A name may have 255 bytes.
    var kept = name
    while kept.utf8.count + partialEnding.utf8.count > Int(NAME_MAX) { kept.removeLast() }
    return String(path.dropLast(name.count)) + kept + partialEnding
  }

  /// Creates the file that is written first; no signal comes before it is noted as unfinished.
  private func begin(
    _ path: String, _ partial: String, _ mode: UInt32, _ refusal: OutputRefusal,
    replacing replaced: FileIdentity?
  ) throws(CoalmineError) -> OutputFile {
    try UnfinishedFiles.undisturbed { () throws(CoalmineError) in
      OutputFile(
        path: path, partial: partial, descriptor: try create(partial, mode, refusal),
        replaced: replaced)
    }
  }

  /// Creates the file that is written first, under its lock.
  private func create(
    _ partial: String, _ mode: UInt32, _ refusal: OutputRefusal
  ) throws(CoalmineError) -> Int32 {
    // Again only where a leftover was removed, or where another process took our new file for one.
    for _ in 0..<16 {
      let descriptor = Glibc.open(
        partial, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
      guard descriptor >= 0 else {
        guard errno == EEXIST else { throw refusal.notCreated(SystemFailure()) }
        if let taken = try takeLeftover(partial, refusal) { return Self.ours(taken, mode) }
        continue
      }
      if Self.lock(descriptor), FileIdentity(of: descriptor) == FileIdentity(of: partial) {
        return Self.ours(descriptor, mode)
      }
      close(descriptor)
    }
    throw refusal.inUse
  }

  /// Tells what is ours from what only has such a name; not every file system can keep the mark.
  private static func ours(_ descriptor: Int32, _ mode: UInt32) -> Int32 {
    fchmod(descriptor, mode)
    coalmine_mark_partial(descriptor)
    return descriptor
  }

  /// Removes what a killed command left; a file under the lock of a living one stays.
  ///
  /// - Returns: the file itself where it holds nothing: another command may have created it just now
  ///   and not have its lock yet. Whoever has the lock has the name, so exactly one of them goes on.
  private func takeLeftover(_ partial: String, _ refusal: OutputRefusal) throws(CoalmineError)
    -> Int32?
  {
    guard let descriptor = Self.lockedLeftover(partial) else { throw refusal.inUse }
    guard FileIdentity(of: descriptor) == FileIdentity(of: partial) else {
      close(descriptor)
      return nil
    }
    for companion in Self.companions(of: partial) { unlink(companion) }
    var facts = stat()
    if fstat(descriptor, &facts) == 0, facts.st_size == 0 {
      note("took the empty '\(partial)', which another command had left")
      return descriptor
    }
    unlink(partial)
    close(descriptor)
    note("removed '\(partial)', which an interrupted command had left")
    return nil
  }

  /// Whether `partial` is a file that coalmine began and that nobody is writing.
  package static func isLeftover(_ partial: String) -> Bool {
    guard let descriptor = lockedLeftover(partial) else { return false }
    close(descriptor)
    return true
  }

  /// Opens and locks a file that coalmine began and that nobody is writing; `nil` where it is none.
  private static func lockedLeftover(_ partial: String) -> Int32? {
    let descriptor = Glibc.open(partial, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG,
      // An empty one holds nothing: a kill may come before the mark.
      coalmine_is_partial(descriptor) == 1 || facts.st_size == 0, lock(descriptor)
    else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  /// Takes the lock of an open file; a file system without locks counts as having none taken.
  private static func lock(_ descriptor: Int32) -> Bool {
    flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
  }

  /// Whether a file begins as a ledger does, or cannot be told from one.
  package static func isLedger(_ path: String) -> Bool {
    let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return errno == EACCES || errno == EPERM }
    defer { close(descriptor) }
    var head = [UInt8](repeating: 0, count: 72)
    guard pread(descriptor, &head, head.count, 0) == head.count else { return false }
    return head.starts(with: Array("SQLite format 3\u{0}".utf8))
      && head[68...] == Array("coal".utf8)[...]
  }

  /// Standard output, spooled in an unnamed file until everything is known to be right.
  private func standardOutput() throws(CoalmineError) -> OutputFile {
    guard !hasStandardOutput else { throw OutputRefusal(path: "-").namedTwice }
    let descriptor = UnnamedFile.open()
    guard descriptor >= 0 else {
      throw OutputRefusal(path: UnnamedFile.folder).notCreated(SystemFailure())
    }
    hasStandardOutput = true
    return OutputFile(
      path: "-", partial: nil, descriptor: descriptor, replaced: nil)
  }
}
