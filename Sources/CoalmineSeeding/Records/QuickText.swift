// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The texts of records in the forms that most have, read in one go.
///
/// What is unusual in any way (escapes in a key, parts of a content, a turn without a role) gives `nil`:
/// ``RecordFields`` then reads the record with everything that it knows, and says what it is.
package enum QuickText {
  /// The last value of a name at the top of a record.
  package static func value(named name: String, in record: [UInt8]) -> Range<Int>? {
    guard var walk = MemberWalk(of: record, objectAt: 0) else { return nil }
    var found: Range<Int>?
    while let member = walk.next() {
      if holdsEscape(member.key, of: record) { return nil }
      if member.key.count == name.utf8.count, record[member.key].elementsEqual(name.utf8) {
        found = member.value
      }
    }
    return walk.end == nil ? nil : found
  }

  /// The contents of a list of turns that all have a role and a text, joined by LF.
  package static func turns(at value: Range<Int>, in record: [UInt8]) -> [UInt8]? {
    guard record[value.lowerBound] == UInt8(ascii: "[") else { return nil }
    var text: [UInt8] = []
    text.reserveCapacity(value.count)
    var position = MemberWalk.skipBlank(value.lowerBound + 1, record)
    while true {
      guard position < value.upperBound, var turn = MemberWalk(of: record, objectAt: position),
        let content = content(of: &turn, in: record), let end = turn.end,
        append(content, of: record, to: &text)
      else { return nil }
      let after = MemberWalk.skipBlank(end, record)
      guard after < value.upperBound else { return nil }
      if record[after] == UInt8(ascii: "]") { return text }
      guard record[after] == UInt8(ascii: ",") else { return nil }
      text.append(0x0A)
      position = MemberWalk.skipBlank(after + 1, record)
    }
  }

  /// Where the content of a turn stands, if it has a role.
  private static func content(of turn: inout MemberWalk, in record: [UInt8]) -> Range<Int>? {
    var role: (rank: Int, value: Range<Int>)?
    var content: (rank: Int, value: Range<Int>)?
    while let member = turn.next() {
      if holdsEscape(member.key, of: record) { return nil }
      let key = record[member.key]
      // The first name that is there counts, and of equal names the last one.
      if let rank = ChatTurn.roleKeys.firstIndex(where: { key == $0[...] }) {
        if rank <= role?.rank ?? rank { role = (rank, member.value) }
      } else if let rank = ChatTurn.contentKeys.firstIndex(where: { key == $0[...] }) {
        if rank <= content?.rank ?? rank { content = (rank, member.value) }
      }
    }
    guard let role, record[role.value.lowerBound] == UInt8(ascii: "\""),
      !holdsEscape(role.value, of: record)
    else { return nil }
    return content?.value
  }

  /// Adds what a string means; false where the value is none.
  private static func append(
    _ value: Range<Int>, of record: [UInt8], to text: inout [UInt8]
  ) -> Bool {
    guard value.count >= 2, record[value.lowerBound] == UInt8(ascii: "\"") else { return false }
    let inner = value.lowerBound + 1..<value.upperBound - 1
    guard holdsEscape(inner, of: record) else {
      text += record[inner]
      return true
    }
    guard let said = JSONSpans.string(value, in: record) else { return false }
    text += said
    return true
  }

  private static func holdsEscape(_ range: Range<Int>, of record: [UInt8]) -> Bool {
    record.withUnsafeBytes { bytes in
      bytes.baseAddress.map {
        memchr($0 + range.lowerBound, Int32(UInt8(ascii: "\\")), range.count) != nil
      } ?? false
    }
  }
}
