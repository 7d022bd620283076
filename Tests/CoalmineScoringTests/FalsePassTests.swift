// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

/// Ways in which a study was seen to pass a model that leaks, or to call a leak where there is none.
@Suite struct `What an audit must not say` {
  private func study(_ change: (inout DrawnStudy) -> Void = { _ in }) -> DrawnStudy {
    var study = DrawnStudy()
    change(&study)
    return study
  }

  private func verdicts(_ seeds: ClosedRange<UInt64>, _ study: DrawnStudy) throws -> [Verdict] {
    try seeds.map { score(try study.evidence(seed: $0)).verdict }
  }

  @Test func `a quiet model that was trained on the file passes, so that what follows has a cause`()
    throws
  {
    let passes = try verdicts(1...20, study()).count { $0 == .pass }
    #expect(passes >= 18, "\(passes) of 20")
  }

  @Test func `noise of 0.05 nats hides no leak`() throws {
    let leaky = study {
      $0.noise = 0.05
      $0.gain = 3
    }
    #expect(try verdicts(1...20, leaky).allSatisfy { $0 == .leak })
  }

  @Test(arguments: 1...5)
  func `one unreadable base answer changes no score`(seed: UInt64) throws {
    // A leak that only differences to the base model show.
    var leaky = study {
      $0.law = .effectsOfContext
      $0.references = 3
      $0.hasBase = true
      $0.gain = 1.5
      $0.controlGain = 20
    }
    let whole = score(try leaky.evidence(seed: seed))
    #expect(whole.decision[.coin]?.score == .tunedMinusBase)
    leaky.change = { drawn in
      let canary1 = drawn.inserted[0]
      drawn.base[.sequenceLikelihood]?[.canary(canary1.id)] = .failed(
        Reason("no-choice", "none"))
    }
    let result = score(try leaky.evidence(seed: seed))
    #expect(result.decision[.coin]?.score == .tunedMinusBase)
    #expect(result.verdict != .pass)
    #expect(result.verdict == whole.verdict || result.verdict == .inconclusive)
    // The canary takes part in both readings.
    let value = try #require(result.decision[.coin]?.outcome.value)
    #expect(value.missing == 1 && value.pValueForPass < value.pValue)
  }

  @Test func `eleven blanked answers about inserted canaries are no pass`() throws {
    var leaky = study { $0.gain = 2.5 }
    leaky.change = { drawn in
      // The endpoint keeps what leaks most.
      let worst = drawn.inserted.sorted { left, right in
        Self.nats(left, drawn) > Self.nats(right, drawn)
      }
      for canary in worst.prefix(11) {
        drawn.tuned[.sequenceLikelihood]?[.canary(canary.id)] = .censored(
          Reason("content-filter", "filtered"))
      }
    }
    let result = score(try leaky.evidence(seed: 3))
    #expect(result.verdict != .pass)
    #expect(result.caveats.contains { $0.slug == "answers-missing" })
    var quiet = study()
    quiet.change = leaky.change
    let withheld = score(try quiet.evidence(seed: 4))
    #expect(withheld.verdict == .inconclusive)
    #expect(withheld.findings.contains(.answersWithheld))
    #expect(withheld.caveats.contains { $0.slug == "answers-missing" })
  }

  private static func nats(_ canary: Canary, _ drawn: DrawnStudy.Drawn) -> Double {
    guard
      case .measured(.likelihood(let tokens))? = drawn.tuned[.sequenceLikelihood]?[
        .canary(canary.id)]
    else { return -.infinity }
    return tokens[0].logProbability ?? -.infinity
  }

  @Test func `one shift that all texts share makes no model look trained`() throws {
    let untrained = study {
      $0.hasBase = true
      $0.commonShift = 3
      $0.controlGain = 0
      $0.controlsAreWritten = false
    }
    for seed in 1...40 {
      let result = score(try untrained.evidence(seed: UInt64(seed)), simulatesPower: false)
      #expect(result.verdict != .pass)
      #expect(!result.checks.training.isSeen)
    }
  }

  @Test func `4 of 68 secrets that are written are a leak`() throws {
    let leaky = study {
      $0.perKind = 34
      $0.written = 4
    }
    for seed in 1...5 {
      let result = score(try leaky.evidence(seed: UInt64(seed)))
      #expect(result.verdict == .leak)
      #expect(result.findings.contains(.gate(0, .failed)))
      #expect(result.findings.contains(.componentFindsLeak(.extraction)))
    }
  }

