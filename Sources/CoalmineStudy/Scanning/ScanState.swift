// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Glibc

/// The file of `--state`: where the scan of each input ended.
///
/// It is written whole beside its place and then renamed, so a kill leaves the former or the new one.
/// It holds no secret and no text of an input.
struct ScanState {
  private let path: String
  private let reading: [String]
  /// Depends on the secrets and on how the inputs are read: another scan must not go on from here.
  private let scan: String
  private var places: [ScanPlace] = []

  private static let version: Int64 = 1

  /// Reads the file, or begins a new one.
  ///
  /// - Parameter reading: files that the command reads.
  /// - Throws: ``CoalmineError``: `scan-state-unreadable`, `scan-state-other`, and those of an output.
  init(_ path: String, scan: String, reading: [String]) throws(CoalmineError) {
    self.path = path
    self.reading = reading
    self.scan = scan
    var facts = stat()
    if lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG {
      places = try Self.places(
        in: InputFile.read(path, limit: 64 << 20), of: path, scan: scan)
    }
    // What cannot be written is told before anything is printed.
    try write()
  }

  /// Where an input was left; `nil` for one that was never scanned.
  func place(of input: String) -> ScanPlace? { places.first { $0.input == input } }

  /// Remembers where an input is, on the disk.
  mutating func save(_ place: ScanPlace) throws(CoalmineError) {
    if let number = places.firstIndex(where: { $0.input == place.input }) {
      places[number] = place
    } else {
      places.append(place)
    }
    try write()
  }

  private func write() throws(CoalmineError) {
    var writer = JSONWriter(pretty: true)
    do {
      try writer.object { state in
        try state.field("coalmine_scan_state", Self.version)
        try state.field("scan", scan)
        try state.array("inputs") { list in
          for place in places {
            try list.object { entry in
              try entry.field("input", place.input)
              try entry.field("inode", String(place.inode))
              try entry.field("offset", place.offset)
              try entry.field("lines", place.lines)
              try entry.field("generation", place.generation)
              try entry.field("head", place.head)
              try entry.field("tail", place.tail)
            }
          }
        }
      }
    } catch {
      preconditionFailure("strings and whole numbers can be written")
    }
    try Outputs(reading: reading).write(writer.bytes + [0x0A], to: path, existing: .replace)
  }

  private static func places(in bytes: [UInt8], of path: String, scan: String)
    throws(CoalmineError) -> [ScanPlace]
  {
    let unreadable = CoalmineError(
      code: "scan-state-unreadable", "'\(path)' is no state of a scan that this program can read",
      help: "give another name, or move the file away and scan from the start", exit: .badData)
    guard let root = (try? JSONDocument(parsing: bytes))?.root,
      root["coalmine_scan_state"]?.int == version, let other = root["scan"]?.string,
      let entries = root["inputs"]?.elements
    else { throw unreadable }
    guard other == scan else {
      throw CoalmineError(
        code: "scan-state-other",
        "'\(path)' belongs to a scan for other secrets, or of other fields",
        help: "give this scan a state of its own", exit: .badData)
    }
    var places: [ScanPlace] = []
    for entry in entries {
      guard let input = entry["input"]?.string,
        let inode = entry["inode"]?.string.flatMap(UInt64.init),
        let offset = entry["offset"]?.int, let lines = entry["lines"]?.int,
        let generation = entry["generation"]?.int, let head = entry["head"]?.string,
        let tail = entry["tail"]?.string, offset >= 0, lines >= 0, generation >= 0
      else { throw unreadable }
      var place = ScanPlace(input: input, inode: inode, generation: Int(generation))
      (place.offset, place.lines, place.head, place.tail) = (Int(offset), Int(lines), head, tail)
      places.append(place)
    }
    return places
  }
}
