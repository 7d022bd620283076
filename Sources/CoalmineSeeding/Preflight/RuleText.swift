// SPDX-License-Identifier: Apache-2.0

/// A text as the rules of a training pipeline see it: characters, words and lines.
///
/// Characters are Unicode scalars, as in Python. Words are what stands between white space, with
/// punctuation at both ends cut off as words of its own, cut at hyphens inside words and numbers; each
/// Chinese or Japanese character is a word. Tokenisers of real pipelines cut some words further, so a count can differ by a few.
package struct RuleText: Sendable {
  package let bytes: [UInt8]
  /// Which bytes stand in it.
  let held: ByteClass
  package let scalars: [Unicode.Scalar]
  package let words: [String]
  /// Words with anything but punctuation in them.
  package let plainWords: [String]
  /// Cut at LF, empty ones included.
  package let lines: [String]

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    held = ByteClass(in: bytes)
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
    var start = 0
    for (place, scalar) in scalars.enumerated() {
      let isAlone = !scalar.isBlank && isWordOfItsOwn(scalar)
      guard isAlone || scalar.isBlank else { continue }
      add(scalars[start..<place], to: &words)
      if isAlone { words.append(String(Character(scalar))) }
      start = place + 1
    }
    add(scalars[start...], to: &words)
    return words
  }

  /// Adds the words of what stands between two pieces of white space.
  private static func add(_ run: ArraySlice<Unicode.Scalar>, to words: inout [String]) {
    let body = run.drop(while: isPunctuation)
    let end = body.lastIndex { !isPunctuation($0) }.map { $0 + 1 } ?? body.startIndex
    addMarks(run[..<body.startIndex], to: &words)
    addParts(body[..<end], to: &words)
    addMarks(body[end...], to: &words)
  }

  /// Punctuation marks, each a word; a run of full stops is one.
  private static func addMarks(_ scalars: ArraySlice<Unicode.Scalar>, to words: inout [String]) {
    var start = scalars.startIndex
    while start < scalars.endIndex {
      let stops = scalars[start...].prefix { $0 == "." }.count
      words.append(string(scalars[start..<start + max(1, stops)]))
      start += max(1, stops)
    }
  }

  /// A word cut at hyphens between two letters or two digits, and at `~` inside words.
  private static func addParts(_ core: ArraySlice<Unicode.Scalar>, to words: inout [String]) {
    var start = core.startIndex
    for place in core.indices.dropFirst().dropLast() where core[place] == "-" || core[place] == "~"
    {
      let sides = [core[place - 1].properties, core[place + 1].properties]
      let isInWord = sides.allSatisfy(\.isAlphabetic)
      let isInNumber = sides.allSatisfy { $0.numericType != nil }
      let isMixed = sides.allSatisfy { $0.isAlphabetic || $0.numericType != nil }
      guard isInWord || isInNumber || (core[place] == "~" && isMixed) else { continue }
      words += [string(core[start..<place]), string(core[place...place])]
      start = place + 1
    }
    if !core.isEmpty { words.append(string(core[start...])) }
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

  /// The text of scalars: their bytes are written at once, which a view of scalars does one by one.
  static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    String(unsafeUninitializedCapacity: scalars.reduce(0) { $0 + UTF8.width($1) }) { bytes in
      var count = 0
      for scalar in scalars {
        if scalar.isASCII {
          bytes[count] = UInt8(truncatingIfNeeded: scalar.value)
          count += 1
          continue
        }
        for byte in UTF8.encode(scalar) ?? .init() {
          bytes[count] = byte
          count += 1
        }
      }
      return count
    }
  }
}

extension Unicode.Scalar {
  /// White space of Unicode; ASCII, which most texts are, is decided without its tables.
  package var isBlank: Bool {
    isASCII ? value == 0x20 || (0x09...0x0D).contains(value) : properties.isWhitespace
  }
}
