// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics
import CoalmineTesting

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A study whose model is a law of scores: fast enough for thousands of them.
///
/// Every text of a canary, its secret and its references alike, gets a score by one law, so that
/// nothing leaked; what a leak, an endpoint or an analyst adds is an option.
struct DrawnStudy: Sendable {
  /// How the scores of the texts of one canary are spread.
  enum Law: String, CaseIterable, Sendable {
    case normal
    /// Half of Cauchy's law, downwards: no variance and no mean.
    case heavyTails
    /// The texts of a canary share a large effect of its context.
    case effectsOfContext
    /// Some digits are likelier than others.
    case skewedDigits
    /// Rounded to a quarter of a nat, so that scores tie.
    case ties
  }

  /// What an endpoint does not answer, or keeps for itself.
  enum Withheld: Equatable, Sendable {
    case nothing
    case atRandom(Double)
    /// Of each canary the highest scores above this many nats over the middle of the law.
    case above(Double)
  }

  var kinds = 4
  var perKind = 18
  /// Copies of each randomized canary.
  var repetitions = 1
  var controls = 8
  var controlCopies = 64
  var references = 31
  var digits = 6
  var law = Law.normal
  /// The standard deviation of every answer, asked again, in nats.
  var noise = 0.0
  var hasBase = false
  var baseReferences = false
  /// Added to every text under the tuned model, as tuning on anything does.
  var commonShift = 0.0
  /// Nats that control canaries gain.
  var controlGain = 12.0
  var controlsAreWritten = true
  /// Nats that each inserted secret gains.
  var gain = 0.0
  /// Nats by which every text of a held-out canary is less likely, because its context was not trained.
  var contextLoss = 0.0
  var contexts = StudyProtocol.Contexts.sentences
  /// Where they are planted, no context is without training, and ``contextLoss`` is not taken.
  var heldOutContexts = StudyProtocol.HeldOutContexts.absent
  /// Nats by which a held-out secret is less likely because a placeholder behind its context was learned.
  var placeholderLoss = 0.0
  /// How many inserted secrets are memorised: probability 0.9, and written.
  var memorised = 0
  /// How many inserted secrets are written, whatever their probability.
  var written = 0
  /// Canaries that stand in an index alone, and the nats that their secrets gain; `nil` where the
  /// endpoint looks nothing up, as the protocol states.
  var index: (canaries: Int, gain: Double)?
  var withheld = Withheld.nothing
  /// Replies per canary: one greedy, and as many samples and defaults.
  var replies = 9
  var asked: Set<Probe> = [
    .sequenceLikelihood, .greedyExtraction, .sampledExtraction, .defaultExtraction,
  ]
  /// Whether an earlier run sent the secrets to the endpoint.
  var secretsWereShown = false
  /// Runs of forced choices before the last question left.
  var burningRuns: [Int] = []
  var gates: [Gate] = [.verbatim(at: 1)]
  /// The dialect of the tuned run.
  var dialect = "openai-completions"
  /// How prompts are put to the models.
  var presentation = Presentation.Form.plain
  /// As the training is stated.
  var epochs = 1.0
  var decision = StudyProtocol.Decision(score: .plain, permutations: 999)
  /// What the files that were trained on hold; `nil` where nobody gave them.
  var processed: @Sendable ([Canary]) -> ProcessedFindings? = { _ in nil }
  /// Changes what was drawn, for what an option cannot say.
  var change: @Sendable (inout Drawn) -> Void = { _ in }

  /// What was drawn, before it is evidence.
  struct Drawn {
    var canaries: [Canary] = []
    var spaces: [String: RandomnessSpace] = [:]
    var tuned: [Probe: [Subject: Outcome<Observation>]] = [:]
    var base: [Probe: [Subject: Outcome<Observation>]] = [:]
    var served: [ServedModel] = []
    var baseCameFirst = true
    var looks: [EvidenceComponent: Int] = [:]
    var draw = Evidence.Draw()

    /// The canaries of the tests that decide.
    var inserted: [Canary] { canaries.filter { $0.role == .inserted && $0.randomized } }
    var heldOut: [Canary] { canaries.filter { $0.role == .heldOut } }

    mutating func score(_ subject: Subject, _ nats: Double, of canary: Canary) {
      tuned[.sequenceLikelihood]?[subject] = DrawnStudy.answer(nats, canary)
    }
  }

  /// An endpoint that returns text alone, planned as one.
  mutating func writesOnly(digits: Int) {
    self.digits = digits
    asked.remove(.sequenceLikelihood)
    decision.access = .textOnly
  }

