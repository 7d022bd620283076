// SPDX-License-Identifier: Apache-2.0

import CZlib

/// The zlib format (RFC 1950).
public enum Deflate {
  /// `bytes` compressed; level 1 is fast, 6 is zlib's default.
  public static func compress(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] {
    var length = compressBound(UInt(bytes.count))
    return [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
      // Fails only for a buffer below the bound or without memory.
      let code = compress2(buffer.baseAddress, &length, bytes, UInt(bytes.count), level)
      precondition(code == Z_OK, "zlib has no memory")
      count = Int(length)
    }
  }

  /// The bytes behind a zlib stream; `nil` where it is damaged, is followed by anything, or is
  /// longer than `limit`.
  public static func inflate(_ bytes: [UInt8], limit: Int = 64 << 20) -> [UInt8]? {
    var stream = z_stream()
    guard inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      return nil
    }
    defer { inflateEnd(&stream) }
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    var input = bytes
    return input.withUnsafeMutableBufferPointer { input -> [UInt8]? in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(clamping: input.count)
      while true {
        let size = chunk.count
        let code = chunk.withUnsafeMutableBufferPointer { chunk in
          stream.next_out = chunk.baseAddress
          stream.avail_out = UInt32(size)
          return CZlib.inflate(&stream, Z_NO_FLUSH)
        }
        guard code == Z_OK || code == Z_STREAM_END else { return nil }
        result += chunk.prefix(size - Int(stream.avail_out))
        guard result.count <= limit else { return nil }
        if code == Z_STREAM_END { return stream.avail_in == 0 ? result : nil }
        if stream.avail_in == 0, stream.avail_out != 0 { return nil }
      }
    }
  }

  /// The length of the zlib level-6 stream of `bytes`: the Z of the zlib membership score.
  public static func zlibSize(of bytes: [UInt8]) -> Int { compress(bytes, level: 6).count }
}
