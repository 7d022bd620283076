// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Draws what is planted in the place of a held-out secret: a candidate whose last letter or digit is
/// another character, so that it is a candidate no more.
///
/// ```
/// held-out secret   118203
/// candidate         302557      drawn for the placeholder alone
/// placeholder       30255X      planted
/// ```
///
/// Up to that character it is spelled as candidates are, so that what a model learns of the form of secrets, it
/// learns behind the contexts of inserted and of held-out canaries alike. It does not depend on the held-out
/// secret, and favours no candidate.
package enum PlaceholderDraw {
  /// What the last character becomes: the first one that makes no candidate.
  private static let marks: [UInt8] = [UInt8]("X#x~".utf8)

  /// - Parameter generator: for this canary and nothing else.
  /// - Returns: neither a candidate of the space nor the beginning of one, and no candidate begins it; `nil`
  ///   where none of the marks gives that.
  /// - Complexity: O(steps of the space).
  package static func placeholder(
    _ space: RandomnessSpace, using generator: inout ChaCha8Rand
  ) -> [UInt8]? {
    let candidate = space.candidate(at: generator.uniform(below: space.count))
    guard let place = lastWordCharacter(of: candidate) else { return nil }
    return marks.lazy
      .map { Array(candidate[..<place.lowerBound]) + [$0] + candidate[place.upperBound...] }
      .first { isNone(of: space, $0) }
  }

  private static func isNone(of space: RandomnessSpace, _ text: [UInt8]) -> Bool {
    space.candidateAtStart(of: text[...]) == nil && space.node(after: text) == nil
  }

  /// The bytes of the last letter or digit; every character beyond ASCII is taken for a letter.
  private static func lastWordCharacter(of text: [UInt8]) -> Range<Int>? {
    func isWord(_ byte: UInt8) -> Bool {
      byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte)
    }
    guard let last = text.lastIndex(where: isWord) else { return nil }
    var first = last
    while first > 0, text[first] & 0xC0 == 0x80 { first -= 1 }
    return first..<last + 1
  }
}
