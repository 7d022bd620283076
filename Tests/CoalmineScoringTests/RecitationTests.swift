// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import Testing

/// Replies that the provider says repeat a text that it knows: a sign that decides nothing, and no miss.
@Suite struct `Replies that were recited` {
  /// A study in which replies to some canaries end otherwise.
  ///
  /// - Parameter endings: of the samples of each canary, by its place; the greedy reply stays.
  private static func study(_ endings: (Int, Canary) -> [Completion.Ending]) -> SimulatedStudy {
    var study = SimulatedStudy(.init(randomizedPerKind: 12, controls: 4, references: 7))
    for (place, canary) in study.canaries.enumerated() {
      let all = endings(place, canary)
      guard !all.isEmpty else { continue }
      study.tuned[.sampledExtraction]?[.canary(canary.id)] = .measured(
        .completions(
          all.map { Completion(text: $0.isWithheld ? [] : Array(" no".utf8), ending: $0) }))
    }
    return study
  }

  private static func some(_ ending: Completion.Ending) -> SimulatedStudy {
    study { place, canary in
      place % 3 == 0 && canary.role != .control ? [ending, .stop, ending, .stop] : []
    }
  }

  @Test(arguments: [(Completion.Ending.filtered, Completion.Ending.recitation), (.stop, .cited)])
  func `what the provider says of a text changes no test, no gate and no verdict`(
    _ silent: Completion.Ending, _ said: Completion.Ending
  ) {
    let (one, other) = (score(Self.some(silent).evidence), score(Self.some(said).evidence))
    #expect(one.verdict == other.verdict)
    #expect("\(one.decision)" == "\(other.decision)" && "\(one.gates)" == "\(other.gates)")
    #expect("\(one.answers)" == "\(other.answers)" && "\(one.checks)" == "\(other.checks)")
    #expect("\(one.levels)" == "\(other.levels)")
    let kept = other.findings.filter {
      if case .repliesRecited = $0 { false } else { true }
    }
    #expect(kept == one.findings && other.findings.count == one.findings.count + 1)
  }

  @Test func `replies are counted per canary, and canaries by what was inserted`() throws {
    let study = Self.study { place, canary in
      switch place % 4 {
      case 0: [.recitation, .cited, .stop, .filtered]
      case 1: [.recitation, .recitation]
      default: []
      }
    }
    let result = score(study.evidence)
    var marked = (inFile: 0, heldOut: 0)
    for (place, canary) in study.canaries.enumerated() {
      let shown = try #require(result.canaries.first { $0.id == canary.id })
      // The greedy reply, and the endpoint's own settings where they were asked, stay as they are.
      let others = [Probe.greedyExtraction, .defaultExtraction].reduce(0) { sum, probe in
        guard case .measured(.completions(let texts))? = study.tuned[probe]?[.canary(canary.id)]
        else { return sum }
        return sum + texts.count
      }
      switch place % 4 {
      case 0:
        #expect(
          shown.recited == RecitedReplies(withheld: 1, marked: 1, replies: others + 4))
        // The text that was sent with a mark is a reply as any other.
        #expect(shown.sampled.value?.samples == 2)
      case 1:
        #expect(
          shown.recited == RecitedReplies(withheld: 2, marked: 0, replies: others + 2))
        #expect(shown.sampled.status == "censored")
        #expect(shown.sampled.reason?.slug == "continuations-recited")
        #expect(shown.sampled.reason?.evidence.contains("2 of 2") == true)
      default: #expect(shown.recited?.count == 0)
      }
      guard place % 4 < 2 else { continue }
      if canary.role == .heldOut { marked.heldOut += 1 } else { marked.inFile += 1 }
    }
    #expect(
      result.findings.last == .repliesRecited(inFile: marked.inFile, heldOut: marked.heldOut))
  }

  private func compared(_ canaries: [CanaryResult]) -> Outcome<RateComparison.Value>? {
    RateComparisonScoring.results(canaries, targetRepetitions: 1)
      .first { $0.name == .recitedInserted }?.outcome
  }

  private func choose(_ all: Int, _ some: Int) -> Double {
    guard some >= 0, some <= all else { return 0 }
    return (0..<some).reduce(1.0) { $0 * Double(all - $1) / Double($1 + 1) }
  }

  @Test(arguments: [(9, 20, 2, 18), (1, 12, 0, 12), (1, 5, 4, 9), (7, 7, 0, 8)])
  func `inserted against held out is Fisher's one-sided test`(
    _ first: Int, _ m: Int, _ second: Int, _ n: Int
  ) throws {
    func canary(_ name: String, _ role: Role, _ repetitions: Int, _ count: Int) -> CanaryResult {
      MadeCanary.result(
        name, role: role, repetitions: repetitions,
        recited: RecitedReplies(withheld: count % 2, marked: count / 2, replies: 9))
    }
    let canaries =
      (0..<m).map { canary("i\($0)", .inserted, 1, $0 < first ? 1 + $0 % 3 : 0) }
      + (0..<n).map { canary("h\($0)", .heldOut, 0, $0 < second ? 1 + $0 % 3 : 0) }
      // Of other repetitions and roles, and without any reply: not compared.
      + (0..<6).map { canary("l\($0)", .inserted, 8, 3) } + [canary("c", .control, 64, 3)]
      + [MadeCanary.result("n")]
    let yes = first + second
    let expected = (first...min(m, yes)).reduce(0) {
      $0 + choose(m, $1) * choose(n, yes - $1) / choose(m + n, yes)
    }
    let value = try #require(compared(canaries)?.value)
    #expect(value.test == .fisherExact && value.discordant == nil)
    #expect(value.first.hits == first && value.first.trials == m)
    #expect(value.second.hits == second && value.second.trials == n)
    #expect(abs(value.pValue - expected) < 1e-9)
  }

  @Test func `where the provider never says it, nothing is compared`() {
    let silent = (0..<4).map {
      MadeCanary.result("i\($0)", recited: RecitedReplies(withheld: 0, marked: 0, replies: 9))
    }
    #expect(compared(silent)?.reason?.slug == "not-recited")
    #expect(compared([])?.reason?.slug == "not-recited")
  }
}
