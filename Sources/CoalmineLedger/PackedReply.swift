// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// The body of a reply as the ledger keeps it: a Zstandard frame, or in older ledgers a zlib stream. The
/// first byte tells which.
enum PackedReply {
  private static let zstandard: UInt8 = 0x28

  static func pack(_ body: [UInt8]) -> [UInt8] { Zstandard.compress(body) }

  /// - Returns: `nil` for what neither is.
  static func unpack(_ stored: [UInt8]) -> [UInt8]? {
    stored.first == zstandard ? Zstandard.decompress(stored) : Deflate.inflate(stored)
  }
}
