// SPDX-License-Identifier: Apache-2.0

import CBytes

/// Exact search over bytes: what is found is what stands there, whatever Unicode says of it.
public enum ByteSearch {
  /// Where `needle` first stands in `bytes`; an empty needle is found nowhere.
  ///
  /// - Complexity: O(bytes + needle).
  public static func firstRange(of needle: [UInt8], in bytes: [UInt8]) -> Range<Int>? {
    guard !needle.isEmpty, needle.count <= bytes.count else { return nil }
    let found = coalmine_find(bytes, bytes.count, needle, needle.count)
    return found < 0 ? nil : found..<(found + needle.count)
  }

  /// Where `needle` first stands in `bytes` at `start` or after it.
  public static func firstRange(
    of needle: [UInt8], in bytes: [UInt8], from start: Int
  ) -> Range<Int>? {
    guard !needle.isEmpty, start >= 0, needle.count <= bytes.count - start else { return nil }
    let found = bytes.withUnsafeBufferPointer { buffer -> Int in
      guard let base = buffer.baseAddress else { return -1 }
      return coalmine_find(base + start, bytes.count - start, needle, needle.count)
    }
    return found < 0 ? nil : start + found..<(start + found + needle.count)
  }

  /// Whether `needle` stands in `bytes`.
  public static func contains(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
    firstRange(of: needle, in: bytes) != nil
  }
}
