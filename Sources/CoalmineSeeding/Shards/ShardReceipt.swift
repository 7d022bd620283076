// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What a shard says of one file that it wrote: its size, its SHA-256, and where the copies stand.
///
/// It holds no secret and no text of the corpus. It tells which records are canaries, so it does not
/// go to those who train the model.
public struct ShardReceipt: Sendable, Equatable {
  /// Names the plan and its randomness, 64 hexadecimal digits.
  public let plan: String
  /// The name of the file.
  public let file: String
  /// Bytes of its data as it was written.
  public let seededSize: Int64
  /// SHA-256 of the file as it lies there, 32 bytes.
  public let storedDigest: [UInt8]
  /// Offsets count from the beginning of this file's data.
  let insertions: [Insertion]
  /// Scored records whose text stands in another group of this file.
  let repeated: [Int]

  /// Its name beside the file: one that begins with a dot, which readers of a folder leave out.
  public static func name(of file: String) -> String { ".\(file).coalmine-receipt" }

  /// Its bytes.
  public func document() throws -> [UInt8] {
    var writer = JSONWriter()
    try writer.object { root in
      try root.field("coalmine_receipt", 1)
      try root.field("plan", plan)
      try root.field("file", file)
      try root.field("seeded_size", seededSize)
      try root.field("sha256", hexadecimal(storedDigest))
      try root.array("insertions") { list in
        for one in insertions {
          try list.object { object in
            try object.field("canary", one.canary)
            try object.field("copy", one.copy)
            try object.field("slot", one.slot)
            try object.field("offset", one.offset)
            try object.field("length", one.length)
          }
        }
      }
      try root.array("repeated") { list in for one in repeated { try list.value(one) } }
    }
    return writer.bytes
  }

  /// - Returns: `nil` for what ``document()`` does not write.
  public init?(document: [UInt8]) {
    guard let root = try? JSONDocument(parsing: document).root,
      root["coalmine_receipt"]?.int == 1, let plan = root["plan"]?.string,
      let file = root["file"]?.string, let size = root["seeded_size"]?.int, size >= 0,
      let digest = root["sha256"]?.digits, digest.count == 32,
      let insertions = root["insertions"]?.all({ Self.insertion($0) }),
      let repeated = root["repeated"]?.all(\.count)
    else { return nil }
    self.init(
      plan: plan, file: file, seededSize: size, storedDigest: digest, insertions: insertions,
      repeated: repeated)
  }

  init(
    plan: String, file: String, seededSize: Int64, storedDigest: [UInt8],
    insertions: [Insertion], repeated: [Int]
  ) {
    self.plan = plan
    self.file = file
    self.seededSize = seededSize
    self.storedDigest = storedDigest
    self.insertions = insertions
    self.repeated = repeated
  }

  private static func insertion(_ node: JSONNode) -> Insertion? {
    guard let canary = node["canary"]?.string, let copy = node["copy"]?.count,
      let slot = node["slot"]?.count, let offset = node["offset"]?.int, offset >= 0,
      let length = node["length"]?.int, length > 0
    else { return nil }
    return Insertion(canary: canary, copy: copy, slot: slot, offset: offset, length: length)
  }
}
