// SPDX-License-Identifier: Apache-2.0

import CZstd

/// Whole texts in the Zstandard format (RFC 8878), each one frame that states its length.
///
/// ```swift
/// let packed = Zstandard.compress(reply)
/// Zstandard.decompress(packed) == reply
/// ```
public enum Zstandard {
  /// `bytes` compressed; level 1 takes about a fifth of the time of zlib's.
  ///
  /// - Complexity: O(bytes).
  public static func compress(_ bytes: [UInt8], level: Int32 = 1) -> [UInt8] {
    let bound = ZSTD_compressBound(bytes.count)
    return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      // Fails only for a buffer below the bound or without memory.
      count = ZSTD_compress(buffer.baseAddress, bound, bytes, bytes.count, level)
      precondition(ZSTD_isError(count) == 0, "zstd has no memory")
    }
  }

  /// The bytes behind one frame; `nil` where it is damaged, does not state its length, is followed by
  /// anything, or is longer than `limit`.
  ///
  /// - Complexity: O(bytes of the result).
  public static func decompress(_ bytes: [UInt8], limit: Int = 64 << 20) -> [UInt8]? {
    let length = ZSTD_getFrameContentSize(bytes, bytes.count)
    // The two largest numbers say "not stated" and "no frame".
    guard length <= UInt64(limit),
      ZSTD_findFrameCompressedSize(bytes, bytes.count) == bytes.count
    else { return nil }
    var isWhole = false
    let result = [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
      let written = ZSTD_decompress(buffer.baseAddress, Int(length), bytes, bytes.count)
      isWhole = ZSTD_isError(written) == 0 && written == Int(length)
      count = isWhole ? written : 0
    }
    return isWhole ? result : nil
  }
}
