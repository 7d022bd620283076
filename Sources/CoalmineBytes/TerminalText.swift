// SPDX-License-Identifier: Apache-2.0

/// `text` with everything that could steer a terminal or reorder a line shown as an escape.
///
/// C0 and C1 controls, line and paragraph separators, bidirectional controls, zero-width
/// characters and the byte-order mark become `\u{…}`; all else is kept.
public func terminalSafe(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F,
      0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F:
      result += "\\u{\(String(scalar.value, radix: 16))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
