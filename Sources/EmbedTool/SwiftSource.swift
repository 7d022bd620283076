// SPDX-License-Identifier: Apache-2.0

/// Swift source text for names and strings.
enum SwiftSource {
  /// The last part of a path as a property: `probe-sets` is `probeSets`, `Templates` `templates`.
  static func name(ofFolder path: String) -> String {
    let folder = path.split(separator: "/").last ?? ""
    let words = folder.split { !$0.isASCII || !($0.isLetter || $0.isNumber) }
    guard let first = words.first else { return "files" }
    return first.prefix(1).lowercased() + first.dropFirst()
      + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// A multi-line string literal whose value is `text`, to the last byte.
  ///
  /// Line feeds stay, so that a compiler's message about a text still points near it; carriage
  /// returns and all other control characters are escaped, because the compiler would take them
  /// for line ends or refuse them.
  static func literal(_ text: String) -> String {
    var literal = "\"\"\"\n"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": literal.unicodeScalars.append(scalar)
      case "\\": literal += "\\\\"
      case "\"": literal += "\\\""
      case _ where scalar.properties.generalCategory == .control,
        _ where scalar.properties.generalCategory == .format,
        "\u{2028}", "\u{2029}":
        literal += "\\u{\(String(scalar.value, radix: 16))}"
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\n\"\"\""
  }
}
