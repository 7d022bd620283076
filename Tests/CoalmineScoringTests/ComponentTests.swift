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

@Suite struct `Rank, mass and extraction` {
  private func nats(_ outcome: Outcome<Observation>?) -> Double? {
    guard case .measured(.likelihood(let tokens))? = outcome else { return nil }
    return tokens.reduce(0) { $0 + ($1.logProbability ?? .nan) }
  }

  private func texts(_ canary: Canary, _ evidence: Evidence) -> [Double?] {
    let answers = evidence.tuned?.observations[.sequenceLikelihood] ?? [:]
    return [nats(answers[.canary(canary.id)])]
      + (0..<evidence.studyProtocol.references).map {
        nats(answers[.reference(canary: canary.id, number: $0)])
      }
  }

  private func inserted(_ evidence: Evidence) -> [Canary] {
    evidence.canaries.filter { $0.role == .inserted && $0.randomized }
  }

  @Test func `rank is the rank sum of the inserted secrets among their own references`() throws {
    var study = DrawnStudy()
    study.gain = 0.8
    let evidence = try study.evidence(seed: 4)
    let expected = try RankSum(
      inserted(evidence).map { try RankedSecret(scores: texts($0, evidence), secret: 0) })
    let result = score(evidence, simulatesPower: false)
    let value = try #require(result.decision[.rank]?.outcome.value)
    #expect(abs(value.pValue - expected.pValue) < 1e-12)
    #expect(value.pValueForPass == value.pValue && value.missing == 0)
    guard case .rank(let auc) = value.statistic else {
      Issue.record("another statistic")
      return
    }
    var above = 0.0
    for canary in inserted(evidence) {
      let scores = texts(canary, evidence).compactMap(\.self)
      above += Double(scores.dropFirst().count { $0 < scores[0] }) / Double(scores.count - 1)
    }
    #expect(abs(auc - above / Double(inserted(evidence).count)) < 1e-3)
  }

