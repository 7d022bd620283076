// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics
import CoalmineTesting

/// A study of a model whose memorisation is known, because it is written here.
///
/// The log-probability of a secret is the model's guess at a uniform candidate, an offset of the
/// template text, noise of the spelling, and a gain that depends on the repetition level alone.
/// Everything a test wants to break is a variable.
struct SimulatedStudy {
  struct Plan {
    var kinds = ["access-code", "hex-token"]
    var randomizedPerKind = 30
    var repetitionLevels: [Int] = []
    var perLevel = 0
    var controls = 8
    var references = 31
    var records = 0
    var hasBase = true
    /// Nats that one repetition level adds to the secret's log-probability, held-out ones being
    /// repetition level 0.
    var gain: (Int) -> Double = { _ in 0 }
    /// Nats that training adds to member records, per token.
    var recordGain = 0.0
    /// The probability that a continuation gives the secret, by repetition level.
    var extraction: (Int) -> Double = { _ in 0 }
    /// Whether control canaries gain, as where the file was trained on.
    var trained = true
    /// Whether the model reads what the prompt gives it.
    var reads = true
    var gates: [Gate] = [.verbatim(at: 1)]
    var permutations = 499
    var score = StudyProtocol.Decision.Score.tunedMinusBase
    var edition = StudyProtocol.Edition.second
    /// The probe set `full`.
    var asked = Set(Probe.allCases).subtracting([
      .recordLowercase, .recordAfterNonmembers, .forcedChoice,
    ])
    var samples = 4
  }

  var studyProtocol: StudyProtocol
  var canaries: [Canary] = []
  var inContextControls: [InContextControl] = []
  var records: [CorpusRecord] = []
  var tuned: [Probe: [Subject: Outcome<Observation>]] = [:]
  var base: [Probe: [Subject: Outcome<Observation>]] = [:]
  var asked: Set<Probe>
  var hasBase: Bool
  var training: TrainingStatement? = TrainingStatement(
    model: "tuned-model", epochs: 1, job: nil, statedBy: nil, fileDigest: "")
  var earlierTraining: [TrainingStatement] = []
  var shape = RecordShape.text(field: "text")
  var predictableSeed = false
  var scoringSeed = [UInt8](0..<32)
  var dialect = "openai-completions"
  var presentation = Presentation.Form.plain
  /// What replies of tuned runs say that they come from.
  var served: [ServedModel] = []
  var tunedRuns = 1

  init(_ plan: Plan = Plan(), seed: UInt64 = 1) {
    var chance = SplitMix(seed)
    studyProtocol = StudyProtocol(
      edition: plan.edition, kinds: plan.kinds, targetRepetitions: 1,
      randomized: plan.randomizedPerKind * plan.kinds.count,
      repetitionLevels: .init(levels: plan.repetitionLevels, canariesPerLevel: plan.perLevel),
      controls: .init(canaries: plan.controls, repetitions: 64), references: plan.references,
      decision: .init(
        score: plan.score, weights: Self.weights(plan.edition), permutations: plan.permutations),
      gates: plan.gates, decoding: .init(samples: plan.samples, defaultSamples: plan.samples),
      nonMemberRecords: plan.records)
    asked = plan.asked
    hasBase = plan.hasBase
    for (position, kind) in plan.kinds.enumerated() {
      for _ in 0..<plan.randomizedPerKind {
        let role: Role = chance.next() % 2 == 0 ? .inserted : .heldOut
        add(kind, role, repetitions: 1, randomized: true, plan, &chance)
      }
      for repetitions in plan.repetitionLevels {
        for _ in 0..<plan.perLevel {
          add(kind, .inserted, repetitions: repetitions, randomized: false, plan, &chance)
        }
      }
      for number in 0..<plan.controls where number % plan.kinds.count == position {
        add(kind, .control, repetitions: 64, randomized: false, plan, &chance)
      }
    }
    for number in 0..<8 { addInContextControl(number, plan, &chance) }
    for number in 0..<(2 * plan.records) { addRecord(number, plan, &chance) }
  }

