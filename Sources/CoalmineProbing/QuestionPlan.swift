// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineStatistics

/// Every question of a run, in the requests and the order in which they are asked.
///
/// The plan is a function of the study, the run and the dialect alone. An interrupted run makes
/// the same plan again, so a request's place says what it holds. Canaries, held-out canaries and
/// references of one probe go out in one random order: who is who is not visible in it.
public struct QuestionPlan: Sendable {
  /// Requests that each answer what they ask.
  package let direct: [AskBatch]
  /// Texts to be scored token by token, in the order of the study; empty where the dialect scores
  /// them itself.
  package let stepwise: [PlannedQuestion]
  private let written: [PlannedQuestion]
  private let dialect: any Dialect
  private let seed: [UInt8]

  /// The probes for which the model writes.
  package var writtenProbes: [Probe] {
    Set(written.map(\.probe)).sorted { $0.rawValue < $1.rawValue }
  }

  /// How many answers there will be, each sample by itself.
  public var questions: Int { direct.reduce(0) { $0 + $1.count } + stepwise.count }

  /// - Parameter run: its number varies the order.
  package init(_ study: RegisteredStudy, run: RunRecord, dialect: any Dialect) {
    let all = StudyQuestions(
      study: study, role: run.role, presentation: run.presentation,
      listsScoredTokens: dialect.abilities.contains(.listsScoredTokens))
    var seed = study.record.orderSeed
    for (position, byte) in withUnsafeBytes(of: UInt64(run.number).littleEndian, Array.init)
      .enumerated()
    { seed[position] ^= byte }
    var generator = ChaCha8Rand(seed: seed)
    var direct: [AskBatch] = []
    var stepwise: [PlannedQuestion] = []
    var written: [PlannedQuestion] = []
    for probe in run.probeSet.probes {
      let questions = all.list(probe)
      if dialect.abilities.areStepwise, probe.needs == .scores {
        stepwise += questions
        continue
      }
      if probe.needs != .scores { written += questions.lazy.filter { $0.decoding != nil } }
      // The places are mixed, and each question is spelled when its turn comes: there may be 100,000.
      var order = (0..<questions.count).map { UInt32($0) }
      generator.shuffle(&order)
      for var batch in Self.batches(questions, order, dialect) {
        batch.seed = generator.next()
        direct.append(batch)
      }
    }
    self.direct = direct
    self.stepwise = stepwise
    self.written = written
    self.dialect = dialect
    self.seed = seed
  }

  /// The samples that are asked in place of those that the endpoint held back, as many again and
  /// once: a filter may hold back exactly what leaks.
  ///
  /// - Parameter observations: of the run, with all planned samples.
  /// - Returns: requests whose samples are numbered on; the same whatever is stored of them.
  package func again(_ observations: [Probe: [Subject: Outcome<Observation>]]) -> [AskBatch] {
    let held = written.compactMap { question -> PlannedQuestion? in
      var question = question
      let planned = max(1, question.samples)
      switch observations[question.probe]?[question.subject] {
      case .censored?: question.samples = planned
      case .measured(.completions(let texts))?:
        question.samples = texts.prefix(planned).count(where: \.isWithheld)
      default: return nil
      }
      question.firstSample = planned
      return question.samples > 0 ? question : nil
    }
    guard !held.isEmpty else { return [] }
    var seed = seed
    // Other samples than the first time.
    seed[seed.count - 1] ^= 0xA5
    var generator = ChaCha8Rand(seed: seed)
    return Dictionary(grouping: held, by: \.probe).sorted { $0.key.rawValue < $1.key.rawValue }
      .flatMap { _, questions in
        var order = questions.indices.map { UInt32($0) }
        generator.shuffle(&order)
        return Self.batches(QuestionList(questions), order, dialect).map { batch in
          var batch = batch
          batch.seed = generator.next()
          return batch
        }
      }
  }

  /// A longer text, in bytes, travels alone: if it is too long for the context window it must not
  /// take others with it. A token has a byte at least, so none that is shorter has more than 512.
  static let loneBytes = 512

  /// Requests as full as the dialect takes them.
  ///
  /// - Parameter order: the places of the questions, as they are asked.
  private static func batches(
    _ questions: QuestionList, _ order: [UInt32], _ dialect: any Dialect
  ) -> [AskBatch] {
    var batches: [AskBatch] = []
    var open: [(Question, Ask)] = []
    var places: [UInt32] = []
    var passages = 0
    func close() {
      guard !open.isEmpty else { return }
      // Questions of one ask each are spelled again when their turn comes.
      batches.append(
        places.count == open.count
          ? AskBatch(of: questions, at: places)
          : AskBatch(open.map(\.1), questions: open.map(\.0)))
      (open, places, passages) = ([], [], 0)
    }
    for place in order {
      let question = questions[Int(place)]
      let asks = question.asks
      let size = dialect.limit(of: asks[0].1.kind)
      // Whoever draws the samples of a request from one seed gets one passage per request.
      let most = question.isSampled ? dialect.limits.sampledPassages : .max
      if question.isLong || passages >= most || open.count + asks.count > size { close() }
      var rest = asks[...]
      while rest.count > size {
        open = Array(rest.prefix(size))
        rest = rest.dropFirst(size)
        close()
      }
      open += rest
      if asks.count == 1 { places.append(place) }
      passages += 1
      if question.isLong || open.count == size { close() }
    }
    close()
    return batches
  }
}

extension ProbeSet {
  /// The probes without those that a protocol gives 0 samples.
  package func asked(in decoding: StudyProtocol.Decoding) -> ProbeSet {
    ProbeSet(
      name: name, summary: summary, probes: probes.filter { decoding.samples(of: $0) != 0 })
  }
}
