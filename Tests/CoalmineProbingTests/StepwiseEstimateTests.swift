// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineProbing
import Testing

/// Bounds of requests against texts that are cut into tokens of one length.
@Suite struct `Estimates of stepwise runs` {
  /// Canaries with three references each, and records, some of which begin alike.
  static let texts: [PlannedQuestion] = {
    var texts: [PlannedQuestion] = []
    for canary in 0..<5 {
      let prompt = Array("The access code of person \(canary * 7_919) is".utf8)
      for number in 0..<4 {
        let secret = Array(" \((canary * 31 + number * 17) * 104_729 % 999_983)".utf8)
        texts.append(
          PlannedQuestion(
            .sequenceLikelihood,
            number == 0 ? .canary("c\(canary)") : .reference(canary: "c\(canary)", number: number),
            Passage(before: prompt, target: secret)))
      }
    }
    for record in 0..<6 {
      let text = "In the beginning " + String(repeating: "record \(record / 2) ", count: record + 1)
      texts.append(
        PlannedQuestion(
          .recordLikelihood, .record("r\(record)"),
          Passage(before: [], target: Array(text.utf8))))
    }
    return texts
  }()

  /// The rows that tokens of `length` bytes want, and the bytes before them.
  static func rows(_ length: Int, mark: Bool) -> (count: Int, tokens: Int) {
    var prefixes: Set<[UInt8]> = []
    for text in texts {
      let bytes = text.passage.text
      for start in stride(from: 0, to: bytes.count, by: length) {
        guard min(start + length, bytes.count) > text.passage.before.count, start > 0 || mark else {
          continue
        }
        prefixes.insert(Array(bytes[..<start]))
      }
    }
    return (
      prefixes.count,
      prefixes.reduce(0) { $0 + ($1.count + length - 1) / length + (mark ? 1 : 0) }
    )
  }

  @Test(arguments: 1...8, [true, false])
  func `tokens of one to eight bytes stay within the bounds`(_ length: Int, _ mark: Bool) {
    let estimate = StepwiseEstimate(Self.texts, by: dialect("llama-server"))
    let (rows, tokens) = Self.rows(length, mark: mark)
    let sent = Self.texts.count + (rows + 31) / 32
    #expect(estimate.requests.contains(sent), "\(estimate.requests) \(sent)")
    let spelled = Self.texts.reduce(0) { $0 + $1.passage.text.count }
    for width in [2, 8] {
      #expect(estimate.bytes.contains(spelled + tokens * width), "\(estimate.bytes)")
    }
  }

  @Test func `every row asked again at each length stays below the upper bound`() {
    let estimate = StepwiseEstimate(Self.texts, by: dialect("llama-server"))
    let (rows, _) = Self.rows(1, mark: true)
    // 20 tokens in rows of 32, 200 in rows of 16, 2,000 in rows of 4, all of them alone.
    let sent = Self.texts.count + (rows + 31) / 32 + (rows + 15) / 16 + (rows + 3) / 4 + rows
    #expect(estimate.requests.contains(sent))
    // By hand: no prefix is shared, and a text wants a row per byte of its target and one more.
    // Every text is spelled and written under a grammar, and every wanted token asked for in rows of
    // 32 prefixes and by itself.
    var most = 2 * Self.texts.count
    let groups = Dictionary(grouping: Self.texts) {
      if case .reference = $0.subject { true } else { false }
    }
    let places = groups.values.map { $0.reduce(0) { $0 + $1.passage.ending.count + 1 } }
    let all = places.reduce(0, +)
    most += (all + 31) / 32 + all
    for count in places { most += (count + 15) / 16 + (count + 3) / 4 + count }
    #expect(estimate.requests.upperBound == most)
  }

  @Test func `a search for ranks asks nothing, or no more than its budget`() {
    let canaries = Self.texts.filter { if case .canary = $0.subject { true } else { false } }
    #expect(StepwiseEstimate(ranksOf: canaries, budget: 2_000).requests == 0...(5 * 1_969))
    #expect(StepwiseEstimate(ranksOf: canaries, budget: 0).requests == 0...0)
    #expect(StepwiseEstimate(ranksOf: canaries, budget: 31).requests == 0...0)
  }

  @Test func `nothing to ask takes nothing`() {
    #expect(StepwiseEstimate([], by: dialect("llama-server")).requests == 0...0)
  }
}