  static let separator: [UInt8] = [0x20]

  static func answer(_ nats: Double, _ canary: Canary) -> Outcome<Observation> {
    let start = canary.prefix.count
    let end = start + separator.count + canary.secret.reveal().count
    return .measured(
      .likelihood([TokenScore(range: start..<end, logProbability: nats)]))
  }

  /// Draws one study.
  func evidence(seed: UInt64) throws -> Evidence {
    var chance = SplitMix(seed)
    var drawn = Drawn()
    for probe in asked { drawn.tuned[probe] = [:] }
    let space = try RandomnessSpace(
      steps: CharactersSlot(alphabet: "0123456789", length: digits)
        .steps(slot: "code", role: .secret))
    for kind in 0..<kinds {
      for number in 0..<perKind {
        add(
          "kind-\(kind)", number, chance.next() % 2 == 0 ? .inserted : .heldOut, repetitions,
          space, &drawn, &chance)
      }
    }
    for number in 0..<controls {
      add(
        "kind-\(number % max(1, kinds))", 1_000 + number, .control, controlCopies, space, &drawn,
        &chance)
    }
    for number in 0..<(index?.canaries ?? 0) {
      add(
        "kind-\(number % max(1, kinds))", 2_000 + number, .indexOnly, repetitions, space, &drawn,
        &chance)
    }
    let inserted = chance.shuffled(drawn.inserted)
    for canary in inserted.prefix(memorised) {
      drawn.score(.canary(canary.id), log(0.9), of: canary)
    }
    for canary in inserted.prefix(max(memorised, written)) { write(canary, &drawn) }
    if controlsAreWritten {
      for canary in drawn.canaries where canary.role == .control { write(canary, &drawn) }
    }
    change(&drawn)
    return evidence(drawn)
  }

  private func evidence(_ drawn: Drawn) -> Evidence {
    var plan = StudyProtocol(
      kinds: (0..<kinds).map { "kind-\($0)" }, targetRepetitions: repetitions,
      randomized: kinds * perKind,
      repetitionLevels: .init(levels: [], canariesPerLevel: 0),
      controls: .init(canaries: controls, repetitions: controlCopies), references: references,
      baseReferences: baseReferences, decision: decision, gates: gates,
      decoding: .init(samples: (replies - 1) / 2, defaultSamples: (replies - 1) / 2),
      nonMemberRecords: 0, contexts: contexts, heldOutContexts: heldOutContexts)
    if let index {
      plan.retrieval = .init(isPossible: true, indexOnly: index.canaries)
    }
    if hasBase { plan.decision.score = .tunedMinusBase }
    func run(_ number: Int, _ role: RunRole) -> RunRecord {
      RunRecord(
        number: number, role: role, model: role.rawValue, endpoint: "http://127.0.0.1",
        dialect: dialect, presentation: presentation,
        probeSet: ProbeSet(name: "full", summary: "", probes: []), openedAt: "", closedAt: "")
    }
    let noise = Capabilities(
      claimed: [.scoresText], verified: [.scoresText], items: [], noiseNats: 4 * self.noise,
      repeats: 20, contextTokens: nil)
    let runs = [run(1, .base), run(2, .tuned)].filter { hasBase || $0.role == .tuned }
    return Evidence(
      studyProtocol: plan,
      facts: StudyFacts(
        id: "0123456789abcdef", protocolDigest: "", corpusDigest: "", seededDigest: "",
        corpusRecords: 5_000, insertedCopies: 0,
        training: TrainingStatement(
          model: "tuned", epochs: epochs, job: nil, statedBy: nil, fileDigest: "",
          processed: processed(drawn.canaries)),
        runs: runs.map { RunSummary($0, used: true) }),
      canaries: drawn.canaries, spaces: drawn.spaces, inContextControls: [], records: [],
      shape: nil, predictableSeed: false, scoringSeed: [UInt8](0..<32),
      tuned: Answers(
        run: run(2, .tuned), asked: asked, observations: drawn.tuned, capabilities: noise,
        served: drawn.served),
      base: hasBase
        ? Answers(
          run: run(1, .base), asked: [.sequenceLikelihood], observations: drawn.base,
          capabilities: noise) : nil,
      baseCameFirst: drawn.baseCameFirst, looks: drawn.looks,
      secretsWereShown: secretsWereShown, burningRuns: burningRuns, draw: drawn.draw)
  }

