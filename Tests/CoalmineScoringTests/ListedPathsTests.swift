// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What listed tokens say about every candidate, against the model that wrote them.
@Suite struct `Paths of listed tokens` {
  private static func tokens(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

  /// Candidates can be spelled in several ways, and tokens reach over their ends.
  private static let plain = tokens(
    " ", "0", "1", "2", "01", "12", "20", " 0", " 1", " 21", "2.", ".", "x", "012", "0120")
  /// Two tokens have the same bytes, two have none, and one is shown broken.
  private static let hostile = plain + tokens("1", "", "", "2\u{FFFD}", " 0")

  private static let space = try! RandomnessSpace(
    steps: CharactersSlot(alphabet: "012", length: 3).steps(slot: "code", role: .secret))

  private static func mass(
    _ samples: [Completion], isOwnTurn: Bool = false
  ) throws -> CandidateMass {
    try #require(
      ListedPaths.mass(
        samples.map(\.spelledSteps), space: space, separator: [0x20], isOwnTurn: isOwnTurn))
  }

  private static var candidates: [[UInt8]] { (0..<27).map { space.candidate(at: $0) } }

  /// L, U and p̂ of one candidate by their definition, token number by token number.
  private struct Oracle {
    let model: TokenModel
    /// Contexts at which a sample shows a list, each with the tokens listed there.
    var listed: [[Int]: Set<Int>] = [:]

    init(_ model: TokenModel, _ samples: [[Int]], most: Int) {
      self.model = model
      for sample in samples {
        for length in sample.indices {
          let context = Array(sample[..<length])
          let row = model.row(after: context)
          let top = row.indices.sorted { row[$0] > row[$1] }.prefix(most)
          listed[context, default: []].formUnion(top)
          listed[context]?.insert(sample[length])
        }
      }
    }

    /// How many candidates a text can still become.
    private func below(_ text: [UInt8]) -> Double {
      Double(candidates.count { ([0x20] + $0).starts(with: text) })
    }

    func values(of candidate: [UInt8], after context: [Int] = [], _ reached: Double = 1)
      -> (lower: Double, estimate: Double, upper: Double)
    {
      let target = [0x20] + candidate
      let text = context.flatMap { model.vocabulary[$0] }
      guard let known = listed[context] else {
        return (0, reached / below(text), reached)
      }
      let row = model.row(after: context)
      let rest = reached * max(0, 1 - known.sorted().reduce(0) { $0 + row[$1] })
      var (lower, estimate, upper) = (0.0, rest / below(text), rest)
      for id in known {
        let next = text + model.vocabulary[id]
        if next.starts(with: target) {
          lower += reached * row[id]
          estimate += reached * row[id]
          upper += reached * row[id]
        } else if target.starts(with: next) {
          let more = values(of: candidate, after: context + [id], reached * row[id])
          lower += more.lower
          estimate += more.estimate
          upper += more.upper
        }
      }
      return (lower, estimate, upper)
    }
  }

  @Test(arguments: 0..<40)
  func `bounds and estimates are those of an enumeration of all paths, and hold the truth`(
    _ seed: Int
  ) throws {
    var chance = SplitMix(UInt64(seed))
    var model = TokenModel(vocabulary: Self.plain, seed: UInt64(seed))
    if seed % 2 == 0 {
      model.memorised = [0x20] + Self.candidates[seed % 27]
      model.gain = 3
    }
    let most = [3, 5, 15][seed % 3]
    let samples = (0..<(1 + seed % 9)).map { _ in
      model.sample(tokens: 6, most: most, &chance)
    }
    let mass = try Self.mass(samples.map(\.text))
    let oracle = Oracle(model, samples.map(\.ids), most: most)
    var (lower, estimates) = (0.0, 0.0)
    for candidate in Self.candidates {
      let expected = oracle.values(of: candidate)
      #expect(abs(mass.lower(of: candidate) - expected.lower) < 1e-9)
      #expect(abs(mass.upper(of: candidate) - min(1, expected.upper)) < 1e-9)
      #expect(abs(mass.estimate(of: candidate) - expected.estimate) < 1e-9)
      let truth = model.probability(of: [0x20] + candidate)
      #expect(mass.lower(of: candidate) <= truth + 1e-9, "\(seed)")
      #expect(truth <= mass.upper(of: candidate) + 1e-9, "\(seed)")
      lower += mass.lower(of: candidate)
      estimates += mass.estimate(of: candidate)
    }
    #expect(lower <= 1 + 1e-9 && estimates <= 1 + 1e-9)
  }

