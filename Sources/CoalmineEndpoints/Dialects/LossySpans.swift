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
  /// Text of which more ends are uncertain at once is not placed at all.
  private static let placeLimit = 256
  /// How long a first token that is not spelled may be, in bytes.
  private static let unspelledLimit = 256

  /// - Returns: `nil` where no reading of the tokens spells `text`; the last may reach past it.
  /// - Complexity: O(bytes of the tokens × uncertain ends), of which there are no more than 256.
  static func ranges(_ tokens: [[UInt8]], over text: [UInt8], unspelledFirst: Bool = false)
    -> [Range<Int>]?
  {
    guard unspelledFirst || tokens.contains(where: holdsMark) else { return nil }
    // Every place where each token can end, then only those from which the end can be reached.
    var ends: [Set<Int>] = []
    var starts: Set<Int> = [0]
    for (position, token) in tokens.enumerated() {
      let next: Set<Int> =
        position == 0 && unspelledFirst
        ? Set(0..<min(unspelledLimit, text.count))
        : starts.reduce(into: []) { $0.formUnion(Self.ends(token, from: $1, text)) }
      guard let nearest = next.filter({ $0 >= text.count }).min() ?? next.first else { return nil }
      // Of the places past the text only the nearest is of use.
      starts = next.filter { $0 < text.count || $0 == nearest }
      guard starts.count <= (position == 0 && unspelledFirst ? unspelledLimit : placeLimit) else {
        return nil
      }
      ends.append(starts)
    }
    guard let last = ends.indices.last else { return nil }
    // A server that names its tokens lists those of the prompt alone.
    ends[last] = ends[last].filter { unspelledFirst ? $0 == text.count : $0 >= text.count }
    for position in ends.indices.dropLast().reversed() {
      let token = tokens[position + 1]
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

  /// Where `token` can end when it begins at `start`: places are followed side by side.
  private static func ends(_ token: [UInt8], from start: Int, _ text: [UInt8]) -> Set<Int> {
    // Past the text stands what the server wrote itself.
    guard start < text.count, !token.isEmpty else { return [start + token.count] }
    var places: Set<Int> = [start]
    var next = 0
    while next < token.count {
      let isMark = token[next...].starts(with: mark)
      var moved: Set<Int> = []
      for place in places {
        if place >= text.count {
          moved.insert(place + 1)
        } else if isMark {
          var end = place
          while end < min(place + 3, text.count), text[end] >= 0x80 {
            end += 1
            moved.insert(end)
          }
        } else if token[next] == text[place] {
          moved.insert(place + 1)
        }
      }
      guard !moved.isEmpty, moved.count <= placeLimit else { return [] }
      places = moved
      next += isMark ? mark.count : 1
    }
    return places
  }

  private static let mark: [UInt8] = [0xEF, 0xBF, 0xBD]

  private static func holdsMark(_ token: [UInt8]) -> Bool {
    token.indices.contains { token[$0...].starts(with: mark) }
  }
}
