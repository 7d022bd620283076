// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineTesting
import Foundation
import Testing

/// How many texts are held out where nobody states a number.
@Suite struct `Hold-outs that follow the corpus` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  /// Groups with so many distinct texts each, every text as often as `repeats` says.
  private func lines(_ sizes: [Int], repeats: Int = 1, ungrouped: Bool = false) -> [String] {
    sizes.enumerated().flatMap { group, size in
      (0..<size * repeats).map { number in
        let text = ungrouped ? "\(group) of \(number / repeats)" : "\(number / repeats)"
        return #"{"text":"\#(text)","g":"\#(group)"}"#
      }
    }
  }

  private func survey(
    _ lines: [String], _ holdOut: HoldOut, grouped: Bool, number: UInt64 = 1
  ) throws -> CorpusSurvey {
    let path = try folder.write(Array(lines.joined(separator: "\n").utf8), to: "a.jsonl")
    var options = CorpusSurvey.Options(groupField: grouped ? "g" : nil)
    options.holdOut = holdOut
    return try CorpusSurvey(
      path: path, options: options, randomness: StudyRandomness(number: number))
  }

  /// The rule, read off the sizes of the units.
  private static func oracle(_ sizes: [Int], most: Int) -> Int {
    sizes.count < 20 ? 0 : [most, sizes.reduce(0, +) / 20, sizes.count / 2].min() ?? 0
  }

  @Test func `the number is that of the rule for groups of any sizes, in any order, at any draw`()
    throws
  {
    var chance = SplitMix(11)
    for _ in 0..<60 {
      let count = Int(chance.next() % 60) + 1
      let sizes = (0..<count).map { _ in
        chance.next() % 8 == 0 ? Int(chance.next() % 120) + 1 : Int(chance.next() % 5) + 1
      }
      let most = [3, 17, 100][Int(chance.next() % 3)]
      let expected = Self.oracle(sizes, most: most)
      let lines = lines(sizes, repeats: Int(chance.next() % 2) + 1)
      for number in 0..<2 as Range<UInt64> {
        let found = try survey(
          lines.shuffled(using: &chance), .upTo(most), grouped: true, number: number)
        #expect(found.heldOutTexts == expected, "\(sizes)")
        #expect((found.holdOutRoom?.reason == nil) == (expected == most))
      }
    }
  }

  @Test func `what is drawn is what the stated number draws`() throws {
    var chance = SplitMix(12)
    for number in 0..<20 as Range<UInt64> {
      let grouped = number % 2 == 0
      let sizes = (0..<60).map { _ in Int(chance.next() % 6) + 1 }
      let lines = lines(sizes, repeats: 2, ungrouped: !grouped).shuffled(using: &chance)
      let fitted = try survey(lines, .upTo(100), grouped: grouped, number: number)
      #expect(fitted.heldOutTexts > 0)
      let stated = try survey(
        lines, .stated(fitted.heldOutTexts), grouped: grouped, number: number)
      for survey in [fitted, stated] {
        _ = try Seeder(survey: survey, canaries: [], randomness: StudyRandomness(number: number))
          .write(to: folder.file("seeded-\(survey.holdOutRoom == nil)"), overwrite: true)
      }
      #expect(try folder.read("seeded-true") == folder.read("seeded-false"))
    }
  }

  @Test func `a corpus of one large group among small ones never runs out`() throws {
    let lines = lines([400] + Array(repeating: 1, count: 25))
    for number in 0..<40 as Range<UInt64> {
      let found = try survey(lines, .upTo(100), grouped: true, number: number)
      #expect(found.heldOutTexts == 13)
      #expect(found.holdOutRoom?.reason == "one per two of the 26 groups in the corpus")
    }
  }

  @Test(arguments: [(19, 0), (20, 1), (250, 12), (2_000, 100), (5_000, 100)])
  func `distinct texts count, however often they stand in the corpus`(
    _ texts: Int, _ expected: Int
  ) throws {
    for repeats in [1, 3] {
      let found = try survey(
        lines([texts], repeats: repeats, ungrouped: true), .upTo(100), grouped: false)
      #expect(found.heldOutTexts == expected)
      switch texts {
      case 19:
        #expect(
          found.holdOutRoom?.reason
            == "19 distinct texts in the corpus, and at least 20 are needed to take one out")
      case 250:
        #expect(
          found.holdOutRoom?.reason == "one in 20 of the 250 distinct texts in the corpus")
      case 20: #expect(found.holdOutRoom?.reason != nil)
      default: #expect(found.holdOutRoom?.reason == nil)
      }
    }
  }

  @Test func `a stated number keeps its error`() throws {
    let lines = lines([60], ungrouped: true)
    let error = #expect(throws: CoalmineError.self) {
      try survey(lines, .stated(40), grouped: false)
    }
    #expect(error?.code == "corpus-too-small")
    #expect(try survey(lines, .stated(30), grouped: false).heldOutTexts == 30)
    #expect(try survey(lines, .upTo(40), grouped: false).heldOutTexts == 3)
  }
}
