// SPDX-License-Identifier: Apache-2.0

import CZlib

/// The gzip format (RFC 1952), block by block.
public enum GzipStream {
  /// What a gzip file begins with.
  public static let magic: [UInt8] = [0x1F, 0x8B]

  /// Decompresses everything that `read` gives, several members one after another included.
  ///
  /// - Parameters:
  ///   - read: the next bytes; none at the end.
  ///   - write: takes decompressed bytes, at most 256 KiB at once.
  /// - Returns: `false` where the data is damaged or ends too early.
  /// - Throws: what `read` and `write` throw.
  /// - Complexity: O(bytes); memory for a block.
  public static func decompress<Failure: Error>(
    read: () throws(Failure) -> [UInt8], write: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    var stream = z_stream()
    // 15 window bits, and 16 more for gzip's header and checksum.
    guard
      inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return false }
    defer { inflateEnd(&stream) }
    let size = 256 << 10
    var isAtMemberEnd = false
    while true {
      var input = try read()
      if input.isEmpty { return isAtMemberEnd }
      var used = 0
      var isFull = false
      while used < input.count || isFull {
        if isAtMemberEnd {
          // Zeros may fill the last block; another member may follow.
          if input[used...].allSatisfy({ $0 == 0 }) { break }
          inflateReset(&stream)
          isAtMemberEnd = false
        }
        var code: Int32 = Z_OK
        let chunk = [UInt8](unsafeUninitializedCapacity: size) { output, count in
          input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress.map { $0 + used }
            stream.avail_in = UInt32(input.count - used)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(size)
            code = CZlib.inflate(&stream, Z_NO_FLUSH)
            used = input.count - Int(stream.avail_in)
          }
          count = size - Int(stream.avail_out)
        }
        // Z_BUF_ERROR: a full block of output was the last one, and nothing is left to do.
        guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { return false }
        if !chunk.isEmpty { try write(chunk) }
        isAtMemberEnd = code == Z_STREAM_END
        isFull = chunk.count == size && !isAtMemberEnd
      }
    }
  }
}
