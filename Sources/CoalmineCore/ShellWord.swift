// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// Names in commands that are printed to be typed or copied.
package enum ShellWord {
  /// A path as one word for a POSIX shell: as it is where that is one word, else quoted.
  ///
  /// What a terminal must not be sent is written as octal bytes for `printf`:
  ///
  /// ```
  /// study.coalmine     study.coalmine
  /// my study           'my study'
  /// -s                 ./-s
  /// a<ESC>b            "$(printf 'a\033b')"
  /// ```
  ///
  /// - Returns: `nil` for a name that ends with a line break: `$(…)` would leave it out.
  package static func path(_ path: String) -> String? {
    // A word that begins with a hyphen would be taken for an option.
    let word = path.hasPrefix("-") ? "./" + path : path
    if !word.isEmpty, word.utf8.allSatisfy(isPlain) { return word }
    // `##` begins a command of some CI systems, and `::` at the start of a line does.
    if terminalSafe(word) == word, !word.contains("##") {
      return "'" + word.replacing("'", with: "'\\''") + "'"
    }
    guard !word.hasSuffix("\n") else { return nil }
    return "\"$(printf '" + word.utf8.map(octal).joined() + "')\""
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "/._-+,@".utf8.contains(byte)
    }
  }

  private static func octal(_ byte: UInt8) -> String {
    guard !isPlain(byte) else { return String(UnicodeScalar(byte)) }
    let digits = String(byte, radix: 8)
    return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
  }
}