  @Test(arguments: 100..<160)
  func `tokens with the same bytes, without bytes or with broken ones leave the bounds certain`(
    _ seed: Int
  ) throws {
    var chance = SplitMix(UInt64(seed))
    let model = TokenModel(vocabulary: Self.hostile, seed: UInt64(seed))
    let most = [4, 8, 20][seed % 3]
    let samples = (0..<12).map { _ in model.sample(tokens: 6, most: most, &chance).text }
    for isOwnTurn in [false, true] {
      let mass = try Self.mass(samples, isOwnTurn: isOwnTurn)
      var (lower, estimates) = (0.0, 0.0)
      for candidate in Self.candidates {
        let truth =
          model.probability(of: [0x20] + candidate)
          + (isOwnTurn ? model.probability(of: candidate) : 0)
        #expect(mass.lower(of: candidate) <= truth + 1e-9, "\(seed)")
        #expect(truth <= mass.upper(of: candidate) + 1e-9, "\(seed)")
        lower += mass.lower(of: candidate)
        estimates += mass.estimate(of: candidate)
      }
      #expect(lower <= 1 + 1e-9 && estimates <= 1 + 1e-9)
    }
  }

  @Test func `with many samples of whole rows the bounds close on the truth`() throws {
    var chance = SplitMix(7)
    var model = TokenModel(vocabulary: Self.plain, seed: 7)
    model.memorised = Array(" 120".utf8)
    model.gain = 4
    let samples = (0..<400).map { _ in model.sample(tokens: 5, most: 15, &chance).text }
    let mass = try Self.mass(samples)
    let truth = model.probability(of: model.memorised)
    #expect(truth > 0.2)
    #expect(mass.upper(of: Array("120".utf8)) - mass.lower(of: Array("120".utf8)) < 0.01)
  }

  @Test func `of samples that differ by noise the smaller values make the lower bound`() throws {
    func step(_ text: String, _ listed: [(String, Double)]) -> WrittenToken {
      WrittenToken(
        bytes: Array(text.utf8),
        logProbability: listed.first { $0.0 == text }.map { log($0.1) },
        likeliest: listed.map { .init(bytes: Array($0.0.utf8), logProbability: log($0.1)) })
    }
    let samples = [0.5, 0.48].map { probability in
      Completion(
        text: Array(" 012".utf8), ending: .stop,
        steps: [step(" ", [(" ", 0.9), ("x", 0.1)]), step("012", [("012", probability)])])
    }
    let mass = try Self.mass(samples)
    let candidate = Array("012".utf8)
    #expect(abs(mass.lower(of: candidate) - 0.9 * 0.48) < 1e-12)
    #expect(abs(mass.upper(of: candidate) - 0.9) < 1e-12)
    #expect(abs(mass.estimate(of: candidate) - 0.9 * (0.48 + 0.52 / 27)) < 1e-12)
  }

  @Test func `a list that sums to more than 1 is refused`() {
    func paths(_ values: [Double]) -> CandidateMass? {
      let step = WrittenToken(
        bytes: [0x20], logProbability: log(values[0]),
        likeliest: zip([" ", "x", "y"], values).map {
          .init(bytes: Array($0.utf8), logProbability: log($1))
        })
      return ListedPaths.mass([[step]], space: Self.space, separator: [0x20], isOwnTurn: false)
    }
    #expect(paths([0.5, 0.4, 0.2]) == nil)
    #expect(paths([0.5, 0.4, 0.1]) != nil)
    // Rounded numbers are scaled.
    #expect(paths([0.5, 0.4, 0.101]) != nil)
  }

  @Test func `tokens are read as far as they spell the text`() {
    func tokens(_ texts: [String], _ text: String) -> Int {
      Completion(
        text: Array(text.utf8), ending: .stop,
        steps: texts.map { WrittenToken(bytes: Array($0.utf8), logProbability: -1) }
      ).spelledSteps.count
    }
    #expect(tokens([" ", "1", "2"], " 12") == 3)
    // A server cut white space off, or what ends the text.
    #expect(tokens([" ", "1", "2"], "12") == 3)
    #expect(tokens(["1", "2", "<end>"], "12") == 3)
    // A token that it lists nothing at is missing.
    #expect(tokens(["1", "3"], "1é3") == 1)
    #expect(tokens(["3"], "é3") == 0)
    #expect(tokens([], "12") == 0)
  }
}
