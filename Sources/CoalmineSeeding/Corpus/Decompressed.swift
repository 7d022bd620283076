// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What a compressed file holds, in a file that has no name and goes when it is closed.
///
/// A corpus is read several times and at any place, which compressed data does not allow.
struct Decompressed {
  let descriptor: Int32
  let size: Int64
  /// SHA-256 of the compressed file.
  let sourceDigest: [UInt8]

  /// How the file is compressed; `nil` where it is not.
  static func compression(of descriptor: Int32) -> Compression? {
    var first = [UInt8](repeating: 0, count: Compression.longestMagic)
    let count = pread(descriptor, &first, first.count, 0)
    return count > 0 ? Compression(head: Array(first.prefix(count))) : nil
  }

  init(_ source: Int32, _ compression: Compression, path: String) throws(CoalmineError) {
    let folder = terminalSafe(UnnamedFile.folder)
    let target = UnnamedFile.open()
    guard target >= 0 else { throw Self.failure("create a file in '\(folder)'") }
    var offset: off_t = 0
    var size: Int64 = 0
    var hash = SHA256Digest()
    do throws(CoalmineError) {
      let isWhole = try compression.decompress {
        () throws(CoalmineError) -> [UInt8] in
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        let count = pread(source, &chunk, chunk.count, offset)
        guard count >= 0 else { throw Self.failure("read '\(terminalSafe(path))'") }
        offset += off_t(count)
        hash.update(chunk[..<count])
        return Array(chunk.prefix(count))
      } write: { (bytes: [UInt8]) throws(CoalmineError) in
        var written = 0
        while written < bytes.count {
          let count = bytes.withUnsafeBytes {
            Glibc.write(target, $0.baseAddress.map { $0 + written }, bytes.count - written)
          }
          guard count > 0 || errno == EINTR else {
            throw Self.failure("write to '\(folder)'")
          }
          written += max(0, count)
        }
        size += Int64(bytes.count)
      }
      guard isWhole else {
        throw CoalmineError(
          code: "corpus-format-not-supported",
          "'\(terminalSafe(path))' is \(compression.rawValue) data that is damaged or cut off",
          help: "'\(compression.rawValue) -t FILE' says more; copy the file again", exit: .badData)
      }
    } catch {
      close(target)
      throw error
    }
    self.descriptor = target
    self.size = size
    sourceDigest = hash.finalize()
  }

  private static func failure(_ what: String) -> CoalmineError {
    CoalmineError(
      code: "read-failed", "cannot \(what): \(String(cString: strerror(errno)))",
      help: "compressed data is decompressed to read it; 'TMPDIR' names the folder for that",
      exit: .inputOutput)
  }
}
