// SPDX-License-Identifier: Apache-2.0

/// The string literals of a Swift source, as far as this project writes them.
///
/// Literals that `+` joins are one text, since a message goes over several lines. What stands in an
/// interpolation is left out, but for literals inside it, which are texts of their own.
struct SwiftLiterals {
  /// One text, in the order of the source.
  private(set) var texts: [String] = []
  /// Comments, each without its marks.
  private(set) var comments: [String] = []

  private let characters: [Character]
  private var place = 0
  /// The text that a `+` may go on with.
  private var open: String?

  init(_ source: String) {
    characters = Array(source)
    code(untilParenthesis: false)
    close()
  }

  private func starts(_ word: String) -> Bool {
    characters[place...].starts(with: word)
  }

  /// Reads code up to the end, or to the parenthesis that ends an interpolation.
  private mutating func code(untilParenthesis: Bool) {
    var depth = 1
    while place < characters.count {
      let character = characters[place]
      if starts("//") {
        let line = characters[place...].prefix { $0 != "\n" }
        comments.append(String(line.drop { $0 == "/" }))
        place += line.count
      } else if character == "\"" || starts("#\"") {
        literal()
      } else if starts("#/") {
        // A regular expression: no message.
        place += 2
        while place < characters.count, !starts("/#") { place += 1 }
        place = min(characters.count, place + 2)
        close()
      } else {
        if character == "(" { depth += 1 }
        if character == ")" {
          depth -= 1
          if untilParenthesis, depth == 0 {
            place += 1
            return
          }
        }
        if character != "+", !character.isWhitespace { close() }
        place += 1
      }
    }
  }

  private mutating func close() {
    if let open { texts.append(open) }
    open = nil
  }

  private mutating func literal() {
    let isRaw = characters[place] == "#"
    if isRaw { place += 1 }
    let quote = starts("\"\"\"") ? "\"\"\"" : "\""
    place += quote.count
    let end = quote + (isRaw ? "#" : "")
    let escape = isRaw ? "\\#" : "\\"
    var text = ""
    while place < characters.count, !starts(end) {
      if starts(escape + "(") {
        place += escape.count + 1
        let before = open
        open = nil
        code(untilParenthesis: true)
        close()
        open = before
        text += "…"
      } else if starts(escape) {
        place += escape.count
        // The end of a line that goes on, or an escaped character.
        text.append(characters[place] == "\n" ? " " : characters[place])
        place += 1
      } else {
        text.append(characters[place])
        place += 1
      }
    }
    place = min(characters.count, place + end.count)
    open = (open ?? "") + text
  }
}