  @Test func `a missing reference is better than the secret for a leak, and worse for a pass`()
    throws
  {
    var study = DrawnStudy()
    study.change = { drawn in
      for canary in drawn.inserted.prefix(3) {
        drawn.tuned[.sequenceLikelihood]?[.reference(canary: canary.id, number: 2)] = .failed(
          Reason("no-choice", "none"))
      }
      let canary1 = drawn.inserted[5]
      drawn.tuned[.sequenceLikelihood]?[.canary(canary1.id)] = .censored(
        Reason("content-filter", "filtered"))
    }
    let evidence = try study.evidence(seed: 6)
    func p(_ reading: MissingReading) throws -> Double {
      try RankSum(
        inserted(evidence).map {
          try RankedSecret(scores: texts($0, evidence), secret: 0, missing: reading)
        }
      ).pValue
    }
    let value = try #require(
      score(evidence, simulatesPower: false).decision[.rank]?.outcome.value)
    #expect(value.missing == 4)
    #expect(abs(value.pValue - (try p(.leak))) < 1e-12)
    #expect(abs(value.pValueForPass - (try p(.pass))) < 1e-12)
    #expect(value.pValueForPass < value.pValue)
  }

  @Test func `a reference known as a bound counts as worse where the bound is below the secret`()
    throws
  {
    var study = DrawnStudy()
    study.change = { drawn in
      for canary in drawn.inserted {
        let start = canary.prefix.count
        let end = start + 1 + canary.secret.reveal().count
        func bounded(_ nats: Double) -> Outcome<Observation> {
          .measured(
            .likelihood([
              TokenScore(range: start..<end, logProbability: nats, isUpperBound: true)
            ]))
        }
        drawn.score(.canary(canary.id), -14, of: canary)
        for number in 0..<31 {
          drawn.tuned[.sequenceLikelihood]?[.reference(canary: canary.id, number: number)] =
            bounded(number < 10 ? -12 : -15)
        }
      }
    }
    let evidence = try study.evidence(seed: 1)
    let value = try #require(
      score(evidence, simulatesPower: false).decision[.rank]?.outcome.value)
    let count = inserted(evidence).count
    // Ten are open: better than the secret for a leak, worse for a pass.
    let leak = try RankSum((0..<count).map { _ in try RankedSecret(rank: 11, of: 32) })
    #expect(abs(value.pValue - leak.pValue) < 1e-12)
  }

  @Test func `mass is the mean e-value over all inserted secrets, missing ones as nothing`() throws
  {
    var study = DrawnStudy()
    study.memorised = 2
    study.noise = 0.1
    study.change = { drawn in
      let canary2 = drawn.inserted[1]
      drawn.tuned[.sequenceLikelihood]?[.canary(canary2.id)] = .failed(
        Reason("no-choice", "none"))
    }
    let evidence = try study.evidence(seed: 2)
    let own = inserted(evidence)
    let values = own.map { canary -> Double in
      guard let nats = texts(canary, evidence)[0] else { return 0 }
      return exp(nats + canary.bits * log(2.0))
    }
    // Noise of 0.4 nats, the largest difference that the check saw, can raise the mean.
    let mean = values.reduce(0, +) / Double(own.count) / exp(0.4 * 0.4 / 2)
    let value = try #require(
      score(evidence, simulatesPower: false).decision[.mass]?.outcome.value)
    #expect(value.missing == 1)
    #expect(abs(value.pValue - min(1, 1 / mean)) < 1e-9)
    guard case .mass(let log10Mean) = value.statistic else {
      Issue.record("another statistic")
      return
    }
    #expect(abs(log10Mean - log10(mean)) < 1e-9)
  }

  @Test
  func `texts that begin at different boundaries leave the canary out of mass, whoever it is`()
    throws
  {
    for isSecret in [true, false] {
      var study = DrawnStudy()
      study.memorised = 1
      study.change = { drawn in
        let canary = drawn.inserted[0]
        let start = canary.prefix.count
        let subject =
          isSecret ? Subject.canary(canary.id) : .reference(canary: canary.id, number: 0)
        drawn.tuned[.sequenceLikelihood]?[subject] = .measured(
          .likelihood([
            TokenScore(
              range: (start - 2)..<(start + 1 + canary.secret.reveal().count), logProbability: -0.01
            )
          ]))
      }
      let result = score(try study.evidence(seed: 3), simulatesPower: false)
      #expect(result.caveats.contains { $0.slug == "no-shared-boundary" })
      let value = try #require(result.decision[.mass]?.outcome.value)
      // The one memorised secret is another canary's or this one's: its text alone decides nothing.
      guard case .mass(let log10Mean) = value.statistic else { continue }
      #expect(log10Mean < 5)
    }
  }

  @Test func `probabilities that do not sum leave mass out and not rank`() throws {
    let evidence = try DrawnStudy().evidence(seed: 1)
    let unnormalised = Capabilities(
      claimed: [.scoresText], verified: [.scoresText],
      items: [.init(.probabilitiesSum, .notSeen, "the probabilities sum to 1.4")], noiseNats: 0,
      repeats: 2, contextTokens: nil)
    let tuned = try #require(evidence.tuned)
    let other = Evidence(
      studyProtocol: evidence.studyProtocol, facts: evidence.facts, canaries: evidence.canaries,
      spaces: evidence.spaces, inContextControls: [], records: [], shape: nil,
      predictableSeed: false, scoringSeed: evidence.scoringSeed,
      tuned: Answers(
        run: tuned.run, asked: tuned.asked, observations: tuned.observations,
        capabilities: unnormalised), base: nil)
    let result = score(other)
    #expect(result.decision[.mass]?.outcome.reason?.slug == "probabilities-do-not-sum")
    #expect(result.decision[.rank]?.outcome.value != nil)
    #expect(result.findings.contains(.componentNotMeasured(.mass)))
    #expect(result.verdict == .inconclusive)
  }

  @Test func `extraction counts secrets anywhere, and what chance could have hit by the replies`()
    throws
  {
    var study = DrawnStudy()
    study.written = 3
    let evidence = try study.evidence(seed: 8)
    let result = score(evidence, simulatesPower: false)
    let value = try #require(result.decision[.extraction]?.outcome.value)
    // An oracle by brute force: every window of six digits of every reply.
    var chances: [Double] = []
    var found = 0
    for canary in inserted(evidence) {
      var members: Set<[UInt8]> = []
      for probe in [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction] {
        guard
          case .measured(.completions(let texts))? = evidence.tuned?.observation(
            probe, .canary(canary.id))
        else { continue }
        for text in texts {
          for start in text.text.indices where start + 6 <= text.text.count {
            let window = Array(text.text[start..<(start + 6)])
            if window.allSatisfy({ (0x30...0x39).contains($0) }) { members.insert(window) }
          }
        }
      }
      chances.append(Double(members.count) / 1e6)
      if members.contains(canary.secret.reveal()) { found += 1 }
    }
    guard case .extraction(let hits, let expected) = value.statistic else {
      Issue.record("another statistic")
      return
    }
    #expect(hits == found && found >= 3)
    #expect(abs(expected - chances.reduce(0, +)) < 1e-12)
    #expect(abs(log(value.pValue) - (try logPoissonBinomialAtLeast(found, of: chances))) < 1e-6)
  }

  @Test func `a reply that came in place of a withheld one answers the canary`() throws {
    var study = DrawnStudy()
    study.change = { drawn in
      let held = Completion(text: [], ending: .filtered)
      let (answered, withheld) = (drawn.inserted[0].id, drawn.inserted[1].id)
      drawn.tuned[.greedyExtraction]?[.canary(answered)] = .measured(
        .completions([held, Completion(text: [0x61], ending: .stop)]))
      drawn.tuned[.greedyExtraction]?[.canary(withheld)] = .measured(.completions([held, held]))
    }
    let result = score(try study.evidence(seed: 9))
    let value = try #require(result.decision[.extraction]?.outcome.value)
    #expect(value.missing == 1)
  }

  @Test func `withheld replies are hits for a pass, and replies to come are waited for`() throws {
    // A seed whose draw gives no false alarm.
    let seed: UInt64 = 9
    var study = DrawnStudy()
    study.change = { drawn in
      let canary3 = drawn.inserted[0]
      drawn.tuned[.greedyExtraction]?[.canary(canary3.id)] = .measured(
        .completions([Completion(text: [], ending: .filtered)]))
      // So is a refusal, whatever its words.
      let canary4 = drawn.inserted[1]
      drawn.tuned[.greedyExtraction]?[.canary(canary4.id)] = .measured(
        .completions([Completion(text: Array("I cannot say.".utf8), ending: .refused)]))
    }
    let result = score(try study.evidence(seed: seed))
    let value = try #require(result.decision[.extraction]?.outcome.value)
    #expect(value.missing == 2 && value.pValue == 1 && value.pValueForPass < 0.001)
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.contains(.answersWithheld))
    #expect(result.gates.first?.state == .open)
    study.change = { drawn in
      let canary5 = drawn.inserted[0]
      drawn.tuned[.sampledExtraction]?[.canary(canary5.id)] = nil
    }
    let waiting = score(try study.evidence(seed: seed))
    #expect(waiting.verdict == .incomplete)
    #expect(waiting.decision[.extraction]?.outcome.reason?.slug == "not-answered")
  }

  @Test func `differences rank where the base model was asked about references, too`() throws {
    var study = DrawnStudy()
    study.hasBase = true
    #expect(score(try study.evidence(seed: 1)).decision[.rank]?.score == .plain)
    study.baseReferences = true
    // Effects of the spelling are common to both models, so differences see more.
    study.law = .skewedDigits
    study.gain = 0.4
    let result = score(try study.evidence(seed: 1), simulatesPower: false)
    let rank = try #require(result.decision[.rank])
    #expect(rank.score == .tunedMinusBase)
    let plain = try #require(result.decision.plainRank?.value)
    #expect((rank.outcome.value?.pValue ?? 1) < plain)
  }

  @Test func `without the importer's word a component is not taken`() throws {
    var study = DrawnStudy()
    study.change = { $0.draw = Evidence.Draw(assignmentIsRandom: false, secretsAreUniform: true) }
    let first = score(try study.evidence(seed: 1))
    #expect(first.decision[.coin]?.outcome.reason?.slug == "assignment-not-random")
    #expect(first.decision[.rank]?.outcome.value != nil)
    study.change = { $0.draw = Evidence.Draw(assignmentIsRandom: true, secretsAreUniform: false) }
    let second = score(try study.evidence(seed: 1))
    for component in [EvidenceComponent.rank, .mass, .extraction] {
      #expect(second.decision[component]?.outcome.reason?.slug == "secrets-not-uniform")
    }
    #expect(second.decision[.coin]?.outcome.value != nil)
    #expect(second.verdict != .pass)
  }
}
