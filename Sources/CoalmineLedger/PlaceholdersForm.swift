// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The placeholders of held-out canaries whose contexts are planted, as one fact of the study.
///
/// ```
/// number of canaries    each: its name, and its placeholder
/// ```
///
/// The number has 32 bits, little-endian; name and placeholder are bytes behind their number.
package enum PlaceholdersForm {
  /// - Returns: `nil` where no canary has one.
  package static func bytes(_ canaries: [Canary]) -> [UInt8]? {
    bytes(canaries.compactMap { canary in canary.placeholder.map { (canary.id, $0.reveal()) } })
  }

  private static func bytes(_ all: [(name: String, text: [UInt8])]) -> [UInt8]? {
    guard !all.isEmpty else { return nil }
    var writer = BinaryWriter()
    writer.append(UInt32(all.count))
    for (name, text) in all {
      writer.append(counted: Array(name.utf8))
      writer.append(counted: text)
    }
    return writer.bytes
  }

  /// - Returns: the placeholder of each canary by its name; `nil` for what ``bytes(_:)`` does not write.
  package static func placeholders(_ bytes: [UInt8]) -> [String: [UInt8]]? {
    guard let all = list(bytes) else { return nil }
    let byName = Dictionary(all) { first, _ in first }
    return byName.count == all.count ? byName : nil
  }

  /// The same with zeros in the place of every placeholder: what is kept of a study that is retired.
  ///
  /// - Returns: `nil` for what ``bytes(_:)`` does not write.
  package static func withoutTexts(_ stored: [UInt8]) -> [UInt8]? {
    list(stored).flatMap { all in
      bytes(all.map { ($0.name, Array(repeating: 0, count: $0.text.count)) })
    }
  }

  private static func list(_ bytes: [UInt8]) -> [(name: String, text: [UInt8])]? {
    var reader = BinaryReader(bytes)
    guard let count = reader.integer(UInt32.self), count > 0 else { return nil }
    var all: [(name: String, text: [UInt8])] = []
    for _ in 0..<count {
      guard let name = reader.counted().flatMap({ String(validating: $0, as: UTF8.self) }),
        let text = reader.counted()
      else { return nil }
      all.append((name, text))
    }
    return reader.isAtEnd ? all : nil
  }
}
