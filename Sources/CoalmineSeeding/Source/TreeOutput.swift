// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Glibc

/// A folder of files as one output: it appears whole under its name, or not at all.
///
/// It is written beside its place as `NAME.coalmine-partial`. The name is new, or that of an empty
/// folder. Dropped without ``commit()``, it leaves nothing behind.
///
/// ```swift
/// let tree = try TreeOutput("seeded", reading: ["corpus"])
/// try tree.begin("src/main.py")
/// try tree.write(bytes)
/// try tree.commit()
/// ```
public final class TreeOutput {
  public let path: String
  private let staging: String
  private var folders: Set<String> = []
  private var descriptor: Int32 = -1
  private var isNamed = false

  /// Looks at the place; nothing is written yet.
  ///
  /// - Parameter roots: the folders and files that are read: the new folder cannot lie in one.
  /// - Throws: ``CoalmineError`` with exit code 73: `output-exists`, `output-is-input`,
  ///   `output-in-use`.
  public init(_ path: String, reading roots: [String]) throws(CoalmineError) {
    var bare = path
    while bare.count > 1, bare.hasSuffix("/") { bare.removeLast() }
    self.path = bare
    staging = bare + Outputs.partialEnding
    var facts = stat()
    if lstat(bare, &facts) == 0 {
      guard facts.st_mode & S_IFMT == S_IFDIR, Self.isEmpty(bare) else {
        throw CoalmineError(
          code: "output-exists",
          "'\(terminalSafe(bare))' exists and is no empty folder",
          details: ["a tree of source code is written as a folder of its own"],
          help: "name a folder that does not exist yet", exit: .cannotCreate)
      }
    }
    let parent = Self.real(Self.parent(of: bare))
    for root in roots {
      guard let parent, let real = Self.real(root), parent == real || parent.hasPrefix(real + "/")
      else { continue }
      throw CoalmineError(
        code: "output-is-input",
        "'\(terminalSafe(bare))' lies in '\(terminalSafe(root))', which is read",
        help: "name a folder beside it", exit: .cannotCreate)
    }
    guard lstat(staging, &facts) != 0 else {
      throw CoalmineError(
        code: "output-in-use",
        "'\(terminalSafe(staging))' exists: another command writes it, or one was killed",
        help: "if no other 'coalmine' is running, remove that folder and run the command again",
        exit: .cannotCreate)
    }
  }

  deinit { discard() }

  /// Ends the file before, and goes on with another one.
  ///
  /// - Parameter name: its path below the folder.
  /// - Throws: ``CoalmineError``: `disk-full`, `write-failed`, `manifest-damaged` for a path that leads
  ///   elsewhere; or `CancellationError` where a signal waits.
  package func begin(_ name: String) throws {
    try end()
    if UnfinishedFiles.isSignalled { throw CancellationError() }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !parts.isEmpty, !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
      throw CoalmineError(
        code: "manifest-damaged", "'\(terminalSafe(name))' is no path of a file in a folder",
        help: "restore the study file from a copy", exit: .verificationFailed)
    }
    var folder = staging
    try create(folder)
    for part in parts.dropLast() {
      folder += "/" + part
      try create(folder)
    }
    descriptor = open(
      staging + "/" + name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("create", name) }
  }

  /// Appends bytes to the file that was begun.
  package func write(_ bytes: [UInt8]) throws(CoalmineError) {
    var start = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("write", path) }
      start += count
    }
  }

  /// Gives the folder its name, after all of it was synchronised.
  ///
  /// - Throws: ``CoalmineError``; nothing new stands under the name then.
  public func commit() throws(CoalmineError) {
    try end()
    try create(staging)
    for folder in folders.sorted() { try Self.synchronise(folder, path) }
    guard rename(staging, path) == 0 else { throw failure("name", path) }
    isNamed = true
    try Self.synchronise(Self.parent(of: path), path)
  }

  /// Removes everything that was written.
  package func discard() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    guard !isNamed, !folders.isEmpty else { return }
    Self.remove(staging)
    folders = []
  }

  private func end() throws(CoalmineError) {
    guard descriptor >= 0 else { return }
    let handle = descriptor
    descriptor = -1
    var code = fsync(handle)
    while code != 0, errno == EINTR { code = fsync(handle) }
    let error = code == 0 ? nil : failure("synchronise", path)
    close(handle)
    if let error { throw error }
  }

  private func create(_ folder: String) throws(CoalmineError) {
    guard folders.insert(folder).inserted else { return }
    guard mkdir(folder, 0o700) == 0 else {
      let error = failure("create", folder)
      folders.remove(folder)
      throw error
    }
  }

  private func failure(_ what: String, _ name: String) -> CoalmineError {
    let number = errno
    let isFull = number == ENOSPC || number == EDQUOT
    return CoalmineError(
      code: isFull ? "disk-full" : "write-failed",
      "cannot \(what) '\(terminalSafe(name))': \(String(cString: strerror(number)))",
      details: ["nothing new stands under the name '\(terminalSafe(path))'"],
      help: isFull ? "make room, or write to another disk, and run the command again" : nil,
      exit: .inputOutput)
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func real(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  private static func synchronise(_ folder: String, _ path: String) throws(CoalmineError) {
    let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { return }
    defer { close(handle) }
    // Some file systems have no way to synchronise a folder.
    guard fsync(handle) == 0 || errno == EINVAL else {
      throw CoalmineError(
        code: "write-failed",
        "cannot synchronise '\(terminalSafe(path))': \(String(cString: strerror(errno)))",
        exit: .inputOutput)
    }
  }

  private static func isEmpty(_ folder: String) -> Bool {
    FolderNames.read(folder)?.isEmpty ?? false
  }

  /// Removes a folder that this class made, with what is in it.
  private static func remove(_ folder: String) {
    for name in FolderNames.read(folder) ?? [] {
      let path = folder + "/" + String(decoding: name, as: UTF8.self)
      if unlink(path) != 0 { remove(path) }
    }
    rmdir(folder)
  }
}
