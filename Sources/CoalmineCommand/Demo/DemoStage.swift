// SPDX-License-Identifier: Apache-2.0

import Coalmine
import CoalmineCore
import Glibc

/// The steps of the demonstration, each by the same code as the verb of its name.
///
/// The shipped verses are cut in two. The base model reads the first half; the second half is the
/// corpus that is seeded and tuned on.
struct DemoStage: Sendable {
  let folder: String
  let seed: UInt64

  private var corpus: String { folder + "/corpus.jsonl" }
  private var seeded: String { folder + "/seeded.jsonl" }
  private var study: String { folder + "/study.coalmine" }
  private var plan: String { folder + "/protocol.yaml" }

  private static let modelName = "demo"

  private static func verses() -> (base: [UInt8], corpus: [UInt8]) {
    let text = EmbeddedFiles.corpus.first?.text ?? ""
    let lines = Array(text.utf8).split(separator: 0x0A, omittingEmptySubsequences: true)
    func file(_ part: ArraySlice<ArraySlice<UInt8>>) -> [UInt8] { part.flatMap { $0 + [0x0A] } }
    return (file(lines.prefix(lines.count / 2)), file(lines.dropFirst(lines.count / 2)))
  }

  /// Writes the corpus and seeds it.
  func plant() throws {
    Console.note("seeding a corpus of King James verses")
    try Outputs(reading: []).write(Self.verses().corpus, to: corpus, existing: .keepAlways)
    // All repetition levels in so small a corpus: the share is far above that of a real study.
    try Outputs(reading: []).write(
      ProtocolFile.render(.standard(kinds: SeedVerb.standardKinds)), to: plan,
      existing: .keepAlways, mode: 0o644)
    var verb = SeedVerb(corpus: corpus, output: seeded, study: study)
    verb.protocolFile = plan
    verb.seed = seed
    let summary = try Progress.during { [verb] progress in
      try verb.run(
        now: WallClock.now(), version: CoalmineVersion.current, progress: progress.report)
    }
    Console.note(
      "  \(summary.inserted) canaries planted in \(summary.copies) copies, \(summary.heldOut) held "
        + "out, \(summary.nonmembers) records taken out")
    Console.note(
      "  canaries take \(Prose.decimal(100 * summary.share, 0)) % of this small corpus, so that every "
        + "repetition level is seen; 'coalmine plan CORPUS' keeps them at 2 % or less")
    try CorpusVerbs.trained(
      TrainingStatement(
        model: Self.modelName, epochs: 1, job: nil, statedBy: "coalmine demo"),
      study: study, now: WallClock.now())
  }

  /// Asks the model as it was before tuning.
  func probeBase() async throws {
    Console.note("asking the base model, which saw none of it")
    _ = try await ask(
      training: [Self.verses().base], memorisation: DemoArm.all[0].memorisation, study: study,
      role: .base)
  }

  /// Tunes, asks, scores and reports one arm.
  func run(_ arm: DemoArm) async throws -> DemoOutcome {
    Console.note("\(arm.name): \(arm.summary)")
    let armFolder = "\(folder)/\(arm.name)"
    guard mkdir(armFolder, 0o700) == 0 else {
      throw CoalmineError(
        code: "output-not-written", "cannot create '\(terminalSafe(armFolder))'",
        exit: .cannotCreate)
    }
    let armStudy = armFolder + "/study.coalmine"
    try copy(study, to: armStudy)
    try copy(seeded, to: armFolder + "/seeded.jsonl")
    let tuning = try InputFile.read(arm.tunedOnSeeded ? seeded : corpus, limit: 1 << 30)
    let summary = try await ask(
      training: [Self.verses().base, tuning], memorisation: arm.memorisation, study: armStudy,
      role: .tuned)
    Console.note("  \(summary.questions) questions in \(summary.requests) requests")
    let (report, _) = try ScoreVerb.report(
      study: armStudy, formats: ReportFormats.all.map { $0.slug }, folder: armFolder, force: false,
      reveal: false, now: WallClock.now(), version: CoalmineVersion.current)
    Console.note("  verdict: \(report.result.verdict.rawValue)")
    return DemoOutcome(arm: arm, result: report.result)
  }

  private func ask(
    training: [[UInt8]], memorisation: Double, study: String, role: RunRole
  ) async throws -> ProbeVerb.Summary {
    guard
      let model = DemoModel(
        documents: training.flatMap(TrainingFile.documents), memorisation: memorisation)
    else {
      throw CoalmineError(
        code: "training-too-large", "the demonstration's corpus is too large",
        exit: .internalError)
    }
    let service = try await DemoModelService(model: model, name: Self.modelName).start(port: 0)
    let verb = ProbeVerb(
      study: study,
      endpoint: try Endpoint(
        url: "http://127.0.0.1:\(service.port)", model: Self.modelName, key: nil),
      dialect: DialectRegistry.standard, role: role, probeSet: "full", concurrency: 4)
    let progress = Progress()
    do {
      let summary = try await verb.run(
        ProbeVerb.Surroundings(
          now: WallClock.now, sleep: WallClock.sleep,
          progress: {
            progress.show(
              WorkDone(
                "  asking", done: Int64($0), of: $1 > 0 ? Int64($1) : nil, .items("requests")))
          }))
      progress.finish()
      try await service.stop()
      return summary
    } catch {
      progress.finish()
      try? await service.stop()
      throw error
    }
  }

  private func copy(_ source: String, to target: String) throws {
    try Outputs(reading: [source]).write(
      try InputFile.read(source, limit: 1 << 30), to: target, existing: .keepAlways)
  }
}
