// SPDX-License-Identifier: Apache-2.0

/// What happens to one member of an object that is rewritten.
package enum MemberEdit: Equatable {
  case keep
  /// These bytes take the value's place.
  case set([UInt8])
  /// Key and value go, with the comma beside them.
  case drop
}

extension JSONSpans {
  /// The object that begins at `start`, with some of its values exchanged or left out; order,
  /// spacing and every other byte stay.
  ///
  /// ```
  /// { "a": 1, "b": 2, "c": 3 }   set a, drop b   →   { "a": 9, "c": 3 }
  /// ```
  ///
  /// - Returns: the bytes of the object alone; `nil` where it is no object.
  package static func rewriting(
    objectAt start: Int, in bytes: [UInt8],
    _ edit: (_ name: [UInt8], _ value: Range<Int>) -> MemberEdit
  ) -> [UInt8]? {
    guard let members = members(ofObjectAt: start, in: bytes),
      let open = bytes[start...].firstIndex(of: UInt8(ascii: "{")),
      let end = end(ofValueAt: open, in: bytes)
    else { return nil }
    guard let first = members.first, let last = members.last else {
      return Array(bytes[open..<end])
    }
    let between =
      members.count > 1
      ? Array(bytes[first.value.upperBound..<members[1].key.lowerBound - 1]) : [0x2C, 0x20]
    var result = Array(bytes[open..<first.key.lowerBound - 1])
    // Where nothing was left out before a member, what stands before it stays as it is.
    var previous: Member?
    var isFollowing = false
    for member in members {
      let value: [UInt8]
      switch edit(name(of: member, in: bytes), member.value) {
      case .keep: value = Array(bytes[member.value])
      case .set(let bytes): value = bytes
      case .drop:
        isFollowing = false
        continue
      }
      if let previous {
        result +=
          isFollowing
          ? Array(bytes[previous.value.upperBound..<member.key.lowerBound - 1]) : between
      }
      result += bytes[member.key.lowerBound - 1..<member.value.lowerBound] + value
      previous = member
      isFollowing = true
    }
    return result + bytes[last.value.upperBound..<end]
  }

  /// The array that begins at `start` with other elements in its own spacing.
  ///
  /// - Returns: `nil` where it is no array, or an empty one.
  package static func listing(
    _ parts: [[UInt8]], inArrayAt start: Int, in bytes: [UInt8]
  ) -> [UInt8]? {
    guard let elements = elements(ofArrayAt: start, in: bytes), let first = elements.first,
      let last = elements.last, let end = end(ofValueAt: start, in: bytes)
    else { return nil }
    let between =
      elements.count > 1
      ? Array(bytes[first.upperBound..<elements[1].lowerBound]) : [0x2C, 0x20]
    return Array(bytes[start..<first.lowerBound]) + parts.joined(separator: between)
      + bytes[last.upperBound..<end]
  }
}
