// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// A secret that is looked for.
public struct ScanTarget: Sendable {
  /// The name of the canary; it discloses nothing.
  public let name: String
  package let secret: [UInt8]

  public init(name: String, secret: [UInt8]) {
    self.name = name
    self.secret = secret
  }
}

/// A place where a secret stands in the text.
public struct ScanHit: Sendable, Equatable {
  /// The canary's name.
  public let name: String
  /// `exact`, `near`, `base64` or `hexadecimal`.
  public let form: String
  /// The first byte in the input, from 0.
  public let offset: Int
  /// Length in bytes.
  public let length: Int
  /// The bytes that were found. They disclose the secret.
  public let text: [UInt8]
  /// Up to ``contextLength`` bytes that stand before it. They can hold another secret.
  public let before: [UInt8]

  /// How many bytes before a hit are given with it.
  public static let contextLength = 32

  /// ``before`` without what it says, see ``masked(_:)``.
  public var maskedBefore: [UInt8] { Self.masked(before) }

  /// Text without what it says: letters and bytes from 0x80 on as `x`, digits as `0`; punctuation
  /// and white space stay.
  ///
  /// ```swift
  /// ScanHit.masked(Array("{\"user\":\"Ann\",\"code\":4".utf8)) == Array("{\"xxxx\":\"xxx\",\"xxxx\":0".utf8)
  /// ```
  public static func masked(_ text: [UInt8]) -> [UInt8] {
    text.map { byte in
      switch byte {
      case 0x30...0x39: UInt8(ascii: "0")
      case 0x41...0x5A, 0x61...0x7A, 0x80...: UInt8(ascii: "x")
      default: byte
      }
    }
  }

  /// The place behind its last byte.
  public var end: Int { offset + length }

  /// Sixteen hexadecimal digits that depend on the canary, the input's name and the place alone: a
  /// scan that is run again gives the same hit the same id.
  public func id(in input: String) -> String {
    let parts = [name, input, String(offset), String(length)].joined(separator: "\0")
    return hexadecimal(sha256(Array(parts.utf8)).prefix(8))
  }

  /// The order of hits: by where they end.
  static func precedes(_ one: ScanHit, _ other: ScanHit) -> Bool {
    (one.end, one.offset, one.name, one.form) < (other.end, other.offset, other.name, other.form)
  }
}
