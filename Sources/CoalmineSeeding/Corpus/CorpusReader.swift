// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One line of a corpus: three parts that follow one another in the file.
package struct CorpusLine: Equatable {
  /// A byte order mark at the start of the file, else nothing.
  package let mark: [UInt8]
  package let content: [UInt8]
  /// LF, CR LF, or nothing at the end of the file.
  package let ending: [UInt8]

  /// Whether there is anything but white space.
  var isRecord: Bool { !content.allSatisfy(CorpusFormat.isBlank) }

  var count: Int { mark.count + content.count + ending.count }
}

/// The lines of a file from its start on, cut at LF and nowhere else.
///
/// U+2028, U+0085 and a lone CR are content: a reader that cuts there breaks records in two.
///
/// - Complexity: O(bytes), memory for one line and a block of a megabyte.
package struct CorpusReader {
  private let file: CorpusFile
  private let blockSize: Int
  private var block: [UInt8] = []
  /// The first byte of the block that was not given out.
  private var start = 0
  /// Where the next block begins in the file.
  private var offset: Int64 = 0
  private var isFirst = true

  package init(_ file: CorpusFile, blockSize: Int = 1 << 20) {
    self.file = file
    self.blockSize = blockSize
  }

  /// The next line; `nil` at the end.
  package mutating func next() throws(CoalmineError) -> CorpusLine? {
    var line: [UInt8] = []
    while true {
      if start == block.count {
        block = try file.read(at: offset, count: blockSize)
        offset += Int64(block.count)
        start = 0
        if block.isEmpty { break }
      }
      let end = lineFeed.map { $0 + 1 } ?? block.count
      line += block[start..<end]
      start = end
      if line.last == 0x0A { break }
    }
    guard !line.isEmpty else { return nil }
    var ending: [UInt8] = []
    if line.last == 0x0A {
      line.removeLast()
      ending = [0x0A]
      if line.last == 0x0D {
        line.removeLast()
        ending = [0x0D, 0x0A]
      }
    }
    defer { isFirst = false }
    guard isFirst, line.starts(with: CorpusFormat.byteOrderMark) else {
      return CorpusLine(mark: [], content: line, ending: ending)
    }
    return CorpusLine(
      mark: CorpusFormat.byteOrderMark, content: Array(line.dropFirst(3)), ending: ending)
  }

  /// The next LF of the block.
  private var lineFeed: Int? {
    block.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress,
        let found = memchr(base + start, 0x0A, bytes.count - start)
      else { return nil }
      return base.distance(to: found)
    }
  }
}
