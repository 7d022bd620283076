// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The files of a corpus, as the JSON of one fact of the study.
enum CorpusPartsForm {
  static func bytes(_ parts: [CorpusPart]) -> [UInt8] {
    var writer = JSONWriter()
    // No number here is a fraction, so nothing can be refused.
    try? writer.array { list in
      for part in parts {
        try list.object { object in
          try object.field("name", part.name)
          try object.field("size", part.size)
          try object.field("seeded_size", part.seededSize)
          try object.field("stored_sha256", hexadecimal(part.storedDigest))
        }
      }
    }
    return writer.bytes
  }

  /// - Returns: `nil` for what ``bytes(_:)`` does not write.
  static func parts(_ bytes: [UInt8]) -> [CorpusPart]? {
    guard let elements = try? JSONDocument(parsing: bytes).root.elements else { return nil }
    let parts = elements.compactMap { element -> CorpusPart? in
      guard let name = element["name"]?.string, let size = element["size"]?.int, size >= 0,
        let seededSize = element["seeded_size"]?.int, seededSize >= 0,
        let digest = element["stored_sha256"]?.string.flatMap(digest)
      else { return nil }
      return CorpusPart(name: name, size: size, seededSize: seededSize, storedDigest: digest)
    }
    return parts.count == elements.count ? parts : nil
  }

  private static func digest(_ text: String) -> [UInt8]? {
    let digits = text.utf8.compactMap { digit in
      Character(UnicodeScalar(digit)).hexDigitValue.map(UInt8.init)
    }
    guard digits.count == 64, text.utf8.count == 64 else { return nil }
    return stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
