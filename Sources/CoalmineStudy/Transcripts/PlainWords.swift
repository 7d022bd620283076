// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Words of a reply that are shown as they are: so common that they say nothing about anybody.
///
/// Every other word could be one of a record that the model was trained on, or a part of a secret.
/// Words that can be a part of a secret of the study are left out, and so are numbers in words.
struct PlainWords {
  private let words: Set<String>

  /// The longest of them, in bytes.
  static let longest = 12

  private static let common = """
    a about again also am an and any are as ask at be because been but by can can't cannot code
    contact could did do does doesn't don't for from give had has have help here how however i i'm
    i've if in information into is isn't it its it's just know let like may me more my need no not of
    on only or other our please provide question request share should so some sorry that the their
    them then there these they this those to unable understand unfortunately us was we were what
    when where which who will with would you your
    """

  static let all = Set(common.split(whereSeparator: \.isWhitespace).map(String.init))

  /// - Parameter secretWords: words that secrets can be made of, in small letters.
  init(without secretWords: Set<String>) { words = Self.all.subtracting(secretWords) }

  /// - Parameter word: as it was written.
  func contains(_ word: String) -> Bool {
    word.utf8.count <= Self.longest && words.contains(word.lowercased())
  }
}
