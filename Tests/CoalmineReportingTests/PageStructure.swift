// SPDX-License-Identifier: Apache-2.0

/// The tags of a page as a browser would find them: a `<` opens one only before an ASCII letter,
/// `/`, `!` or `?`, whatever stands before or behind it. Goes by byte, as a browser does.
struct PageStructure: Equatable {
  struct Tag: Equatable {
    /// `td`, `/td`, `!doctype`.
    let name: String
    /// In their order.
    let attributes: [Attribute]

    subscript(name: String) -> String? { attributes.first { $0.name == name }?.value }
  }

  struct Attribute: Equatable {
    let name: String
    let value: String
  }

  let tags: [Tag]
  /// What stands between the tags, style sheets included.
  let text: String

  init(_ page: String) {
    let bytes = Array(page.utf8)
    var tags: [Tag] = []
    var text: [UInt8] = []
    var position = 0
    while position < bytes.count {
      guard bytes[position] == UInt8(ascii: "<"), position + 1 < bytes.count,
        Self.opens(bytes[position + 1])
      else {
        text.append(bytes[position])
        position += 1
        continue
      }
      var end = position + 1
      var quote: UInt8?
      while end < bytes.count, quote != nil || bytes[end] != UInt8(ascii: ">") {
        if let open = quote {
          if bytes[end] == open { quote = nil }
        } else if bytes[end] == UInt8(ascii: "\"") || bytes[end] == UInt8(ascii: "'") {
          quote = bytes[end]
        }
        end += 1
      }
      tags.append(Self.tag(bytes[(position + 1)..<min(end, bytes.count)]))
      text.append(UInt8(ascii: " "))
      position = end + 1
    }
    self.tags = tags
    self.text = String(decoding: text, as: UTF8.self)
  }

  private static func opens(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "/"), UInt8(ascii: "!"), UInt8(ascii: "?"):
      true
    default: false
    }
  }

  private static func tag(_ bytes: ArraySlice<UInt8>) -> Tag {
    var rest = bytes
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x09 }
    let name = rest.prefix { !isSpace($0) }
    rest = rest.dropFirst(name.count)
    var attributes: [Attribute] = []
    while true {
      rest = rest.drop { isSpace($0) || $0 == UInt8(ascii: "/") }
      guard !rest.isEmpty else { break }
      let key = rest.prefix { $0 != UInt8(ascii: "=") && !isSpace($0) }
      rest = rest.dropFirst(max(1, key.count))
      var value = rest.prefix(0)
      if rest.first == UInt8(ascii: "=") {
        rest = rest.dropFirst()
        if let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
          value = rest.dropFirst().prefix { $0 != quote }
          rest = rest.dropFirst(value.count + 2)
        } else {
          value = rest.prefix { !isSpace($0) }
          rest = rest.dropFirst(value.count)
        }
      }
      attributes.append(
        Attribute(
          name: String(decoding: key, as: UTF8.self).lowercased(),
          value: String(decoding: value, as: UTF8.self)))
    }
    return Tag(name: String(decoding: name, as: UTF8.self).lowercased(), attributes: attributes)
  }

  /// Text with the five character references of the page decoded.
  static func decoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    let references: [(String, String)] = [
      ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&"),
    ]
    while let first = rest.first {
      if let (name, mark) = references.first(where: { rest.starts(with: $0.0.utf8) }) {
        bytes += mark.utf8
        rest = rest.dropFirst(name.utf8.count)
      } else {
        bytes.append(first)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
