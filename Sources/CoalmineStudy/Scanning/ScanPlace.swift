// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// How far the scan of one input has come, and what tells whether it is still the same file.
struct ScanPlace: Equatable {
  /// The input as it was named on the command line.
  let input: String
  var inode: UInt64
  /// Everything before it was searched, and its hits were printed.
  var offset = 0
  /// How many lines stand before the offset, where lines are counted.
  var lines = 0
  /// How often the file under this name was found to be another one: ids of hits depend on it.
  var generation = 0
  /// SHA-256 of the first and of the last bytes before the offset, in hexadecimal.
  var head = ScanPlace.ofNothing
  var tail = ScanPlace.ofNothing

  /// How many bytes at the front and before the offset are digested.
  static let digested = 4_096
  private static let ofNothing = hexadecimal(sha256([]))

  init(input: String, inode: UInt64, generation: Int = 0) {
    self.input = input
    self.inode = inode
    self.generation = generation
  }

  /// The name that ids of hits are made from.
  var idName: String { generation == 0 ? input : "\(input)\0\(generation)" }

  /// Whether the file begins with everything that was read.
  func isPrefix(of stream: ScanStream) throws(CoalmineError) -> Bool {
    guard let facts = stream.facts, facts.size >= offset else { return false }
    return try Self.digests(of: stream, offset).map { $0 == (head, tail) } ?? false
  }

  /// Takes the file's bytes before the offset for what was read.
  mutating func settle(at offset: Int, lines: Int, in stream: ScanStream) throws(CoalmineError) {
    guard let (head, tail) = try Self.digests(of: stream, offset) else {
      throw CoalmineError(
        code: "scan-input-changed", "'\(input)' became shorter while it was read",
        help: "run the same command again: it goes on from the state", exit: .inputOutput)
    }
    (self.offset, self.lines, self.head, self.tail) = (offset, lines, head, tail)
  }

  private static func digests(of stream: ScanStream, _ offset: Int) throws(CoalmineError)
    -> (String, String)?
  {
    guard let head = try stream.digest(of: 0..<min(digested, offset)),
      let tail = try stream.digest(of: max(0, offset - digested)..<offset)
    else { return nil }
    return (head, tail)
  }
}
