// SPDX-License-Identifier: Apache-2.0

import CBytes
import Glibc

/// One output of a command: it appears whole under its name, or not at all.
///
/// It is written beside its place as `NAME.coalmine-partial`, under a lock that tells a file that
/// is being written from one that a killed process left. ``commit()`` synchronises it, gives it its
/// name and synchronises the folder. Dropped without that, it leaves nothing behind.
///
/// ```swift
/// let outputs = Outputs(reading: ["study.coalmine"])
/// let file = try outputs.open("report.html", existing: .keep)
/// try file.write(page)
/// try file.commit()
/// ```
public final class OutputFile {
  /// The name that it will have; `-` for standard output.
  public let path: String
  /// Where it is written until then; `nil` for standard output, which is spooled.
  package let partial: String?
  /// The file that it replaces; `nil` where the name is new.
  private let replaced: FileIdentity?
  private var descriptor: Int32
  private var pending: [UInt8] = []
  private var isNamed = false
  /// Where ``UnfinishedFiles`` has what is written on the way.
  private var noted: [Int] = []

  private static let blockSize = 1 << 18

  init(
    path: String, partial: String?, descriptor: Int32, replaced: FileIdentity?
  ) {
    self.path = path
    self.partial = partial
    self.descriptor = descriptor
    self.replaced = replaced
    if let partial {
      noted = ([partial] + Outputs.companions(of: partial)).compactMap(UnfinishedFiles.add)
    }
  }

  deinit { discard() }

  /// Appends bytes.
  ///
  /// - Throws: ``CoalmineError``: `disk-full`, `write-failed`; nothing is left behind then.
  public func write(_ bytes: some Sequence<UInt8>) throws(CoalmineError) {
    pending += bytes
    if pending.count >= Self.blockSize { try flush() }
  }

  /// Writes and synchronises everything; the file does not have its name yet.
  ///
  /// - Throws: ``CoalmineError``: `disk-full`, `write-failed`; nothing is left behind then.
  package func finish() throws(CoalmineError) {
    try flush()
    guard partial != nil else { return }
    var code = fsync(descriptor)
    while code != 0, errno == EINTR { code = fsync(descriptor) }
    guard code == 0 else { throw failed("synchronise", SystemFailure()) }
  }

  /// Gives the file its name, or copies it to standard output.
  ///
  /// - Throws: ``CoalmineError``: `disk-full`, `write-failed`, `output-exists`, `stdout-failed`.
  ///   Nothing new stands under the name then.
  public func commit() throws(CoalmineError) {
    try finish()
    guard let partial else { return try copyToStandardOutput() }
    guard FileIdentity(of: partial) == FileIdentity(of: descriptor) else {
      throw failed("name", SystemFailure(ENOENT))
    }
    var replaces = false
    if let replaced, let (kind, facts) = try? FileKind.of(path), kind != .absent {
      // What took the name since it was looked at is not what the user wants replaced.
      guard kind == .regular, FileIdentity(facts) == replaced else {
        discard()
        throw OutputRefusal(path: path).exists(.replace)
      }
      replaces = true
    }
    // One step that refuses a taken name: between a look and a rename another may take it.
    guard (replaces ? rename(partial, path) : coalmine_rename_new(partial, path)) == 0 else {
      let failure = SystemFailure()
      discard()
      throw failure.number == EEXIST
        ? OutputRefusal(path: path).exists(.replace) : failed("name", failure)
    }
    isNamed = true
    forget()
    // Only now: a kill before this leaves a file that is known for ours.
    coalmine_unmark_partial(descriptor)
    do throws(SystemFailure) {
      try Self.synchronise(folder: FileName.folder(of: path))
      let handle = descriptor
      descriptor = -1
      guard close(handle) == 0 else { throw SystemFailure() }
    } catch {
      if !replaces { withdraw() }
      throw failed("synchronise the folder of", error, stands: replaces)
    }
  }

  /// Gives all files their names, in their order; where one cannot have its own, none keeps one.
  ///
  /// - Throws: ``CoalmineError`` as ``commit()``.
  package static func commit(_ files: [OutputFile]) throws(CoalmineError) {
    var named: [OutputFile] = []
    do {
      for file in files {
        try file.commit()
        named.append(file)
      }
    } catch {
      for file in named { file.withdraw() }
      throw error
    }
  }

  /// Takes the name back, where what it stands for rests on another output that failed.
  package func withdraw() {
    guard isNamed, unlink(path) == 0 else { return }
    isNamed = false
  }

  /// Forgets everything that was written.
  package func discard() {
    guard descriptor >= 0 else { return }
    if !isNamed, let partial {
      for name in [partial] + Outputs.companions(of: partial) { unlink(name) }
    }
    forget()
    close(descriptor)
    descriptor = -1
  }

  /// Nothing is left that a signal would have to remove.
  private func forget() {
    noted.forEach(UnfinishedFiles.remove)
    noted = []
  }

  private func flush() throws(CoalmineError) {
    guard descriptor >= 0 else {
      throw failed("write", SystemFailure(EBADF))
    }
    do {
      try Self.write(pending, to: descriptor)
    } catch {
      throw failed("write", error)
    }
    pending.removeAll(keepingCapacity: true)
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SystemFailure) {
    var start = 0
    while start < bytes.count {
      let written = bytes[start...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if written < 0 {
        if errno == EINTR { continue }
        throw SystemFailure()
      }
      start += written
    }
  }

  private func copyToStandardOutput() throws(CoalmineError) {
    defer { discard() }
    var chunk = [UInt8](repeating: 0, count: Self.blockSize)
    var offset: off_t = 0
    do throws(SystemFailure) {
      while true {
        let count = pread(descriptor, &chunk, chunk.count, offset)
        if count == 0 { return }
        if count < 0 {
          if errno == EINTR { continue }
          throw SystemFailure()
        }
        offset += off_t(count)
        try Self.write(Array(chunk.prefix(count)), to: STDOUT_FILENO)
      }
    } catch {
      throw CoalmineError(
        code: "stdout-failed", "cannot write to standard output: \(error.text)",
        details: ["what was printed is not whole"], exit: .inputOutput)
    }
  }

  /// - Parameter stands: whether the new file has its name already, and may lose it with the power.
  private func failed(_ what: String, _ failure: SystemFailure, stands: Bool = false)
    -> CoalmineError
  {
    discard()
    let isSpool = partial == nil
    return CoalmineError(
      code: failure.isDiskFull ? "disk-full" : "write-failed",
      isSpool
        ? "cannot \(what) a temporary file in TMPDIR: \(failure.text)"
        : "cannot \(what) '\(path)': \(failure.text)",
      details: [
        isSpool
          ? "nothing was printed"
          : stands
            ? "the new file stands under that name; a power cut could undo it"
            : "nothing new stands under that name"
      ],
      help: failure.isDiskFull
        ? isSpool
          ? "make room there, or set TMPDIR to a folder on another disk"
          : "make room, or write to another disk, and run the command again" : nil,
      exit: .inputOutput)
  }

  private static func synchronise(folder: String) throws(SystemFailure) {
    let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { throw SystemFailure() }
    defer { close(handle) }
    while fsync(handle) != 0 {
      // Some file systems have no way to synchronise a folder.
      if errno == EINVAL { return }
      if errno != EINTR { throw SystemFailure() }
    }
  }
}