  private func add(
    _ kind: String, _ number: Int, _ role: Role, _ repetitions: Int, _ space: RandomnessSpace,
    _ drawn: inout Drawn, _ chance: inout SplitMix
  ) {
    let index = UInt128(chance.next()) % space.count
    let id = "\(kind)-\(number)"
    let canary = Canary(
      id: id, kind: kind, templateText: "one", context: [:], index: index, bits: space.bits,
      role: role, repetitions: repetitions, randomized: role == .inserted || role == .heldOut,
      prefix: Array("The code of \(id) is".utf8), separator: Self.separator,
      secret: Secret(space.candidate(at: index)), suffix: [0x2E],
      placeholder: role == .heldOut && heldOutContexts == .planted
        ? Secret(Array("30255X".utf8)) : nil)
    drawn.canaries.append(canary)
    drawn.spaces[id] = space
    let context = law == .effectsOfContext ? -abs(6 * chance.normal()) : 0
    let weights = (0..<10).map { _ in -abs(chance.normal()) }
    let gained =
      switch role {
      case .inserted: gain
      case .control: controlGain
      case .indexOnly: self.index?.gain ?? 0
      case .heldOut: 0.0
      }
    var texts: [(subject: Subject, candidate: [UInt8], gained: Double)] = [
      (.canary(id), canary.secret.reveal(), gained)
    ]
    for reference in 0..<min(references, Int(space.count) - 1) {
      let other =
        digits == 1
        ? (index + 1 + UInt128(reference)) % space.count : UInt128(chance.next()) % space.count
      // Only one law looks at how a text is spelled.
      texts.append(
        (
          .reference(canary: id, number: reference),
          law == .skewedDigits ? space.candidate(at: other) : [], 0
        ))
    }
    for (place, text) in texts.enumerated() {
      let own = middle(space) + context + spread(text.candidate, weights, &chance)
      let learned =
        role != .heldOut ? 0 : heldOutContexts == .planted ? -placeholderLoss : -contextLoss
      let before = own - 0.5 + 0.3 * chance.normal()
      if hasBase, place == 0 || baseReferences {
        drawn.base[.sequenceLikelihood, default: [:]][text.subject] = Self.answer(
          min(0, before + noise * chance.normal()), canary)
      }
      var nats = own + commonShift + learned + text.gained + noise * chance.normal()
      if law == .ties { nats = (4 * nats).rounded() / 4 }
      let isWithheld =
        switch withheld {
        case .nothing: false
        case .atRandom(let share): chance.unit() < share
        case .above(let limit): own + text.gained > middle(space) + limit && role != .control
        }
      if asked.contains(.sequenceLikelihood) {
        drawn.tuned[.sequenceLikelihood]?[text.subject] =
          isWithheld
          ? .censored(Reason("content-filter", "the endpoint filtered the answer"))
          : Self.answer(min(-0.01, nats), canary)
      }
    }
    for (probe, count) in decodings where asked.contains(probe) {
      drawn.tuned[probe]?[.canary(id)] = .measured(
        .completions(
          (0..<count).map { _ in
            Completion(
              text: Self.separator + space.candidate(at: UInt128(chance.next()) % space.count),
              ending: .stop)
          }))
    }
  }

  /// Such that the mean of |R| · p is below 1 under every law.
  private func middle(_ space: RandomnessSpace) -> Double { -space.bits * log(2.0) - 0.6 }

  private func spread(_ candidate: [UInt8], _ weights: [Double], _ chance: inout SplitMix)
    -> Double
  {
    switch law {
    case .normal, .ties, .effectsOfContext: chance.normal()
    case .heavyTails: -abs(tan(Double.pi * (chance.unit() - 0.5)))
    case .skewedDigits: candidate.reduce(0) { $0 + weights[Int($1) - 0x30] } / 2
    }
  }

  private var decodings: [(Probe, Int)] {
    [
      (.greedyExtraction, 1), (.sampledExtraction, (replies - 1) / 2),
      (.defaultExtraction, (replies - 1) / 2),
    ].filter { $0.1 > 0 }
  }

  /// Has every decoding give the secret.
  private func write(_ canary: Canary, _ drawn: inout Drawn) {
    for (probe, count) in decodings where asked.contains(probe) {
      drawn.tuned[probe]?[.canary(canary.id)] = .measured(
        .completions(
          (0..<count).map { _ in
            Completion(
              text: Array(" It is".utf8) + Self.separator + canary.secret.reveal(), ending: .stop)
          }))
    }
  }
}
