// SPDX-License-Identifier: Apache-2.0

import CCrypto

/// A running SHA-256: bytes go in piece by piece, and their digest comes out.
///
/// The digest depends on the bytes alone, not on where they were cut. It is a value: a copy goes on
/// from the same bytes, and neither changes the other. libcrypto computes it.
///
/// ```swift
/// var digest = SHA256Digest()
/// digest.update(Array("a".utf8))
/// digest.update(Array("bc".utf8))
/// digest.finalize() == sha256(Array("abc".utf8))
/// ```
///
/// - Complexity: O(bytes) time, O(1) memory.
/// - Source: NIST, FIPS 180-4 (2015), section 6.2, https://doi.org/10.6028/NIST.FIPS.180-4.
public struct SHA256Digest: Sendable {
  private var running: Running

  /// The digest of no bytes so far.
  public init() { running = Running(coalmine_sha256_new()) }

  /// Adds bytes behind those that are in it.
  public mutating func update(_ bytes: some Sequence<UInt8>) {
    let added: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
    if added == nil { Array(bytes).withUnsafeBytes { update($0) } }
  }

  /// Adds the bytes of a buffer behind those that are in it.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    if !isKnownUniquelyReferenced(&running) { running = running.copy() }
    let code = coalmine_sha256_update(running.hash, bytes.baseAddress, bytes.count)
    precondition(code == 1, "libcrypto cannot compute SHA-256")
  }

  /// The 32 bytes of the digest. The value itself can go on.
  public consuming func finalize() -> [UInt8] {
    // Where the caller is done with the value, nothing is copied.
    if !isKnownUniquelyReferenced(&running) { running = running.copy() }
    let hash = running.hash
    return withExtendedLifetime(running) {
      digestBytes { coalmine_sha256_finish(hash, $0) }
    }
  }

  /// libcrypto's state. Changed by an owner that has it alone, so it can go from thread to thread.
  private final class Running: @unchecked Sendable {
    let hash: OpaquePointer

    init(_ hash: OpaquePointer?) {
      guard let hash else { preconditionFailure("libcrypto has no SHA-256, or no memory") }
      self.hash = hash
    }

    deinit { coalmine_sha256_free(hash) }

    func copy() -> Running { Running(coalmine_sha256_copy(hash)) }
  }
}

/// The 32 bytes of SHA-256 of `bytes`.
///
/// ```swift
/// sha256(Array("abc".utf8)).prefix(4) == [0xBA, 0x78, 0x16, 0xBF]
/// ```
///
/// - Complexity: O(bytes).
/// - Source: NIST, FIPS 180-4 (2015), section 6.2, https://doi.org/10.6028/NIST.FIPS.180-4.
public func sha256(_ bytes: [UInt8]) -> [UInt8] {
  digestBytes { coalmine_sha256_once(bytes, bytes.count, $0) }
}

/// The first 16 bytes of SHA-256 of `bytes`, as a little-endian number: no array per digest.
///
/// - Complexity: O(bytes).
package func sha256Start(_ bytes: UnsafeRawBufferPointer) -> UInt128 {
  withUnsafeTemporaryAllocation(
    byteCount: Int(COALMINE_SHA256_LENGTH), alignment: MemoryLayout<UInt128>.alignment
  ) { digest in
    guard let start = digest.baseAddress?.assumingMemoryBound(to: UInt8.self),
      coalmine_sha256_once(bytes.baseAddress, bytes.count, start) == 1
    else { preconditionFailure("libcrypto cannot compute SHA-256") }
    return UInt128(littleEndian: digest.load(as: UInt128.self))
  }
}

/// The 32 bytes that `body` writes; it returns 1, or 0 where libcrypto fails.
func digestBytes(_ body: (UnsafeMutablePointer<UInt8>) -> Int32) -> [UInt8] {
  let length = Int(COALMINE_SHA256_LENGTH)
  return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
    // Fails only where memory or the algorithm is missing.
    guard let start = buffer.baseAddress, body(start) == 1 else {
      preconditionFailure("libcrypto cannot compute SHA-256")
    }
    count = length
  }
}

/// Lower-case hexadecimal digits, two per byte.
///
/// ```swift
/// hexadecimal([0xBA, 0x07]) == "ba07"
/// ```
public func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(
    decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
