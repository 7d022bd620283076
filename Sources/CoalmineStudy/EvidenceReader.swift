// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineLedger
import CoalmineStatistics

/// Reads the evidence of a study out of its ledger, one run of a tuned model at a time.
package struct EvidenceReader {
  let ledger: Ledger
  let study: StudyRecord
  let plan: StudyProtocol
  /// Runs that asked something: a check alone is no run of the study.
  private let runs: [RunRecord]
  /// The answers of the base run that counts.
  private let base: Answers?
  let spaces: [String: RandomnessSpace]
  private let looks: RunLooks
  /// Runs of forced choices that asked something: they belong to no verdict.
  private let choices: [RunRecord]

  /// - Parameter kept: whether a retired study is read, too: with zeros in the place of every byte that
  ///   was dropped, so that only what rests on numbers comes out as it was.
  package init(_ ledger: Ledger, kept: Bool = false) throws {
    self.ledger = ledger
    study = try kept ? ledger.keptStudy(references: false) : ledger.study()
    guard study.protocolIsWhole else {
      throw CoalmineError(
        code: "ledger-altered",
        "'\(ledger.path)' was altered: the protocol is not the one whose SHA-256 is noted",
        help: "restore the file from a copy; no number is computed from this one", exit: .badData)
    }
    plan = try ProtocolFile.parse(stored: study.protocolText)
    let (asked, answered) = try ledger.askedRuns()
    runs = try ledger.runs().filter { asked.contains($0.number) }
    // The first complete base run counts, whatever is asked later.
    let bases = runs.filter { $0.role == .base }
    base = try
      (bases.first(where: \.isComplete) ?? bases.last { answered.contains($0.number) }
      ?? bases.last).map { try Self.answers($0, ledger) }
    // Without contexts there are none.
    spaces =
      ledger.isRetired ? [:] : try CanarySpaces.spaces(of: study.canaries, files: study.files)
    choices = runs.filter(\.asksChoices)
    looks = try RunLooks(
      runs.filter { $0.role == .tuned && !$0.asksChoices }, study, plan, ledger)
  }

  /// The numbers of the runs of tuned models, oldest first.
  package var tunedRuns: [Int] {
    runs.filter { $0.role == .tuned && !$0.asksChoices }.map(\.number)
  }

  /// The answers that are due in a run of forced choices.
  package func choiceCount(of run: RunRecord) throws -> AnswerCounts.Count {
    try Self.answers(run, ledger).choiceCount(of: study.canaries)
  }

  /// The runs on the checkpoint of a run, its own number among them.
  package func checkpoint(of run: Int) -> Set<Int> { looks.checkpoint(of: run) }

  /// - Parameter number: a run of a tuned model; `nil` where none was asked.
  /// - Throws: ``CoalmineError`` with code `no-such-run`.
  package func evidence(run number: Int?) throws -> Evidence {
    let tuned = try number.map { try self.tuned($0) }
    // Without a run in detail the study as a whole is meant.
    let chosen = choices.last { tuned == nil || $0.model == tuned?.model }
    let used = Set([tuned, base?.run].compactMap { $0?.number })
    let corpus = study.manifest?.corpus
    return Evidence(
      studyProtocol: plan,
      facts: StudyFacts(
        id: study.id, protocolDigest: study.protocolDigest, origin: study.origin.kind,
        corpusDigest: (corpus?.digest).map { hexadecimal($0) },
        // A compressed file is compared as it lies there.
        seededDigest: (corpus?.parts.count == 1
          ? corpus?.parts.first?.storedDigest : corpus?.seededDigest)
          .map { hexadecimal($0) },
        corpusRecords: corpus?.records, removedRecords: study.manifest?.removals.count ?? 0,
        insertedCopies: study.manifest?.insertions.count
          ?? study.canaries.reduce(0) { $0 + $1.plantings },
        placeholderCopies: study.canaries.reduce(0) { $0 + $1.plantings - $1.copies },
        training: try ledger.training(),
        earlierTraining: try ledger.trainingStatements().dropLast(),
        commitment: try ledger.commitment(),
        runs: runs.map { RunSummary($0, used: used.contains($0.number)) }),
      canaries: study.canaries,
      spaces: spaces,
      inContextControls: study.inContextControls, records: study.records,
      shape: corpus?.shape, isSealed: try ledger.isSealed(), predictableSeed: study.predictableSeed,
      scoringSeed: study.scoringSeed, tuned: try tuned.map { try Self.answers($0, ledger) },
      base: base,
      baseCameFirst: try tuned.map(baseCameFirst) ?? false, looks: number.map(looks.of) ?? [:],
      secretsWereShown: try tuned.map(secretsWereShown) ?? false,
      forcedChoices: try chosen.map { try Self.answers($0, ledger) },
      burningRuns: try tuned.map(burningRuns) ?? [],
      draw: Self.draw(study.origin))
  }

  /// - Throws: ``CoalmineError`` with code `no-such-run`.
  package func tuned(_ number: Int) throws -> RunRecord {
    guard tunedRuns.contains(number), let run = runs.first(where: { $0.number == number }) else {
      throw noSuchRun(number)
    }
    return run
  }

  private static func answers(_ run: RunRecord, _ ledger: Ledger) throws -> Answers {
    Answers(
      run: run, asked: Set(run.probeSet.probes),
      stored: try ledger.observationLookup(run: run.number),
      capabilities: try ledger.capabilities(run: run.number),
      served: try ledger.served(run: run.number).map(\.model))
  }

  /// A seeded study's draw is ours; of an imported one it is what the importer states.
  private static func draw(_ origin: StudyOrigin) -> Evidence.Draw {
    switch origin {
    case .seeded: Evidence.Draw()
    case .imported(let facts):
      Evidence.Draw(
        assignmentIsRandom: facts.assignmentIsRandom, secretsAreUniform: facts.secretsAreUniform)
    }
  }

  /// Whether the base run was complete before the first request of a tuned run that is about the
  /// study: a check of the tuned model may have come before, and asks nothing of it.
  private func baseCameFirst(_ tuned: RunRecord) throws -> Bool {
    guard let base = base?.run, let closed = base.closedAt else { return false }
    if let asked = try ledger.studyRequests(run: tuned.number),
      let before = try ledger.studyRequests(run: base.number)
    {
      return before.upperBound < asked.lowerBound
    }
    return base.number < tuned.number && closed <= tuned.openedAt
  }

  /// Whether another run sent secrets to the endpoint of this one, to have them scored by the same model,
  /// before the last question of this one left.
  private func secretsWereShown(_ tuned: RunRecord) throws -> Bool {
    try runs.contains { run in
      guard run.number != tuned.number, run.asksModel(of: tuned),
        run.probeSet.probes.contains(.sequenceLikelihood)
      else { return false }
      if let began = try began(run, before: tuned) { return began }
      return try run.number < tuned.number
        && ledger.observationEnd(run: run.number, probes: [.sequenceLikelihood]).count > 0
    }
  }

  /// Runs of forced choices whose first question left before the last one of a tuned run.
  private func burningRuns(_ tuned: RunRecord) throws -> [Int] {
    try choices.filter { try began($0, before: tuned) ?? false }.map(\.number)
  }

  /// Whether the first question of a run left before the last one of another; `nil` where the ledger
  /// does not tell.
  private func began(_ run: RunRecord, before other: RunRecord) throws -> Bool? {
    guard let first = try ledger.studyRequests(run: run.number)?.lowerBound,
      let last = try ledger.studyRequests(run: other.number)?.upperBound
    else { return nil }
    return first < last
  }

  private func noSuchRun(_ number: Int) -> CoalmineError {
    let known = tunedRuns.map(String.init).joined(separator: ", ")
    return CoalmineError(
      code: "no-such-run", "the study has no run \(number) of a tuned model",
      help: known.isEmpty ? "no tuned model was probed yet" : "its runs of tuned models: \(known)",
      exit: .usage)
  }
}
