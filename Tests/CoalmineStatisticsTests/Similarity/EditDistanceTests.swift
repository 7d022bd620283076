// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import CoalmineTesting
import Testing

@Suite struct `Edit distance` {
  /// The table of Wagner and Fischer, a row at a time.
  static func naive(_ a: [Int], _ b: [Int], substitution: Int) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let here = min(row[j + 1] + 1, row[j] + 1, diagonal + (x == y ? 0 : substitution))
        diagonal = row[j + 1]
        row[j + 1] = here
      }
    }
    return row[b.count]
  }

  static func compare(trials: Int, seed: UInt8, longest: Int) {
    var draws = ScoreDraws(seed)
    for _ in 0..<trials {
      let alphabet = 1 + draws.below(6)
      let a = draws.symbols(draws.below(longest), of: alphabet)
      let b = draws.symbols(draws.below(longest), of: alphabet)
      #expect(EditDistance.levenshtein(a, b) == naive(a, b, substitution: 1))
      #expect(EditDistance.indel(a, b) == naive(a, b, substitution: 2))
    }
  }

  @Test func `both distances equal those of the full table`() {
    Self.compare(trials: 1_500, seed: 1, longest: 40)
    Self.compare(trials: 150, seed: 2, longest: 300)
  }

  @Test(.enabled(if: isDeep))
  func `both distances equal those of the full table in 10,000 draws`() {
    Self.compare(trials: 10_000, seed: 3, longest: 200)
  }

  @Test(arguments: [1, 2, 63, 64, 65, 127, 128, 129, 192, 193])
  func `lengths at the edges of a machine word give the same as the full table`(length: Int) {
    var draws = ScoreDraws(4)
    for other in [0, 1, 63, 64, 65, 128, 130] {
      let a = draws.symbols(length, of: 3)
      let b = draws.symbols(other, of: 3)
      #expect(EditDistance.levenshtein(a, b) == Self.naive(a, b, substitution: 1))
      #expect(EditDistance.indel(a, b) == Self.naive(a, b, substitution: 2))
    }
  }

  @Test func `near copies of long texts give the same as the full table`() {
    var draws = ScoreDraws(6)
    for edits in [0, 1, 20, 60, 66, 120, 300, 700] {
      let a = draws.symbols(900 + draws.below(300), of: 20)
      var b = a
      for _ in 0..<edits {
        let place = draws.below(b.count)
        switch draws.below(3) {
        case 0: b[place] = draws.below(20)
        case 1: b.remove(at: place)
        default: b.insert(draws.below(20), at: place)
        }
      }
      // A block moved away strays far from the diagonal.
      if edits == 66 { b = Array(b[200...] + b[..<200]) }
      let expected = Self.naive(a, b, substitution: 1)
      #expect(EditDistance.levenshtein(a, b) == expected)
      #expect(EditDistance.levenshtein(b, a) == expected)
      let bytes = (a.map { UInt8($0) }, b.map { UInt8($0) })
      #expect(EditDistance.levenshtein(bytes.0, bytes.1) == expected)
      // Scalars within the table of small ones, and beyond it.
      for first in [UInt32(97), 1_010, 0x4E00] {
        let texts = [a, b].map { $0.compactMap { Unicode.Scalar(first + UInt32($0)) } }
        #expect(EditDistance.levenshtein(texts[0], texts[1]) == expected)
      }
    }
  }

  @Test func `it is a metric: symmetric, zero only for equals, under the triangle`() {
    var draws = ScoreDraws(5)
    for _ in 0..<500 {
      let texts = (0..<3).map { _ in draws.symbols(draws.below(80), of: 3) }
      let ab = EditDistance.levenshtein(texts[0], texts[1])
      let bc = EditDistance.levenshtein(texts[1], texts[2])
      let ac = EditDistance.levenshtein(texts[0], texts[2])
      #expect(ab == EditDistance.levenshtein(texts[1], texts[0]))
      #expect((ab == 0) == (texts[0] == texts[1]))
      #expect(ac <= ab + bc)
      let indel = EditDistance.indel(texts[0], texts[1])
      #expect(ab <= indel && indel <= 2 * ab)
    }
  }

  @Test func `k changed symbols that occur nowhere else cost exactly k`() {
    for changed in [0, 1, 7, 64, 200] {
      let text = Array(0..<200)
      let other = text.map { $0 < changed ? $0 + 1_000 : $0 }
      #expect(EditDistance.levenshtein(text, other) == changed)
      #expect(EditDistance.indel(text, other) == 2 * changed)
      let similarity = EditDistance.levenshteinSimilarity(text, other)
      #expect(scoresAgree(similarity, 1 - Double(changed) / 200))
      #expect(scoresAgree(EditDistance.indelRatio(text, other), 1 - Double(changed) / 200))
    }
  }

  @Test func `two empty sequences are alike, one empty is wholly unlike`() {
    let empty: [Int] = []
    #expect(EditDistance.levenshtein(empty, empty) == 0)
    #expect(EditDistance.levenshteinSimilarity(empty, empty) == 1)
    #expect(EditDistance.indelRatio(empty, empty) == 1)
    #expect(EditDistance.levenshtein(empty, [1, 2]) == 2)
    #expect(EditDistance.levenshteinSimilarity([1], empty) == 0)
    #expect(EditDistance.indelRatio([1], empty) == 0)
  }

  @Test func `long sequences of many different symbols need no table`() {
    let long = Array(0..<20_000)
    let other = Array(10_000..<30_000)
    #expect(EditDistance.levenshtein(long, other) == 20_000)
    #expect(EditDistance.indel(long, other) == 20_000)
  }

  @Test func `scalars are compared without normalisation`() {
    let composed = Array("\u{E9}".unicodeScalars)
    let decomposed = Array("e\u{301}".unicodeScalars)
    #expect(EditDistance.levenshtein(composed, decomposed) == 2)
  }
}