  /// The evidence as it stands.
  var evidence: Evidence {
    let probeSet = ProbeSet(name: "full", summary: "", probes: [])
    func run(_ number: Int, _ role: RunRole) -> RunRecord {
      RunRecord(
        number: number, role: role, model: "\(role.rawValue)-model", endpoint: "http://127.0.0.1",
        dialect: dialect, presentation: presentation, probeSet: probeSet, openedAt: "",
        closedAt: "")
    }
    var runs = (0..<tunedRuns).map { run($0 + 1, .tuned) }
    if hasBase { runs.append(run(tunedRuns + 1, .base)) }
    return Evidence(
      studyProtocol: studyProtocol,
      facts: StudyFacts(
        id: "0123456789abcdef", protocolDigest: "", corpusDigest: "", seededDigest: "",
        corpusRecords: 100_000, insertedCopies: canaries.reduce(0) { $0 + $1.copies },
        training: training, earlierTraining: earlierTraining,
        runs: runs.map { RunSummary($0, used: true) }),
      canaries: canaries, inContextControls: inContextControls, records: records, shape: shape,
      predictableSeed: predictableSeed, scoringSeed: scoringSeed,
      tuned: Answers(
        run: run(tunedRuns, .tuned), asked: asked, observations: tuned, served: served),
      base: hasBase
        ? Answers(run: run(tunedRuns + 1, .base), asked: asked, observations: base) : nil)
  }
}

extension SimulatedStudy {
  /// The coin alone decided in the first edition.
  private static func weights(_ edition: StudyProtocol.Edition) -> ComponentWeights {
    guard edition == .first, let coin = try? ComponentWeights([.coin: 1]) else { return .standard }
    return coin
  }

  static let separator: [UInt8] = [0x20]

  private mutating func add(
    _ kind: String, _ role: Role, repetitions: Int, randomized: Bool, _ plan: Plan,
    _ chance: inout SplitMix
  ) {
    let isLong = kind == "hex-token"
    let number = canaries.count { $0.kind == kind } + 1
    let digits = String(number)
    let id = "\(kind)-" + String(repeating: "0", count: 3 - digits.count) + digits
    let secret = Self.secret(isLong, &chance)
    let canary = Canary(
      id: id, kind: kind, templateText: "one", context: [:], index: 0,
      bits: isLong ? 64 : 19.931568569324174, role: role, repetitions: repetitions,
      randomized: randomized,
      prefix: Array("The \(kind) of person \(number) is".utf8), separator: Self.separator,
      secret: Secret(secret), suffix: [0x2E])
    canaries.append(canary)

    let guess = -canary.bits * 0.6931471805599453 + 2 * chance.normal()
    let gained = role == .control && !plan.trained ? 0 : plan.gain(canary.copies)
    let spelling = 1.5 * chance.normal()
    answerSecret(canary, guess + spelling + gained, &chance)
    for reference in 0..<plan.references {
      let nats = min(-0.01, guess + 1.5 * chance.normal())
      let length = canary.prefix.count + 1 + secret.count
      tuned[.sequenceLikelihood, default: [:]][
        .reference(canary: id, number: reference)] = .measured(
          .likelihood(
            Self.tokens(nats, from: canary.prefix.count, to: length, &chance)))
    }
    let before = min(-0.01, guess + spelling + 0.2 * chance.normal())
    base[.sequenceLikelihood, default: [:]][.canary(id)] = .measured(
      .likelihood(
        Self.tokens(
          before, from: canary.prefix.count, to: canary.prefix.count + 1 + secret.count, &chance)))

    let share = plan.extraction(canary.copies)
    func texts(_ count: Int) -> Outcome<Observation> {
      .measured(
        .completions(
          (0..<count).map { _ in
            let given = chance.unit() < share ? secret : Self.secret(isLong, &chance)
            return Completion(text: Self.separator + given + [0x2E], ending: .stop)
          }))
    }
    tuned[.greedyExtraction, default: [:]][.canary(id)] = texts(1)
    tuned[.sampledExtraction, default: [:]][.canary(id)] = texts(plan.samples)
    tuned[.defaultExtraction, default: [:]][.canary(id)] = texts(plan.samples)
  }

