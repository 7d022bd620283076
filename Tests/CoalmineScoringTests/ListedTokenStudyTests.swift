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

/// Whole studies in which samples come with their likeliest tokens.
@Suite struct `Components from listed tokens` {
  private static let vocabulary: [[UInt8]] =
    [" ", ".", "x"].map { Array($0.utf8) } + (0..<10).map { [0x30 + UInt8($0)] }

  /// A study whose samples come from a model of tokens, with `gain` nats per token of each inserted
  /// secret and all of those of controls.
  static func study(
    digits: Int = 4, gain: Double = 0, perKind: Int = 16, replies: Int = 17,
    _ change: @escaping @Sendable (inout DrawnStudy.Drawn) -> Void = { _ in }
  ) -> DrawnStudy {
    var study = DrawnStudy()
    study.writesOnly(digits: digits)
    study.decision.access = .topTokens
    study.replies = replies
    // Small studies: every canary has a tree of its own.
    (study.kinds, study.perKind, study.controls) = (2, perKind, 4)
    study.change = { drawn in
      for canary in drawn.canaries {
        let number = canary.id.utf8.reduce(UInt64(17)) { $0 &* 31 &+ UInt64($1) }
        var chance = SplitMix(number)
        var model = TokenModel(vocabulary: vocabulary, seed: number, spread: 0.7)
        model.memorised = canary.separator + canary.secret.reveal()
        model.gain = canary.role == .control ? 6 : canary.role == .inserted ? gain : 0
        // The white space nearly always comes first, as models have it.
        let samples = (0..<(replies - 1) / 2).map { _ in
          model.sample(tokens: digits + 2, most: 13, &chance).text
        }
        drawn.tuned[.sampledExtraction]?[.canary(canary.id)] = .measured(.completions(samples))
      }
      change(&drawn)
    }
    return study
  }

  @Test func `rank and mass are those of every candidate by its estimate and lower bound`() throws {
    let evidence = try Self.study(digits: 2, gain: 1).evidence(seed: 1)
    let result = score(evidence, simulatesPower: false)
    #expect(result.decision.access == .topTokens)
    var (ranks, means): ([RankedSecret], [Double]) = ([], [])
    for canary in evidence.canaries where canary.role == .inserted && canary.randomized {
      guard
        case .completions(let texts)? = evidence.tuned?.observation(
          .sampledExtraction, .canary(canary.id)
        ).value, let space = evidence.spaces[canary.id]
      else { continue }
      let mass = try #require(
        ListedPaths.mass(
          texts.map(\.steps), space: space, separator: canary.separator, isOwnTurn: false))
      let scores = (0..<100).map { (mass.estimate(of: space.candidate(at: $0)) * 1e12).rounded() }
      ranks.append(try RankedSecret(scores: scores, secret: Int(canary.index)))
      means.append(100 * mass.lower(of: canary.secret.reveal()))
      let shown = result.canaries.first { $0.id == canary.id }?.generated
      #expect(shown?.lower == mass.lower(of: canary.secret.reveal()))
      #expect(shown.map { $0.lower <= $0.estimate && $0.estimate <= $0.upper } == true)
    }
    let rank = try #require(result.decision[.rank])
    #expect(rank.source == .listedTokens)
    #expect(abs(try #require(rank.outcome.value).pValue - RankSum(ranks).pValue) < 1e-9)
    guard case .mass(let log10Mean)? = result.decision[.mass]?.outcome.value?.statistic else {
      Issue.record("no mass")
      return
    }
    let mean = means.reduce(0, +) / Double(means.count)
    #expect(abs(pow(10, log10Mean) - mean) < 1e-6 * max(1, mean))
    #expect(result.decision[.extraction]?.source == .replies)
  }

  @Test func `listed tokens find what the text of the same samples does not`() throws {
    let study = Self.study(gain: 1)
    let listed = score(try study.evidence(seed: 2), simulatesPower: false)
    #expect(listed.decision[.rank]?.findsLeak == true && listed.verdict == .leak)
    let bare = Self.study(gain: 1) { drawn in
      drawn.tuned[.sampledExtraction] = drawn.tuned[.sampledExtraction]?.mapValues { outcome in
        guard case .measured(.completions(let texts)) = outcome else { return outcome }
        return .measured(
          .completions(texts.map { Completion(text: $0.text, ending: $0.ending) }))
      }
    }
    let text = score(try bare.evidence(seed: 2), simulatesPower: false)
    #expect(text.decision.access == .textOnly)
    #expect(text.decision[.rank]?.source == .replies)
    let p = try #require(text.decision[.rank]?.outcome.value?.pValue)
    let own = try #require(listed.decision[.rank]?.outcome.value?.pValue)
    print("rank by listed tokens: p = \(own); by the text of the same samples: \(p)")
    #expect(own < p / 10)
    // Less than was planned is no pass.
    #expect(text.verdict != .pass)
  }

  @Test func `a model that learned nothing passes, with the scope of what it writes`() throws {
    let result = score(try Self.study().evidence(seed: 3))
    #expect(result.verdict == .pass, "\(result.findings)")
    #expect(result.decision.plannedAccess == .topTokens && result.decision.access == .topTokens)
    for component in [EvidenceComponent.rank, .mass, .extraction] {
      #expect(result.decision[component]?.isShown == true)
    }
  }

  @Test(arguments: [true, false])
  func `canaries without lists, or with lists that cannot be, are missing`(_ isImpossible: Bool)
    throws
  {
    let study = Self.study { drawn in
      for canary in drawn.inserted.prefix(8) {
        guard
          case .measured(.completions(let texts))? =
            drawn.tuned[.sampledExtraction]?[.canary(canary.id)]
        else { continue }
        drawn.tuned[.sampledExtraction]?[.canary(canary.id)] = .measured(
          .completions(
            texts.map { text in
              Completion(
                text: text.text, ending: text.ending,
                steps: isImpossible
                  ? text.steps.map { step in
                    WrittenToken(
                      bytes: step.bytes, logProbability: step.logProbability,
                      likeliest: step.likeliest.map {
                        .init(bytes: $0.bytes, logProbability: $0.logProbability / 4)
                      })
                  } : [])
            }))
      }
    }
    let result = score(try study.evidence(seed: 5), simulatesPower: false)
    let rank = try #require(result.decision[.rank]?.outcome.value)
    #expect(rank.missing == 8 && rank.pValue > 0.5 && rank.pValueForPass < 0.02)
    #expect(result.verdict == .inconclusive)
  }

  @Test func `lists that a check refused are not read`() throws {
    let evidence = try Self.study(gain: 2).evidence(seed: 6)
    let tuned = try #require(evidence.tuned)
    let refused = Capabilities(
      claimed: [.chats, .showsTopTokens], verified: [.chats],
      items: [.init(.tokensListed, .notSeen, "they change with the temperature")], noiseNats: nil,
      repeats: 0, contextTokens: nil)
    let result = score(
      evidence.with(
        tuned: Answers(
          run: tuned.run, asked: tuned.asked, observations: tuned.observations,
          capabilities: refused)), simulatesPower: false)
    #expect(result.decision.access == .textOnly && result.decision[.rank]?.source == .replies)
    #expect(result.canaries.allSatisfy { $0.generated == nil })
  }
}
