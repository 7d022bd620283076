// SPDX-License-Identifier: Apache-2.0

/// Whether a text looks like a key or a token of some service.
///
/// It guards places that are stored and shown: a URL, an argument of a program, a file of endpoints. A text
/// that is no key and looks like one is refused there, which costs its user a variable; a key that is let in
/// cannot be taken back.
///
/// ```swift
/// KeyLooks.isKey("sk-live-7f3a")                       // true: how makers begin their keys
/// KeyLooks.isKey("4f9d0c1b2a3e4f5d6c7b8a9f0e1d2c3b")    // true: 32 random digits
/// KeyLooks.isKey("Qwen2.5-7B-Instruct")                // false
/// ```
package enum KeyLooks {
  /// What no plain word begins with.
  private static let marks = ["sk-", "eyJ", "Bearer ", "bearer ", "Basic "]
  /// How makers begin their keys; short texts may begin so, too.
  private static let beginnings = [
    "sk_", "pk_", "rk_", "pk-", "AIza", "ya29.", "hf_", "gsk_", "xai-", "nvapi-", "pplx-",
    "tgp_v1_",
    "fw_", "r8_", "csk-", "ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "AKIA", "ASIA",
    "ABSK",
    "xoxb-", "xoxp-", "dop_v1_",
  ]

  /// - Complexity: O(bytes of `text`).
  package static func isKey(_ text: String) -> Bool {
    func begins(_ word: String, more: Int) -> Bool {
      text.hasPrefix(word) && text.utf8.count >= word.utf8.count + more
    }
    if marks.contains(where: { begins($0, more: 3) }) { return true }
    if beginnings.contains(where: { begins($0, more: 12) }), !text.contains(where: \.isWhitespace) {
      return true
    }
    // Random letters and digits without a stop between them.
    return text.utf8.split { !isLetterOrDigit($0) }.contains { isRandom($0) }
      && text.utf8.allSatisfy { isLetterOrDigit($0) || "-_+=".utf8.contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  /// 20 or more that mix capital and small letters with digits, or 32 or more hexadecimal digits.
  private static func isRandom(_ run: Substring.UTF8View.SubSequence) -> Bool {
    let capitals = run.count { (0x41...0x5A).contains($0) }
    let digits = run.count { (0x30...0x39).contains($0) }
    let small = run.count - capitals - digits
    let isHexadecimal = run.allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || (0x41...0x46).contains($0)
    }
    return (run.count >= 20 && min(capitals, small, digits) >= 2)
      || (run.count >= 32 && isHexadecimal && digits >= 4 && digits < run.count)
  }
}
