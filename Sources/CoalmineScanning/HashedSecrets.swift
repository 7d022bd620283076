// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// Secrets that can be found and not read: what a host may hold that must not hold the secrets.
///
/// Each secret is folded (small letters, no white space). Kept are its length, the first 16 bytes of
/// HMAC-SHA256 of it, and a tag of few bits of its last eight bytes, which tells quickly that a place
/// of the text is not worth an HMAC. The tag says at most ``tagBits`` bits about the secret, the code
/// nothing that is cheaper than a guess.
///
/// ```swift
/// let hashed = HashedSecrets(of: [ScanTarget(name: "api-key-001", secret: secret)], key: key)
/// var scanner = Scanner(ScanPatterns(hashed))
/// ```
///
/// - Source: HMAC: RFC 2104, https://www.rfc-editor.org/rfc/rfc2104; tag: multiplicative hashing,
///   Dietzfelbinger, Hagerup, Katajainen and Penttonen (1997), https://doi.org/10.1006/jagm.1997.0873.
public struct HashedSecrets: Sendable, Equatable {
  /// One secret.
  public struct Entry: Sendable, Equatable {
    /// The name of the canary.
    public let name: String
    /// Bytes of the folded secret, 8 or more.
    public let length: Int
    /// Below 2 to the power of ``HashedSecrets/tagBits``.
    public let tag: UInt64
    /// ``HashedSecrets/codeLength`` bytes.
    public let code: [UInt8]

    public init(name: String, length: Int, tag: UInt64, code: [UInt8]) {
      self.name = name
      self.length = length
      self.tag = tag
      self.code = code
    }
  }

  /// How many bytes of the code are kept.
  public static let codeLength = 16
  /// How many bits a tag may have.
  public static let tagRange = 8...40

  /// Random, 32 bytes; it is kept with the entries, so that it is no secret.
  public let key: [UInt8]
  /// How many bits a tag has.
  public let tagBits: Int
  public let entries: [Entry]

  public init(key: [UInt8], tagBits: Int, entries: [Entry]) {
    self.key = key
    self.tagBits = tagBits
    self.entries = entries
  }

  /// Hashes secrets; those of fewer than eight bytes without white space are left out.
  ///
  /// - Complexity: one HMAC per secret.
  public init(of targets: [ScanTarget], key: [UInt8]) {
    let bits = Self.tagBits(for: targets.count)
    let tagging = Self.tagging(key, bits)
    let hmac = HMACSHA256(key: key)
    self.init(
      key: key, tagBits: bits,
      entries: targets.compactMap { target in
        let plain = ScanText.folded(target.secret)
        guard plain.count >= ScanPattern.shortest else { return nil }
        return Entry(
          name: target.name, length: plain.count,
          tag: tagging.tag(of: ScanPattern.number(plain.suffix(ScanPattern.shortest))),
          code: Array(hmac.code(for: plain).prefix(Self.codeLength)))
      })
  }

  /// Bits of a tag for so many secrets: of random text one place in 256 at most costs an HMAC.
  public static func tagBits(for count: Int) -> Int {
    var bits = tagRange.lowerBound
    while bits < tagRange.upperBound, 1 << (bits - 8) < count { bits += 1 }
    return bits
  }

  /// The multiplier depends on the key, so that tags of two files tell no more than those of one.
  private static func tagging(_ key: [UInt8], _ bits: Int) -> PatternTable.Tagging {
    let code = HMACSHA256(key: key).code(for: Array("multiplier".utf8))
    return PatternTable.Tagging(
      multiplier: ScanPattern.number(code[..<ScanPattern.shortest]) | 1, bits: bits)
  }

  /// The table that finds them.
  var table: PatternTable {
    let hmac = HMACSHA256(key: key)
    return PatternTable(
      entries.indices.map {
        ScanPattern(target: $0, length: entries[$0].length, code: entries[$0].code, key: hmac)
      }, tagging: Self.tagging(key, tagBits), tags: entries.map(\.tag))
  }
}
