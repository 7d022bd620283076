// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// Text for XML 1.0: no mark that XML acts on, no character that XML forbids.
enum XMLText {
  /// For text and for attributes in double quotation marks. Controls are shown as escapes.
  static func escape(_ text: String) -> String {
    var result = ""
    for scalar in terminalSafe(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&apos;"
      // No characters in XML 1.0.
      case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
