// SPDX-License-Identifier: Apache-2.0

/// The words of a text in lower case, by Unicode's general categories.
///
/// A word is a longest run of letters, combining marks and numbers of any script; everything else
/// separates, apostrophes, hyphens and underscores included. Han ideographs and kana are written
/// without spaces, so that each is a word of its own. Thai, Lao, Khmer and Burmese are not split
/// inside a run.
///
/// ```
/// "Zürich's café, 東京 4471-9920"   zürich s café 東 京 4471 9920
/// ```
///
/// Words are Swift strings: "é" of one scalar equals "é" of two.
///
/// - Complexity: O(scalars).
public func words(of text: String) -> [String] {
  var words: [String] = []
  var word = String.UnicodeScalarView()
  var follows = WordPart.outside
  func end() {
    if !word.isEmpty { words.append(String(word)) }
    word.removeAll(keepingCapacity: true)
  }
  for scalar in text.lowercased().unicodeScalars {
    let part = WordPart(scalar)
    switch part {
    case .inside:
      if follows == .alone { end() }
      word.append(scalar)
    case .mark:
      // A mark belongs to the letter or ideograph before it; on a sign it is dropped with that.
      if follows != .outside { word.append(scalar) }
      continue
    case .alone:
      end()
      word.append(scalar)
    case .outside: end()
    }
    follows = part
  }
  end()
  return words
}

/// What a scalar is to the words around it.
private enum WordPart {
  case inside, mark, alone, outside

  init(_ scalar: Unicode.Scalar) {
    if scalar.isASCII {
      let isWord = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
      self = isWord || ("A"..."Z").contains(scalar) ? .inside : .outside
      return
    }
    if scalar.properties.isIdeographic || Self.isKana(scalar) {
      self = .alone
      return
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber:
      self = .inside
    case .nonspacingMark, .spacingMark, .enclosingMark: self = .mark
    default: self = .outside
    }
  }

  /// Hiragana and katakana letters, with their small and half-width forms.
  private static func isKana(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x3041...0x3096, 0x30A1...0x30FA, 0x31F0...0x31FF, 0xFF66...0xFF6F, 0xFF71...0xFF9D: true
    default: false
    }
  }
}
