// SPDX-License-Identifier: Apache-2.0

import CCrypto

/// HMAC-SHA256 under one key.
///
///     code(m) = H((K ⊕ opad) ‖ H((K ⊕ ipad) ‖ m))
///
/// with H = SHA-256, K the key filled with zeros to 64 bytes, or its digest where it is longer,
/// opad = 0x5C and ipad = 0x36, both repeated. libcrypto computes it.
///
/// ```swift
/// HMACSHA256(key: Array("Jefe".utf8)).code(for: Array("what do ya want for nothing?".utf8))
/// ```
///
/// - Source: Krawczyk, Bellare and Canetti, RFC 2104 (1997),
///   https://www.rfc-editor.org/rfc/rfc2104.
public struct HMACSHA256: Sendable {
  private let keyed: Keyed

  /// - Parameter key: of any length; no bytes are a key too.
  public init(key: [UInt8]) { keyed = Keyed(key) }

  /// The 32 bytes of the code of a message.
  ///
  /// - Complexity: O(message).
  public func code(for message: [UInt8]) -> [UInt8] {
    digestBytes { coalmine_hmac_code(keyed.key, message, message.count, $0) }
  }

  /// libcrypto's state behind the key. Never changed, so threads can share it.
  private final class Keyed: @unchecked Sendable {
    let key: OpaquePointer

    init(_ bytes: [UInt8]) {
      guard let key = coalmine_hmac_key_new(bytes, bytes.count) else {
        preconditionFailure("libcrypto has no HMAC-SHA256, or no memory")
      }
      self.key = key
    }

    deinit { coalmine_hmac_key_free(key) }
  }
}
