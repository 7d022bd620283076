// SPDX-License-Identifier: Apache-2.0

import CCrypto

/// Key material from a secret, by HKDF-SHA256.
///
///     PRK  = HMAC(salt, secret)
///     T(i) = HMAC(PRK, T(i - 1) ‖ info ‖ i),  T(0) empty, i = 1, 2, … one byte
///
/// The result is the first `count` bytes of T(1) ‖ T(2) ‖ …. libcrypto computes it.
///
/// ```swift
/// hkdfSHA256(root, info: Array("coins".utf8), count: 32)
/// ```
///
/// - Parameters:
///   - secret: the input keying material.
///   - salt: no bytes mean the same as 32 zeros.
///   - info: what the result is for.
///   - count: the length of the result in bytes, from 1 to 8,160; any other is a precondition's
///     failure.
/// - Complexity: O(secret + salt + count · info).
/// - Source: Krawczyk and Eronen, RFC 5869 (2010), https://www.rfc-editor.org/rfc/rfc5869.
public func hkdfSHA256(
  _ secret: [UInt8], salt: [UInt8] = [], info: [UInt8] = [], count: Int
) -> [UInt8] {
  precondition((1...255 * Int(COALMINE_SHA256_LENGTH)).contains(count), "HKDF cannot give \(count)")
  return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
    // Fails only where memory or the algorithm is missing.
    let code = coalmine_hkdf(
      secret, secret.count, salt, salt.count, info, info.count, buffer.baseAddress, count)
    precondition(code == 1, "libcrypto cannot compute HKDF-SHA256")
    written = count
  }
}
