// SPDX-License-Identifier: Apache-2.0

import CoalmineReference

/// How byte tokens are shown in JSON.
enum TokenDisplay {
  /// ASCII as itself, other bytes as `bytes:\xNN`, the mark as `<|bos|>`.
  static func text(_ token: Int) -> String {
    if token < 0x80 { return String(UnicodeScalar(UInt8(truncatingIfNeeded: token))) }
    guard token < 0x100 else { return "<|bos|>" }
    let digits = Array("0123456789abcdef")
    return "bytes:\\x\(digits[token >> 4])\(digits[token & 15])"
  }

  /// The bytes of a text; the mark stands for none.
  static func bytes(_ tokens: [Int]) -> [UInt8] {
    tokens.compactMap { UInt8(exactly: $0) }
  }
}
