// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineScanning

/// A file of hashed secrets, for hosts that must not hold the secrets themselves.
struct PatternFile {
  let secrets: HashedSecrets
  /// log2 of the number of values of a secret, by the canary's name.
  let bits: [String: Double]
  /// How many planted secrets are not in the file.
  let leftOut: Int

  private static let version: Int64 = 1
  private static let limit = 1 << 30

  /// - Throws: ``CoalmineError``: `patterns-unreadable`, and those of reading a file.
  init(reading path: String) throws(CoalmineError) {
    let bytes = try InputFile.read(path, limit: Self.limit)
    guard let root = (try? JSONDocument(parsing: bytes))?.root,
      root["coalmine_patterns"]?.int == Self.version,
      let key = root["key"]?.string.flatMap(Self.bytes), key.count == 32,
      let tagBits = root["tag_bits"]?.int, HashedSecrets.tagRange.contains(Int(tagBits)),
      let leftOut = root["left_out"]?.int, leftOut >= 0,
      let canaries = root["canaries"]?.elements, !canaries.isEmpty
    else { throw Self.unreadable(path) }
    var entries: [HashedSecrets.Entry] = []
    var bits: [String: Double] = [:]
    for canary in canaries {
      guard let name = canary["canary"]?.string, let size = canary["bits"]?.double, size >= 0,
        let length = canary["length"]?.int, (8...Int64(Scanner.longestHit)).contains(length),
        let tag = canary["tag"]?.int, tag >= 0, tag < 1 << tagBits,
        let code = canary["code"]?.string.flatMap(Self.bytes),
        code.count == HashedSecrets.codeLength
      else { throw Self.unreadable(path) }
      entries.append(.init(name: name, length: Int(length), tag: UInt64(tag), code: code))
      bits[name] = size
    }
    secrets = HashedSecrets(key: key, tagBits: Int(tagBits), entries: entries)
    self.bits = bits
    self.leftOut = Int(leftOut)
  }

  init(secrets: HashedSecrets, bits: [String: Double], leftOut: Int) {
    self.secrets = secrets
    self.bits = bits
    self.leftOut = leftOut
  }

  /// The file's bytes.
  var bytes: [UInt8] {
    var writer = JSONWriter(pretty: true)
    do {
      try writer.object { file in
        try file.field("coalmine_patterns", Self.version)
        try file.field("key", hexadecimal(secrets.key))
        try file.field("tag_bits", secrets.tagBits)
        try file.field("left_out", leftOut)
        try file.array("canaries") { list in
          for entry in secrets.entries {
            try list.object { canary in
              try canary.field("canary", entry.name)
              try canary.field("bits", bits[entry.name] ?? 0)
              try canary.field("length", entry.length)
              try canary.field("tag", Int64(entry.tag))
              try canary.field("code", hexadecimal(entry.code))
            }
          }
        }
      }
    } catch {
      preconditionFailure("a number of bits is finite")
    }
    return writer.bytes + [0x0A]
  }

  private static func unreadable(_ path: String) -> CoalmineError {
    CoalmineError(
      code: "patterns-unreadable", "'\(path)' is no pattern file that this program can read",
      help: "write it anew with 'coalmine scan --study STUDY --write-patterns FILE'",
      exit: .badData)
  }

  /// The bytes that hexadecimal digits stand for.
  private static func bytes(_ digits: String) -> [UInt8]? {
    let values = digits.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard values.count.isMultiple(of: 2), !values.contains(nil) else { return nil }
    return stride(from: 0, to: values.count, by: 2).map {
      UInt8((values[$0] ?? 0) << 4 | (values[$0 + 1] ?? 0))
    }
  }
}