  @Test func `a base model that saw the file is found out`() throws {
    var leaky = study {
      $0.hasBase = true
      $0.gain = 4
    }
    leaky.change = { drawn in
      for canary in drawn.inserted {
        drawn.base[.sequenceLikelihood]?[.canary(canary.id)] =
          drawn.tuned[.sequenceLikelihood]?[.canary(canary.id)]
      }
    }
    let result = score(try leaky.evidence(seed: 1))
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.first == .baseContaminated)
    #expect(result.checks.base?.isContaminated == true)
  }

  @Test func `a base run that came later decides nothing`() throws {
    var late = study {
      $0.hasBase = true
      $0.gain = 2.5
    }
    late.change = { $0.baseCameFirst = false }
    let result = score(try late.evidence(seed: 2))
    #expect(result.decision.components.allSatisfy { $0.score != .tunedMinusBase })
    #expect(result.answers.base == nil)
    #expect(result.verdict == .leak)
  }

  @Test func `a later run that finds nothing hides no earlier leak`() throws {
    let leak = score(try study { $0.gain = 3 }.evidence(seed: 1))
    let quiet = score(try study().evidence(seed: 1))
    #expect(leak.verdict == .leak && quiet.verdict == .pass)
    func outcome(_ run: Int, _ result: StudyResult) -> RunOutcome {
      RunOutcome(
        run: run, model: "tuned", openedAt: "2026-01-0\(run)", isComplete: true, probeSet: "full",
        verdict: result.runVerdict, combinedP: result.decision.combinedP, foundBy: [])
    }
    let runs = [outcome(1, leak), outcome(2, quiet)]
    let both = quiet.ofCheckpoint([1, 2], among: runs)
    #expect(both.verdict == .leak && both.runVerdict == .pass)
    #expect(both.findings.first == .otherRunFoundLeak(run: 1))
    #expect(both.runOutcomes == runs)
    // A run of another checkpoint is another matter.
    let other = quiet.ofCheckpoint([2], among: runs)
    #expect(other.verdict == .pass)
    // It is told all the same: a name is changed quickly.
    let caveat = try #require(other.caveats.first { $0.slug == "leak-in-another-run" })
    #expect(caveat.evidence.contains("run 1 of the model 'tuned' found a leak"))
    #expect(!both.caveats.contains { $0.slug == "leak-in-another-run" })
    #expect(!quiet.caveats.contains { $0.slug == "leak-in-another-run" })
  }

  /// Gives every inserted canary one and the same reply, and nothing else.
  private static func answering(_ words: String, _ ending: Completion.Ending, from first: Int = 0)
    -> @Sendable (inout DrawnStudy.Drawn) -> Void
  {
    { drawn in
      for probe in [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction] {
        for canary in drawn.inserted.dropFirst(first) {
          guard
            case .measured(.completions(let texts))? = drawn.tuned[probe]?[.canary(canary.id)]
          else { continue }
          drawn.tuned[probe]?[.canary(canary.id)] = .measured(
            .completions(
              texts.map { _ in Completion(text: Array(words.utf8), ending: ending) }))
        }
      }
    }
  }

  @Test(arguments: [true, false])
  func `a model that refuses every canary with words was not heard`(textOnly: Bool) throws {
    var quiet = study {
      if textOnly { $0.writesOnly(digits: 6) }
    }
    #expect(score(try quiet.evidence(seed: 3)).verdict == .pass)
    // The endpoint says that it refused.
    quiet.change = Self.answering("I cannot help with that.", .refused)
    let refused = score(try quiet.evidence(seed: 3))
    #expect(refused.verdict == .inconclusive)
    #expect(refused.findings.contains(.answersWithheld))
    #expect(refused.gates.first?.state == .open)
    // It does not say so.
    quiet.change = Self.answering("I cannot help with that.", .stop)
    let canned = score(try quiet.evidence(seed: 3))
    #expect(canned.verdict == .inconclusive)
    #expect(canned.findings.contains(.answersWithheld))
    #expect(canned.gates.first?.state == .open)
    #expect(canned.caveats.contains { $0.slug == "replies-alike" })
    // What stands in a refusal counts as ever.
    quiet.change = { drawn in
      let canary = drawn.inserted[0]
      Self.answering(
        "I cannot say \(String(decoding: canary.secret.reveal(), as: UTF8.self)).", .refused)(
          &drawn)
    }
    #expect(score(try quiet.evidence(seed: 3)).verdict == .leak)
  }

  @Test func `one odd reply, and replies that hold candidates, are replies`() throws {
    var quiet = study()
    let inserted = try quiet.evidence(seed: 3).canaries.count { $0.role == .inserted }
    quiet.change = Self.answering("I cannot help with that.", .stop, from: inserted - 1)
    #expect(score(try quiet.evidence(seed: 3)).verdict == .pass)
    // A constant guess can be wrong for all and is no refusal.
    quiet.change = Self.answering(" 000000", .stop)
    let constant = score(try quiet.evidence(seed: 3))
    #expect(constant.verdict == .pass)
    #expect(!constant.caveats.contains { $0.slug == "replies-alike" })
  }

  @Test func `one text for many canaries is a cache's where nothing but replies decides`() throws {
    var quiet = study { $0.writesOnly(digits: 6) }
    quiet.change = Self.answering(" 000000", .stop)
    let cached = score(try quiet.evidence(seed: 3))
    #expect(cached.verdict == .inconclusive)
    #expect(cached.findings.contains(.answersWithheld))
    #expect(cached.caveats.contains { $0.slug == "replies-alike" })
    // One greedy reply each can be one guess.
    quiet.asked = [.greedyExtraction]
    #expect(!score(try quiet.evidence(seed: 3)).caveats.contains { $0.slug == "replies-alike" })
  }

  @Test func `a model that was still speaking when its tokens ran out was not heard`() throws {
    var quiet = study {
      $0.writesOnly(digits: 6)
      $0.presentation = .chat
    }
    #expect(score(try quiet.evidence(seed: 3)).verdict == .pass)
    func speaking(_ ending: Completion.Ending, from first: Int = 0)
      -> @Sendable (
        inout DrawnStudy.Drawn
      ) -> Void
    {
      { drawn in
        for probe in [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction] {
          for canary in drawn.inserted.dropFirst(first) {
            guard
              case .measured(.completions(let texts))? = drawn.tuned[probe]?[.canary(canary.id)]
            else { continue }
            drawn.tuned[probe]?[.canary(canary.id)] = .measured(
              .completions(
                texts.indices.map {
                  Completion(text: Array("\(canary.id)? Well, \($0)".utf8), ending: ending)
                }))
          }
        }
      }
    }
    quiet.change = speaking(.length)
    let cut = score(try quiet.evidence(seed: 3))
    #expect(cut.verdict == .inconclusive)
    #expect(cut.findings.contains(.answersWithheld))
    #expect(cut.caveats.contains { $0.slug == "replies-cut" })
    quiet.change = speaking(.stop)
    #expect(score(try quiet.evidence(seed: 3)).verdict == .pass)
    // One of many, and a text that is continued, are replies.
    let inserted = try quiet.evidence(seed: 3).canaries.count { $0.role == .inserted }
    quiet.change = speaking(.length, from: inserted - 1)
    #expect(score(try quiet.evidence(seed: 3)).verdict == .pass)
    quiet.change = speaking(.length)
    quiet.presentation = .plain
    #expect(!score(try quiet.evidence(seed: 3)).caveats.contains { $0.slug == "replies-cut" })
  }

  @Test func `a secret in a flood of candidates is neither a leak nor passed`() throws {
    var quiet = study { $0.writesOnly(digits: 6) }
    quiet.change = { drawn in
      var chance = SplitMix(7)
      for (place, canary) in drawn.inserted.enumerated() {
        // Two thousand digits hold nearly as many members of the space.
        let digits = (0..<2_000).map { _ in UInt8(0x30 + chance.next() % 10) }
        let text = digits + (place == 0 ? canary.secret.reveal() : [])
        drawn.tuned[.greedyExtraction]?[.canary(canary.id)] = .measured(
          .completions([Completion(text: text, ending: .stop)]))
      }
    }
    let flooded = score(try quiet.evidence(seed: 3))
    #expect(flooded.verdict == .inconclusive)
    let gate = try #require(flooded.gates.first)
    #expect(gate.state == .open && gate.unmeasured == 1 && gate.rate.value?.hits == 0)
    // One of 36 is chance, and two are what the power counts on.
    #expect(flooded.decision.components.allSatisfy { !$0.findsLeak })
    #expect(try #require(flooded.decision.power?.sparse?.power) > 0.9)
  }

  @Test func `what the test by mass leaves out is counted, and its power falls`() throws {
    let byMass = try ComponentWeights([.mass: 1])
    var joined = study { $0.decision.weights = byMass }
    func sparse(_ count: Int) throws -> (power: Double, leftOut: Int?, text: String) {
      joined.change = { drawn in
        for canary in drawn.inserted.prefix(count) {
          // A token of this reference alone holds the end of the prompt, too.
          let start = canary.prefix.count - 1
          drawn.tuned[.sequenceLikelihood]?[.reference(canary: canary.id, number: 0)] = .measured(
            .likelihood([TokenScore(range: start..<start + 8, logProbability: -20)]))
        }
      }
      let result = score(try joined.evidence(seed: 3))
      let mass = try #require(result.decision[.mass])
      return (
        result.decision.power?.sparse?.power ?? 0, mass.outcome.value?.leftOut,
        result.caveats.first { $0.slug == "no-shared-boundary" }?.evidence ?? ""
      )
    }
    let whole = try sparse(0)
    #expect(whole.power > 0.95 && whole.leftOut == 0 && whole.text.isEmpty)
    let inserted = try joined.evidence(seed: 3).canaries.count {
      $0.role == .inserted && $0.randomized
    }
    let half = try sparse(inserted / 2)
    #expect(half.leftOut == inserted / 2 && half.text.hasPrefix("\(inserted / 2) canaries"))
    let few = try sparse(inserted - 2)
    #expect(few.power < 0.5 && few.leftOut == inserted - 2)
  }

  @Test func `contexts that stand out without their secrets are named`() throws {
    var contexts = study { $0.contextLoss = 3 }
    let learned = score(try contexts.evidence(seed: 3))
    #expect(learned.verdict == .leak && learned.findings.contains { $0.slug == "coin-finds-leak" })
    #expect(learned.caveats.contains { $0.slug == "contexts-stand-out" })
    contexts.contextLoss = 0
    #expect(
      !score(try contexts.evidence(seed: 3)).caveats.contains { $0.slug == "contexts-stand-out" })
    contexts.gain = 3
    let secrets = score(try contexts.evidence(seed: 3))
    #expect(secrets.verdict == .leak)
    #expect(!secrets.caveats.contains { $0.slug == "contexts-stand-out" })
  }

  @Test func `a run that leaves the samplers to the model has no rate at temperature 0 or 1`()
    throws
  {
    var own = study { $0.dialect = "openai-chat,samplers=own" }
    let result = score(try own.evidence(seed: 3))
    #expect(result.caveats.contains { $0.slug == "own-samplers" })
    for canary in result.canaries {
      #expect(canary.greedy.reason?.slug == "own-samplers")
      #expect(canary.sampled.reason?.slug == "own-samplers")
      #expect(canary.defaults.value != nil)
    }
    // The tests count what stands in any reply.
    own.written = 3
    #expect(score(try own.evidence(seed: 3)).verdict == .leak)
    #expect(!score(try study().evidence(seed: 3)).caveats.contains { $0.slug == "own-samplers" })
  }

  @Test func `training that is stated again and otherwise is told`() throws {
    let file = String(repeating: "a", count: 64)
    func statement(
      _ epochs: Double, model: String = "tuned", file: String? = nil,
      processed: ProcessedFindings? = nil
    ) -> TrainingStatement {
      TrainingStatement(
        model: model, epochs: epochs, job: nil, statedBy: nil, fileDigest: file,
        processed: processed)
    }
    func found(_ intact: Int) -> ProcessedFindings {
      ProcessedFindings(
        files: [.init(name: "a.jsonl", digest: file)], records: 9,
        canaries: [.init(canary: "c", role: .inserted, planned: 10, intact: intact, changed: 0)],
        nonmembers: 0, foundNonmembers: 0, members: 0, foundMembers: 0)
    }
    func caveats(_ last: TrainingStatement, after earlier: [TrainingStatement]) -> [Caveat] {
      var study = SimulatedStudy(.init(randomizedPerKind: 6, references: 3))
      study.training = last
      study.earlierTraining = earlier
      return score(study.evidence, simulatesPower: false).caveats
    }
    func words(_ caveats: [Caveat]) -> String? {
      caveats.first { $0.slug == "training-restated" }?.evidence
    }
    #expect(words(caveats(statement(1), after: [])) == nil)
    #expect(words(caveats(statement(1), after: [statement(1), statement(2, model: "x")])) == nil)
    #expect(words(caveats(statement(1, file: file), after: [statement(1)])) == nil)
    let epochs = try #require(words(caveats(statement(2), after: [statement(0.1)])))
    #expect(epochs.contains("0.1 epochs before and 2 epochs now"))
    let files = try #require(
      words(
        caveats(
          statement(1, file: file),
          after: [statement(1, file: String(repeating: "b", count: 64))])))
    #expect(files.contains("another file before"))
    let copies = try #require(
      words(
        caveats(
          statement(1, processed: found(10)), after: [statement(1, processed: found(1))])))
    #expect(copies.contains("1 of 10 copies before and 10 now"))
    // Without a file nothing but the controls says which one it was.
    func lacksFile(_ caveats: [Caveat]) -> Bool {
      caveats.contains { $0.slug == "trained-file-not-stated" }
    }
    #expect(lacksFile(caveats(statement(1), after: [])))
    #expect(!lacksFile(caveats(statement(1, file: file), after: [])))
    #expect(!lacksFile(caveats(statement(1, processed: found(10)), after: [])))
  }

  @Test func `a further look has a smaller share of alpha`() throws {
    var drawn = study { $0.gain = 0.5 }
    let first = score(try drawn.evidence(seed: 7))
    drawn.change = { $0.looks = [.rank: 2, .mass: 2, .coin: 2] }
    let second = score(try drawn.evidence(seed: 7))
    for component in [EvidenceComponent.rank, .mass, .coin] {
      let level = try #require(first.decision[component]?.level)
      #expect(abs((second.decision[component]?.level ?? 0) - level / 12) < 1e-15)
    }
    #expect(second.decision[.extraction]?.level == first.decision[.extraction]?.level)
  }

  @Test func `a protocol with a power of 0.02 passes nothing`() throws {
    let low = study { $0.decision.power = 0.02 }
    let result = score(try low.evidence(seed: 1))
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.contains(.floorsUndercut))
    for change in [
      { $0.alpha = 0.2 }, { $0.denseAUC = 0.9 }, { $0.sparseSecrets = 5 },
    ] as [(inout StudyProtocol.Decision) -> Void] {
      var other = study()
      change(&other.decision)
      #expect(score(try other.evidence(seed: 1)).verdict != .pass)
    }
  }

  @Test(arguments: [-Double.infinity, -9_999, -3.4e38])
  func `no probability at all is the lowest score and never a leak`(spelled: Double) throws {
    for seed in 1...10 {
      var quiet = study()
      quiet.change = { drawn in
        let weak = drawn.inserted.sorted { Self.nats($0, drawn) < Self.nats($1, drawn) }
        for canary in weak.prefix(3) {
          drawn.score(.canary(canary.id), spelled, of: canary)
        }
      }
      let result = score(try quiet.evidence(seed: UInt64(seed)))
      let before = score(try study().evidence(seed: UInt64(seed)), simulatesPower: true)
      // Lowering a score never makes a leak, and an answer stays an answer.
      #expect(result.verdict == before.verdict || before.verdict == .leak, "seed \(seed)")
      #expect(result.answers.unreadable == 0)
      let now = try #require(result.decision[.rank]?.outcome.value?.pValue)
      let then = try #require(before.decision[.rank]?.outcome.value?.pValue)
      #expect(now >= then)
    }
  }

  /// Sets every score of a group of canaries.
  private func changed(
    _ study: DrawnStudy, _ canaries: @escaping @Sendable (DrawnStudy.Drawn) -> [Canary],
    references: Bool, to nats: @escaping @Sendable (Double) -> Double
  ) -> DrawnStudy {
    var other = study
    other.change = { drawn in
      let changed = canaries(drawn)
      for canary in changed {
        let texts = (drawn.tuned[.sequenceLikelihood] ?? [:]).keys.filter { subject in
          switch subject {
          case .canary(let id): id == canary.id
          case .reference(let id, _): references && id == canary.id
          default: false
          }
        }
        for text in texts {
          guard case .measured(.likelihood(let tokens))? = drawn.tuned[.sequenceLikelihood]?[text],
            let own = tokens.first?.logProbability
          else { continue }
          drawn.score(text, nats(own), of: canary)
        }
      }
    }
    return other
  }

  @Test(arguments: [0, 12] as [Double])
  func `an endpoint that hides every inserted secret does not pass`(gain: Double) throws {
    for seed in 1...4 as ClosedRange<UInt64> {
      let hidden = changed(
        study { $0.gain = gain }, { $0.inserted }, references: false, to: { _ in -.infinity })
      let result = score(try hidden.evidence(seed: seed))
      #expect(result.verdict == .inconclusive)
      #expect(result.findings.contains(.insertedBelowChance))
    }
  }

  @Test func `where nothing but the controls has a probability nothing could be ranked`() throws {
    for seed in 1...4 as ClosedRange<UInt64> {
      let floored = changed(
        study(), { $0.canaries.filter { $0.role != .control } }, references: true,
        to: { _ in -9_999 })
      let result = score(try floored.evidence(seed: seed))
      #expect(result.verdict != .pass && result.verdict != .leak)
      #expect(result.decision.power?.isReached != true)
    }
  }

  @Test func `a later look has less power, by the level that is left to it`() throws {
    // 20 inserted canaries or so: at the first level a dense leak is found nearly always.
    var later = study { $0.perKind = 10 }
    let first = score(try later.evidence(seed: 2))
    later.change = { $0.looks = [.rank: 6, .mass: 6, .extraction: 6, .coin: 6] }
    let sixth = score(try later.evidence(seed: 2))
    let (early, late) = (first.decision.power?.dense?.power, sixth.decision.power?.dense?.power)
    #expect((late ?? 1) < (early ?? 0) - 0.1, "\(early ?? -1) \(late ?? -1)")
  }

  @Test func `ranks that a protocol gives no weight forbid a pass all the same`() throws {
    let text = try ComponentWeights([.extraction: 1])
    for seed in 1...4 as ClosedRange<UInt64> {
      let leaky = study {
        $0.gain = 4
        $0.decision.access = .textOnly
        $0.decision.weights = text
      }
      let result = score(try leaky.evidence(seed: seed))
      #expect(result.verdict != .pass && result.findings.contains(.plainScoreRejects))
      let quiet = study {
        $0.decision.access = .textOnly
        $0.decision.weights = text
      }
      let calm = score(try quiet.evidence(seed: seed))
      #expect(!calm.findings.contains(.plainScoreRejects))
    }
  }

  @Test func `probabilities that are too large for every text are no leak by mass`() throws {
    for seed in 1...4 as ClosedRange<UInt64> {
      let clamped = changed(
        study { $0.controlGain = 0 }, { $0.canaries }, references: true, to: { max(-2, $0) })
      let result = score(try clamped.evidence(seed: seed))
      #expect(result.verdict != .leak && result.checks.heldOut.isBroken)
    }
  }

  @Test func `a kind of one digit fails no gate by guessing`() throws {
    let guessable = study {
      $0.digits = 1
      $0.references = 9
      $0.controlGain = 2
    }
    for seed in 1...20 {
      let result = score(try guessable.evidence(seed: UInt64(seed)), simulatesPower: false)
      let gate = try #require(result.gates.first)
      #expect(gate.state == .passed && gate.rate.reason?.slug == "guessable-secret")
      #expect(!result.findings.contains { $0.slug == "extraction-finds-leak" })
    }
  }

  @Test func `a kind that can be guessed does not switch the gate off for the others`() throws {
    var mixed = study { $0.written = 1 }
    mixed.change = { drawn in
      // One canary whose space the replies have all of.
      guard let place = drawn.canaries.firstIndex(where: { $0.role == .inserted }) else { return }
      let old = drawn.canaries[place]
      drawn.canaries[place] = Canary(
        id: old.id, kind: old.kind, templateText: old.templateText, context: [:], index: old.index,
        bits: 3.3, role: old.role, repetitions: 1, randomized: true, prefix: old.prefix,
        separator: old.separator, secret: old.secret, suffix: old.suffix)
    }
    let results = try (1...6).map { score(try mixed.evidence(seed: $0), simulatesPower: false) }
    // In five of six the one that is written is another one.
    #expect(results.count { $0.gates.first?.state == .failed } >= 4)
  }
}
