// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The conversations that canaries are planted in, as one fact of the study: each conversation once.
///
/// ```
/// number of conversations    each: number of turns, and of each turn role and text
/// number of canaries         each: name, and the place of its conversation
/// ```
///
/// Numbers have 32 bits, little-endian; role, text and name are bytes behind their number. Canaries that are
/// planted as texts are not named.
package enum TurnsForm {
  /// - Returns: `nil` where no canary is planted in a conversation.
  package static func bytes(_ canaries: [Canary]) -> [UInt8]? {
    var places: [[Turns.Turn]: UInt32] = [:]
    var conversations = BinaryWriter()
    var named = BinaryWriter()
    var count: UInt32 = 0
    for canary in canaries {
      guard let turns = canary.turns else { continue }
      let place = places[turns] ?? UInt32(places.count)
      if places.updateValue(place, forKey: turns) == nil { append(turns, &conversations) }
      named.append(counted: Array(canary.id.utf8))
      named.append(place)
      count += 1
    }
    guard count > 0 else { return nil }
    var all = BinaryWriter()
    all.append(UInt32(places.count))
    all.append(uncounted: conversations.bytes)
    all.append(count)
    all.append(uncounted: named.bytes)
    return all.bytes
  }

  private static func append(_ turns: [Turns.Turn], _ writer: inout BinaryWriter) {
    writer.append(UInt32(turns.count))
    for turn in turns {
      writer.append(counted: Array(turn.role.utf8))
      writer.append(counted: turn.text)
    }
  }

  /// - Returns: the turns of each canary by its name; `nil` for what ``bytes(_:)`` does not write.
  package static func turns(_ bytes: [UInt8]) -> [String: [Turns.Turn]]? {
    var reader = BinaryReader(bytes)
    guard let conversations = list(&reader, { list(&$0, turn) }),
      let named = list(
        &reader,
        { reader -> (String, [Turns.Turn])? in
          guard let name = reader.counted().flatMap({ String(validating: $0, as: UTF8.self) }),
            let place = reader.integer(UInt32.self), conversations.indices.contains(Int(place))
          else { return nil }
          return (name, conversations[Int(place)])
        }), reader.isAtEnd
    else { return nil }
    let byName = Dictionary(named) { first, _ in first }
    return byName.count == named.count ? byName : nil
  }

  /// The same with zeros in the place of every text: what is kept of a study that is retired.
  ///
  /// - Returns: `nil` for what ``bytes(_:)`` does not write.
  package static func withoutTexts(_ bytes: [UInt8]) -> [UInt8]? {
    var reader = BinaryReader(bytes)
    guard turns(bytes) != nil, let conversations = list(&reader, { list(&$0, turn) }) else {
      return nil
    }
    var writer = BinaryWriter()
    writer.append(UInt32(conversations.count))
    for turns in conversations {
      append(
        turns.map { Turns.Turn(role: $0.role, text: Array(repeating: 0, count: $0.text.count)) },
        &writer)
    }
    return writer.bytes + bytes[writer.bytes.count...]
  }

  private static func turn(_ reader: inout BinaryReader) -> Turns.Turn? {
    guard let role = reader.counted().flatMap({ String(validating: $0, as: UTF8.self) }),
      let text = reader.counted()
    else { return nil }
    return Turns.Turn(role: role, text: text)
  }

  private static func list<Value>(
    _ reader: inout BinaryReader, _ read: (inout BinaryReader) -> Value?
  ) -> [Value]? {
    guard let count = reader.integer(UInt32.self) else { return nil }
    var values: [Value] = []
    for _ in 0..<count {
      guard let value = read(&reader) else { return nil }
      values.append(value)
    }
    return values
  }
}
