// SPDX-License-Identifier: Apache-2.0

/// The script of a letter, as far as languages of canaries are told apart by it.
package enum Script: String, Sendable, CaseIterable {
  case latin, han, kana, hangul, arabic, cyrillic, greek, hebrew, devanagari, thai, other

  /// `nil` for what is no letter.
  package init?(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x41...0x5A, 0x61...0x7A, 0xAA, 0xBA, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x24F,
      0x1E00...0x1EFF, 0xFF21...0xFF3A, 0xFF41...0xFF5A:
      self = .latin
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x3005...0x3007, 0xF900...0xFAFF, 0x20000...0x323AF:
      self = .han
    case 0x3041...0x3096, 0x309D...0x309F, 0x30A1...0x30FA, 0x30FC...0x30FF, 0x31F0...0x31FF,
      0xFF66...0xFF9D:
      self = .kana
    case 0xAC00...0xD7A3, 0x1100...0x11FF, 0x3130...0x318F: self = .hangul
    case 0x620...0x64A, 0x66E...0x6D3, 0x6D5, 0x6FA...0x6FF, 0x750...0x77F, 0xFB50...0xFDFF,
      0xFE70...0xFEFC:
      self = .arabic
    case 0x400...0x52F: self = .cyrillic
    case 0x370...0x373, 0x376...0x37D, 0x386...0x3FF, 0x1F00...0x1FFF: self = .greek
    case 0x5D0...0x5F2: self = .hebrew
    case 0x904...0x939, 0x958...0x961: self = .devanagari
    case 0xE01...0xE46: self = .thai
    default:
      guard !scalar.isASCII, scalar.properties.isAlphabetic else { return nil }
      self = .other
    }
  }

  /// How many letters of each script stand in a text.
  package static func counts(in scalars: [Unicode.Scalar]) -> [Script: Int] {
    var counts: [Script: Int] = [:]
    // A letter mostly follows one of its own script.
    var run: (script: Script, count: Int)?
    for scalar in scalars {
      guard let script = Script(scalar) else { continue }
      if run?.script == script {
        run?.count += 1
      } else {
        if let run { counts[run.script, default: 0] += run.count }
        run = (script, 1)
      }
    }
    if let run { counts[run.script, default: 0] += run.count }
    return counts
  }
}
