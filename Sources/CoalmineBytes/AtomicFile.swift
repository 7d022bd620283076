// SPDX-License-Identifier: Apache-2.0

import CBytes
import Glibc

/// A file that appears whole under its name, or not at all.
///
/// It is written beside its place under another name, synchronised, renamed, and the folder
/// synchronised. Dropping it without ``commit(overwriting:)`` removes it; so does a failure, and
/// what is written afterwards fails as well.
public final class AtomicFile {
  /// The name that it will have.
  public let path: String
  private let temporary: String
  private var descriptor: Int32
  private var pending: [UInt8] = []

  /// What went wrong, with the errno of the failing call.
  public struct Failure: Error, Sendable, Equatable {
    public let path: String
    public let number: Int32
    /// `create`, `write`, `sync`, `rename` or `exists`.
    public let step: String

    /// What the system says.
    public var text: String { String(cString: strerror(number)) }
    /// Whether the disk is full.
    public var isDiskFull: Bool { number == ENOSPC || number == EDQUOT }
  }

  /// Begins a file with `mode`.
  ///
  /// - Throws: ``Failure`` where the folder is missing or not writable.
  public init(_ path: String, mode: UInt32 = 0o600) throws(Failure) {
    self.path = path
    // The number only keeps two writers of one name apart; nothing depends on its value.
    var system = SystemRandomNumberGenerator()
    let name = "\(path).\(UInt32(truncatingIfNeeded: system.next())).partial"
    temporary = name
    descriptor = Glibc.open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw Failure(path: path, number: errno, step: "create") }
    fchmod(descriptor, mode)
  }

  deinit { discard() }

  /// Appends bytes.
  public func write(_ bytes: some Sequence<UInt8>) throws(Failure) {
    pending += bytes
    if pending.count >= 1 << 20 { try flush() }
  }

  /// Gives the file its name.
  ///
  /// - Parameter overwriting: whether a file of that name is replaced. A symbolic link of that name
  ///   is replaced itself, never followed.
  /// - Throws: ``Failure``; nothing is left behind.
  public func commit(overwriting: Bool = false) throws(Failure) {
    do throws(Failure) {
      try flush()
      guard fsync(descriptor) == 0 else { throw failure("sync") }
      // One step that refuses a taken name: between a look and a rename another may take it.
      let code = overwriting ? rename(temporary, path) : coalmine_rename_new(temporary, path)
      guard code == 0 else { throw failure(errno == EEXIST ? "exists" : "rename") }
    } catch {
      discard()
      throw error
    }
    close(descriptor)
    descriptor = -1
    syncFolder()
  }

  /// Writes a whole file at once.
  public static func write(
    _ bytes: [UInt8], to path: String, mode: UInt32 = 0o600, overwriting: Bool = false
  ) throws(Failure) {
    let file = try AtomicFile(path, mode: mode)
    try file.write(bytes)
    try file.commit(overwriting: overwriting)
  }

  private func flush() throws(Failure) {
    var start = 0
    while start < pending.count {
      let written = pending[start...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if written < 0 {
        if errno == EINTR { continue }
        // Part of it may be in the file: trying again would write that part twice.
        let failed = failure("write")
        discard()
        throw failed
      }
      start += written
    }
    pending.removeAll(keepingCapacity: true)
  }

  private func failure(_ step: String) -> Failure {
    Failure(path: path, number: errno, step: step)
  }

  private func discard() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporary)
    descriptor = -1
  }

  private func syncFolder() {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let handle = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { return }
    fsync(handle)
    close(handle)
  }
}
