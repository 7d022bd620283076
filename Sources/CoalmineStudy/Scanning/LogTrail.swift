// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Glibc

/// Finds out what became of a log since it was read: it grew, or it was rotated.
///
/// A rotation renames the log, or copies it and cuts it to nothing. Either way a file whose name
/// begins with the log's begins with the bytes that were read.
struct LogTrail {
  /// A file with bytes of the log that were not read yet, from the place on.
  struct Part {
    let path: String
    let stream: ScanStream
    let place: ScanPlace
  }

  /// What is to be read, in order; the last one is the log itself.
  let parts: [Part]
  /// What the user should know: bytes that were not read and cannot be found.
  let lost: String?

  /// - Parameters:
  ///   - place: where the scan had come to; `nil` for a log that was never scanned.
  ///   - state: the file that the place comes from, which is no part of the log.
  /// - Throws: ``CoalmineError``: `scan-state-needs-files`, `input-missing`, `input-unreadable`.
  init(of input: String, since place: ScanPlace?, state: String) throws(CoalmineError) {
    let stream = try ScanStream(input)
    guard let facts = stream.facts else {
      throw CoalmineError(
        code: "scan-state-needs-files", "'\(input)' is no regular file: no scan can go on in it",
        help: "scan it without '--state'", exit: .badConfiguration)
    }
    guard var place else {
      parts = [
        Part(path: input, stream: stream, place: ScanPlace(input: input, inode: facts.inode))
      ]
      lost = nil
      return
    }
    let isSame = place.inode == facts.inode
    let begins = try place.isPrefix(of: stream)
    let mayBeSame = begins && (isSame || place.offset > 0)
    // A file that has the inode is the log, before one that only begins as the log did.
    let others = isSame && mayBeSame ? [] : try Self.others(than: input, place, state)
    let renamed = others.first { $0.begins && $0.inode == place.inode }
    if mayBeSame, isSame || renamed == nil {
      place.inode = facts.inode
      parts = [Part(path: input, stream: stream, place: place)]
      lost = nil
      return
    }
    let begun = Part(
      path: input, stream: stream,
      place: ScanPlace(input: input, inode: facts.inode, generation: place.generation + 1))
    guard let rest = renamed ?? others.first(where: { $0.begins && place.offset > 0 }) else {
      parts = [begun]
      lost =
        "'\(input)' was begun anew, and what was written to it behind byte \(place.offset) before that "
        + "is in no file beside it: it was not searched"
      return
    }
    parts = [Part(path: rest.path, stream: rest.stream, place: place), begun]
    let between = others.count {
      ($0.time.tv_sec, $0.time.tv_nsec) > (rest.time.tv_sec, rest.time.tv_nsec)
    }
    lost =
      between == 0
      ? nil
      : "'\(input)' was rotated more than once since the last scan: "
        + "\(Prose.count(between, "file", "files")) beside it newer than '\(rest.path)' "
        + "\(between == 1 ? "was" : "were") not searched"
  }

  /// A file whose name begins with the log's name.
  private struct Other {
    let path: String
    let stream: ScanStream
    let inode: UInt64
    /// When it was changed last.
    let time: timespec
    /// Whether it begins with what was read of the log.
    let begins: Bool
  }

  private static func others(
    than input: String, _ place: ScanPlace, _ state: String
  ) throws(CoalmineError) -> [Other] {
    var others: [Other] = []
    for path in siblings(of: input) where path != state {
      guard let stream = try? ScanStream(path), let facts = stream.facts else { continue }
      others.append(
        Other(
          path: path, stream: stream, inode: facts.inode, time: modified(path),
          begins: try place.isPrefix(of: stream)))
    }
    return others
  }

  /// Files in the same folder whose name begins with the log's name.
  private static func siblings(of input: String) -> [String] {
    let slash = input.lastIndex(of: "/").map { input.index(after: $0) } ?? input.startIndex
    let (folder, name) = (String(input[..<slash]), input[slash...])
    guard let handle = opendir(folder.isEmpty ? "." : folder) else { return [] }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let other = withUnsafePointer(to: &entry.pointee.d_name) {
        String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if other.hasPrefix(name), other != name { names.append(folder + other) }
    }
    return names.sorted().filter { path in
      var facts = stat()
      return lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
    }
  }

  private static func modified(_ path: String) -> timespec {
    var facts = stat()
    return stat(path, &facts) == 0 ? facts.st_mtim : timespec()
  }
}
