// SPDX-License-Identifier: Apache-2.0

import CoalmineSeeding
import CoalmineTesting
import Testing

@Suite struct `Deduplication of copies` {
  private func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

  @Test func `of equal texts the first one stays`() {
    #expect(Deduplication.exact(bytes(["a", "b", "a", "a"])) == [false, false, true, true])
  }

  @Test func `runs are those of lower case, with numbers and months equal`() {
    #expect(
      Deduplication.runs(of: Array("On 14 May, Maren paid 302.57 Euro".utf8)) == [
        "on 0 MONTH maren paid", "0 MONTH maren paid 0", "MONTH maren paid 0 0",
        "maren paid 0 0 euro",
      ])
    #expect(Deduplication.runs(of: Array("one two three four".utf8)) == [])
  }

  @Test func `the index of two sets is that of the definition`() {
    var generator = SplitMix(5)
    for _ in 0..<200 {
      let sets = (0..<2).map { _ in
        Set(
          (0..<Int.random(in: 0...12, using: &generator)).map { _ in
            Int.random(in: 0..<15, using: &generator)
          })
      }
      let union = sets[0].union(sets[1]).count
      let naive = union == 0 ? 0 : Double(sets[0].intersection(sets[1]).count) / Double(union)
      #expect(Deduplication.jaccard(sets[0].sorted(), sets[1].sorted()) == naive)
    }
  }

  @Test func `similar texts collapse at the threshold, also over a third one`() {
    // Words 1 to n have n - 4 runs; a text that lacks the last word has one run less.
    func words(_ count: Int) -> String {
      (1...count).map { "w\(Character(Unicode.Scalar(UInt8(96 + $0))))" }.joined(separator: " ")
    }
    // 4 of 5 runs are common: 0.8.
    #expect(Deduplication.near(bytes([words(9), words(8)]), threshold: 0.8) == [false, true])
    // 3 of 4: 0.75.
    #expect(Deduplication.near(bytes([words(8), words(7)]), threshold: 0.8) == [false, false])
    #expect(Deduplication.near(bytes([words(8), words(7)]), threshold: 0.7) == [false, true])
    // 7 and 9 words agree to 0.6 only, and both agree with 8 words.
    let chain = bytes([words(7), words(9), words(8), "other"])
    #expect(Deduplication.near(chain, threshold: 0.7) == [false, true, true, false])
  }

  /// Every pair compared, by sets of strings.
  private func naive(_ texts: [String], _ threshold: Double) -> [Bool] {
    let sets = bytes(texts).map { Set(Deduplication.runs(of: $0)) }
    var group = Array(texts.indices)
    for first in texts.indices where !sets[first].isEmpty {
      for second in texts.indices[..<first] where !sets[second].isEmpty {
        let common = Double(sets[first].intersection(sets[second]).count)
        guard common / Double(sets[first].union(sets[second]).count) >= threshold else { continue }
        let (old, new) = (max(group[first], group[second]), min(group[first], group[second]))
        for place in group.indices where group[place] == old { group[place] = new }
      }
    }
    return texts.indices.map { !sets[$0].isEmpty && group[$0] < $0 }
  }

  @Test func `texts that are compared by their rarest runs collapse like all pairs`() {
    var generator = SplitMix(11)
    var dropped = 0
    for round in 0..<120 {
      // Few words, so that runs are shared, and copies of earlier texts with a word exchanged.
      var texts: [String] = []
      for _ in 0..<Int.random(in: 1...24, using: &generator) {
        var words = (0..<Int.random(in: 3...18, using: &generator)).map { _ in
          "w" + String("abcdef".randomElement(using: &generator) ?? "a")
        }
        if let old = texts.randomElement(using: &generator), Bool.random(using: &generator) {
          words = old.split(separator: " ").map(String.init)
          for _ in 0..<Int.random(in: 0...2, using: &generator) {
            words[Int.random(in: words.indices, using: &generator)] = "wx"
          }
          if Bool.random(using: &generator) { words.append("wz") }
        }
        texts.append(words.joined(separator: " "))
      }
      for threshold in [0.5, 0.7, 0.8, 1] {
        let found = Deduplication.near(bytes(texts), threshold: threshold)
        #expect(found == naive(texts, threshold), "\(round) \(threshold) \(texts)")
        dropped += found.count(where: \.self)
      }
    }
    #expect(dropped > 500)
  }

  @Test func `texts of fewer than five words stay, equal or not`() {
    #expect(
      Deduplication.near(bytes(["one two", "one two"]), threshold: 0.7) == [false, false])
  }
}
