// SPDX-License-Identifier: Apache-2.0

/// Where tokens stand in a text when some of them are shown with replacement characters.
///
/// A tokeniser that works on bytes cuts inside characters, and many servers show such a piece as
/// U+FFFD. Each U+FFFD stands for one to three bytes that are no ASCII:
///
/// ```
/// text     c a f C3 A9 ␣ 4 1
/// shown    caf | � | � | ␣ | 41
/// ends       3   4   5   6    8     every end is certain
/// shown    caf | � � | ␣ | 41       the same, with both halves in one token
/// ```
///
/// An end that could lie at several places is not guessed: tokens up to the next certain end share
/// one range, which the last of them bears; the others are empty at its start.
enum LossySpans {
  /// How long a first token that is not spelled may be, in bytes.
  private static let unspelledLimit = 256

  /// - Returns: `nil` where no reading of the tokens spells `text`; the last may reach past it.
  /// - Complexity: O(bytes of the tokens × uncertain ends).
  static func ranges(_ tokens: [[UInt8]], over text: [UInt8], unspelledFirst: Bool = false)
    -> [Range<Int>]?
  {
    guard unspelledFirst || tokens.contains(where: { holdsMark($0[...]) }) else { return nil }
    // Every place where each token can end, then only those from which the end can be reached.
    var ends: [Set<Int>] = []
    var starts: Set<Int> = [0]
    for (position, token) in tokens.enumerated() {
      let next: Set<Int> =
        position == 0 && unspelledFirst
        ? Set(0..<min(unspelledLimit, text.count))
        : starts.reduce(into: []) { $0.formUnion(Self.ends(token[...], from: $1, text)) }
      guard let nearest = next.filter({ $0 >= text.count }).min() ?? next.first else { return nil }
      // Of the places past the text only the nearest is of use.
      starts = next.filter { $0 < text.count || $0 == nearest }
      ends.append(starts)
    }
    guard let last = ends.indices.last else { return nil }
    // A server that names its tokens lists those of the prompt alone.
    ends[last] = ends[last].filter { unspelledFirst ? $0 == text.count : $0 >= text.count }
    for position in ends.indices.dropLast().reversed() {
      let token = tokens[position + 1][...]
      let after = ends[position + 1]
      ends[position] = ends[position].filter {
        !after.isDisjoint(with: Self.ends(token, from: $0, text))
      }
    }
    guard ends.allSatisfy({ !$0.isEmpty }), ends[last].count == 1 else { return nil }
    var ranges: [Range<Int>] = []
    var start = 0
    for places in ends {
      if places.count == 1, let end = places.first {
        ranges.append(start..<end)
        start = end
      } else {
        ranges.append(start..<start)
      }
    }
    return ranges
  }

  /// Where `token` can end when it begins at `start`.
  private static func ends(_ token: ArraySlice<UInt8>, from start: Int, _ text: [UInt8]) -> Set<Int>
  {
    guard !token.isEmpty else { return [start] }
    // Past the text stands what the server wrote itself.
    guard start < text.count else { return [start + token.count] }
    if token.starts(with: mark) {
      var found: Set<Int> = []
      var end = start
      while end < min(start + 3, text.count), text[end] >= 0x80 {
        end += 1
        found.formUnion(ends(token.dropFirst(mark.count), from: end, text))
      }
      return found
    }
    guard token.first == text[start] else { return [] }
    return ends(token.dropFirst(), from: start + 1, text)
  }

  private static let mark: [UInt8] = [0xEF, 0xBF, 0xBD]

  private static func holdsMark(_ token: ArraySlice<UInt8>) -> Bool {
    token.indices.contains { token[$0...].starts(with: mark) }
  }
}