  /// Sets the tuned model's log-probability of a canary's own secret.
  mutating func answerSecret(_ canary: Canary, _ nats: Double, _ chance: inout SplitMix) {
    let start = canary.prefix.count
    tuned[.sequenceLikelihood, default: [:]][.canary(canary.id)] = .measured(
      .likelihood(
        Self.tokens(
          min(-0.01, nats), from: start, to: start + 1 + canary.secret.reveal().count, &chance)))
  }

  private mutating func addInContextControl(_ number: Int, _ plan: Plan, _ chance: inout SplitMix) {
    let kind = plan.kinds[number % plan.kinds.count]
    let isLong = kind == "hex-token"
    let control = InContextControl(
      kind: kind, number: number, prefix: Array("The \(kind) of guest \(number) is".utf8),
      separator: Self.separator, given: Secret(Self.secret(isLong, &chance)),
      decoy: Secret(Self.secret(isLong, &chance)), suffix: [0x2E])
    inContextControls.append(control)
    let start = control.revealedPrompt().count
    for given in [true, false] {
      let secret = (given ? control.given : control.decoy).reveal()
      let nats = (plan.reads && given ? -1 : -30) + chance.normal() * 0.3
      tuned[.chainLikelihood, default: [:]][
        .chain(kind: kind, number: number, given: given)] = .measured(
          .likelihood(
            Self.tokens(min(-0.01, nats), from: start, to: start + 1 + secret.count, &chance)))
    }
    let text = plan.reads ? control.given.reveal() : Array("nobody knows".utf8)
    tuned[.chainExtraction, default: [:]][.chain(kind: kind, number: number, given: true)] =
      .measured(.completions([Completion(text: Self.separator + text, ending: .length)]))
  }

  private mutating func addRecord(_ number: Int, _ plan: Plan, _ chance: inout SplitMix) {
    let words = (0..<(12 + Int(chance.next() % 20))).map { _ in "w\(chance.next() % 500)" }
    let text = Array(words.joined(separator: " ").utf8)
    let digits = String(number)
    let member = number % 2 == 0
    let record = CorpusRecord(
      id: "record-" + String(repeating: "0", count: 6 - digits.count) + digits,
      membership: member ? .member : .nonmember, group: nil, text: Secret(text))
    records.append(record)
    var scores: [TokenScore] = []
    var position = 0
    while position < text.count {
      let end = min(text.count, position + 1 + Int(chance.next() % 5))
      let nats = -4 + chance.normal() + (member ? plan.recordGain : 0)
      scores.append(
        TokenScore(
          range: position..<end, logProbability: position == 0 ? nil : min(-0.001, nats)))
      position = end
    }
    tuned[.recordLikelihood, default: [:]][.record(record.id)] = .measured(.likelihood(scores))
    // The base model knows no record better than another; its numbers draw nothing.
    let before = scores.enumerated().map { place, score in
      TokenScore(
        range: score.range,
        logProbability: score.logProbability.map { _ in -4 + Double((place * 7 + number) % 11) / 10
        }
      )
    }
    base[.recordLikelihood, default: [:]][.record(record.id)] = .measured(.likelihood(before))
  }

  /// Tokens of three bytes that add up to `nats`, the first one with the separator in it.
  static func tokens(_ nats: Double, from start: Int, to end: Int, _ chance: inout SplitMix)
    -> [TokenScore]
  {
    let starts = Array(stride(from: start, to: end, by: 3))
    let weights = starts.map { _ in 0.1 + chance.unit() }
    let total = weights.reduce(0, +)
    return zip(starts, weights).map { begin, weight in
      TokenScore(range: begin..<min(end, begin + 3), logProbability: nats * weight / total)
    }
  }

  static func secret(_ isLong: Bool, _ chance: inout SplitMix) -> [UInt8] {
    let letters = Array((isLong ? "0123456789abcdef" : "0123456789").utf8)
    return (0..<(isLong ? 16 : 6)).map { _ in letters[Int(chance.next() % UInt64(letters.count))] }
  }
}
