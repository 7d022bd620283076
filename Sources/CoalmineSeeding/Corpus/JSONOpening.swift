// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The beginning of a JSON object in a text, cut behind one of its members, so that another one can follow.
///
/// ```
/// text      Ticket: {"id": 7, "room": {"floor": 2}, "open": true}
/// opening   Ticket: {"id": 7, "room": {"floor": 2},␣
/// ```
///
/// White space between members is the text's own. With one member more and a brace it is an object again.
enum JSONOpening {
  /// In bytes.
  static let length = 24...480

  /// The bytes up to the last member within ``length`` and what separates it from the next; `nil` where the
  /// text holds no object with such a member.
  ///
  /// - Complexity: O(bytes of the text).
  static func bytes(of text: [UInt8]) -> [UInt8]? {
    guard let start = text.prefix(length.upperBound).firstIndex(of: UInt8(ascii: "{")),
      let end = JSONSpans.end(ofValueAt: start, in: text),
      (try? JSONDocument(parsing: Array(text[start..<end]))) != nil,
      let members = JSONSpans.members(ofObjectAt: start, in: text), let first = members.first,
      let last = members.last(where: { length.contains($0.value.upperBound) })
    else { return nil }
    let lead = text[start + 1..<first.key.lowerBound - 1]
    let opening = Array(text[..<last.value.upperBound])
    guard !opening.contains(where: { $0 < 0x20 && ![0x09, 0x0A, 0x0D].contains($0) }),
      ByteSearch.firstRange(of: Array("<|".utf8), in: opening) == nil
    else { return nil }
    let joint =
      members.count > 1
      ? Array(text[members[0].value.upperBound..<members[1].key.lowerBound - 1])
      : Array(",".utf8) + (lead.isEmpty ? [0x20] : lead)
    return opening + joint
  }
}
