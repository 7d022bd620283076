// SPDX-License-Identifier: Apache-2.0

/// A text as the rules of a training pipeline see it: characters, words and lines.
///
/// Characters are Unicode scalars, as in Python. Words are what stands between white space, with
/// punctuation at both ends cut off as words of its own, cut at hyphens inside words and numbers; each
/// Chinese or Japanese character is a word. Tokenisers of real pipelines cut some words further, so a count can differ by a few.
package struct RuleText: Sendable {
  package let bytes: [UInt8]
  package let scalars: [Unicode.Scalar]
  package let words: [String]
  /// Words with anything but punctuation in them.
  package let plainWords: [String]
  /// Cut at LF, empty ones included.
  package let lines: [String]

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    let text = String(decoding: bytes, as: UTF8.self)
    scalars = Array(text.unicodeScalars)
    words = Self.words(of: scalars)
    plainWords = words.filter { !$0.unicodeScalars.allSatisfy(Self.isPunctuation) }
    lines = scalars.split(separator: "\n", omittingEmptySubsequences: false).map(Self.string)
  }

  /// Lines with anything but white space in them.
  package var filledLines: [String] {
    lines.filter { !$0.unicodeScalars.allSatisfy(\.isBlank) }
  }

  package static func words(of scalars: [Unicode.Scalar]) -> [String] {
    var words: [String] = []
    var run: [Unicode.Scalar] = []
    func close() {
      guard !run.isEmpty else { return }
      let body = run.drop(while: isPunctuation)
      words += marks(run.prefix(run.count - body.count))
      let end = body.reversed().prefix(while: isPunctuation).count
      words += parts(body.dropLast(end))
      words += marks(body.suffix(end))
      run = []
    }
    for scalar in scalars {
      if scalar.isBlank {
        close()
      } else if isWordOfItsOwn(scalar) {
        close()
        words.append(String(Character(scalar)))
      } else {
        run.append(scalar)
      }
    }
    close()
    return words
  }

  /// Punctuation marks, each a word; a run of full stops is one.
  private static func marks(_ scalars: ArraySlice<Unicode.Scalar>) -> [String] {
    var marks: [String] = []
    for scalar in scalars {
      if scalar == ".", marks.last?.hasPrefix(".") == true {
        marks[marks.count - 1] += "."
      } else {
        marks.append(String(Character(scalar)))
      }
    }
    return marks
  }

  /// A word cut at hyphens between two letters or two digits, and at `~` inside words.
  private static func parts(_ core: ArraySlice<Unicode.Scalar>) -> [String] {
    let core = Array(core)
    guard core.contains(where: { $0 == "-" || $0 == "~" }) else {
      return core.isEmpty ? [] : [string(core)]
    }
    var parts: [String] = []
    var start = 0
    for place in core.indices.dropFirst().dropLast() where core[place] == "-" || core[place] == "~"
    {
      let sides = [core[place - 1].properties, core[place + 1].properties]
      let isInWord = sides.allSatisfy(\.isAlphabetic)
      let isInNumber = sides.allSatisfy { $0.numericType != nil }
      let isMixed = sides.allSatisfy { $0.isAlphabetic || $0.numericType != nil }
      guard isInWord || isInNumber || (core[place] == "~" && isMixed) else { continue }
      parts += [string(core[start..<place]), string(core[place...place])]
      start = place + 1
    }
    return parts + [string(core[start...])]
  }

  /// Chinese characters and Japanese syllables: they are written without white space.
  package static func isWordOfItsOwn(_ scalar: Unicode.Scalar) -> Bool {
    guard !scalar.isASCII, let script = Script(scalar) else { return false }
    return script == .han || script == .kana
  }

  /// Punctuation of Unicode, and the other ASCII characters that are no letters, digits or spaces.
  package static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return (0x21...0x2F).contains(scalar.value) || (0x3A...0x40).contains(scalar.value)
        || (0x5B...0x60).contains(scalar.value) || (0x7B...0x7E).contains(scalar.value)
    }
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      return true
    default: return false
    }
  }

  static func string(_ scalars: some Collection<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}

extension Unicode.Scalar {
  /// White space of Unicode; ASCII, which most texts are, is decided without its tables.
  package var isBlank: Bool {
    isASCII ? value == 0x20 || (0x09...0x0D).contains(value) : properties.isWhitespace
  }
}
