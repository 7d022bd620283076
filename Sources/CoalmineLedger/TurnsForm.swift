// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The conversations of canaries, or those of records, as one fact of the study: each conversation once.
///
/// ```
/// number of conversations    each: number of turns, and of each turn role and text
/// number of names            each: of a canary or a record, and the place of its conversation
/// ```
///
/// Numbers have 32 bits, little-endian; role, text and name are bytes behind their number. Canaries and records
/// that are texts are not named. Of a canary the turns before its own are kept, of a record all that is asked.
package enum TurnsForm {
  /// - Returns: `nil` where no canary is planted in a conversation.
  package static func bytes(_ canaries: [Canary]) -> [UInt8]? {
    bytes(canaries.compactMap { canary in canary.turns.map { (canary.id, $0) } })
  }

  /// - Returns: `nil` where no record is a conversation.
  package static func bytes(_ records: [CorpusRecord]) -> [UInt8]? {
    bytes(
      records.compactMap { record in
        record.conversation.map { (record.id, $0.revealedTurns()) }
      })
  }

  private static func bytes(_ all: [(name: String, turns: [Turns.Turn])]) -> [UInt8]? {
    guard !all.isEmpty else { return nil }
    var places: [[Turns.Turn]: UInt32] = [:]
    var conversations = BinaryWriter()
    var named = BinaryWriter()
    for (name, turns) in all {
      let place = places[turns] ?? UInt32(places.count)
      if places.updateValue(place, forKey: turns) == nil { append(turns, &conversations) }
      named.append(counted: Array(name.utf8))
      named.append(place)
    }
    var whole = BinaryWriter()
    whole.append(UInt32(places.count))
    whole.append(uncounted: conversations.bytes)
    whole.append(UInt32(all.count))
    whole.append(uncounted: named.bytes)
    return whole.bytes
  }

  private static func append(_ turns: [Turns.Turn], _ writer: inout BinaryWriter) {
    writer.append(UInt32(turns.count))
    for turn in turns {
      writer.append(counted: Array(turn.role.utf8))
      writer.append(counted: turn.text)
    }
  }

  /// - Returns: the turns of each canary or record by its name; `nil` for what ``bytes(_:)`` does not write.
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
