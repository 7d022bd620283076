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
      parts = [Part(path: input, stream: stream, place: ScanPlace(input: input, inode: facts.inode))]
      lost = nil
      return
    }
    // A file that nothing was read of has to be the same one to be known again.
    if place.offset > 0 || place.inode == facts.inode, try place.isPrefix(of: stream) {
      place.inode = facts.inode
      parts = [Part(path: input, stream: stream, place: place)]
      lost = nil
      return
    }
    let rotated = try Self.rotated(input, place, state)
    let begun = Part(
      path: input, stream: stream,
      place: ScanPlace(input: input, inode: facts.inode, generation: place.generation + 1))
    parts = rotated.part.map { [$0, begun] } ?? [begun]
    lost = rotated.lost
  }

  /// The file that the log was renamed or copied to.
  private static func rotated(_ input: String, _ place: ScanPlace, _ state: String) throws(CoalmineError)
    -> (part: Part?, lost: String?)
  {
    var found: (path: String, stream: ScanStream, time: timespec)?
    var times: [timespec] = []
    for path in siblings(of: input) where path != state {
      guard let stream = try? ScanStream(path), let facts = stream.facts else { continue }
      let time = modified(path)
      times.append(time)
      guard place.offset > 0 || facts.inode == place.inode, try place.isPrefix(of: stream) else {
        continue
      }
      // The same file under another name is better than one that begins like it.
      if found == nil || facts.inode == place.inode { found = (path, stream, time) }
    }
    guard let found else {
      return (
        nil,
        "'\(input)' was begun anew, and what was written to it behind byte \(place.offset) before that "
          + "is in no file beside it: it was not searched"
      )
    }
    let between = times.count {
      ($0.tv_sec, $0.tv_nsec) > (found.time.tv_sec, found.time.tv_nsec)
    }
    return (
      Part(path: found.path, stream: found.stream, place: place),
      between == 0
        ? nil
        : "'\(input)' was rotated more than once since the last scan: "
          + "\(Prose.count(between, "file", "files")) beside it newer than '\(found.path)' "
          + "\(between == 1 ? "was" : "were") not searched"
    )
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
