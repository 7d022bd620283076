// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Plans the study that a corpus has room for.
///
/// What comes first gets its part of the share before what comes later:
///
/// 1. as many randomized canaries as the smallest leaks need with which a study can pass,
/// 2. two or more controls at eight or more repetitions, which can prove that the file was trained on,
/// 3. more controls, up to 8 at 64 repetitions,
/// 4. higher repetition levels,
/// 5. more randomized canaries.
///
/// The same request gives the same protocol.
public struct StudyPlanner: Sendable {
  private let request: PlanRequest
  private let spaces: [PlannedSpace]

  /// Numbers and repetitions of controls, each twice the copies of the one before.
  private static let controls = [(2, 8), (2, 16), (4, 16), (4, 32), (8, 32), (8, 64)].map {
    StudyProtocol.Controls(canaries: $0.0, repetitions: $0.1)
  }

  /// The most texts that a study takes out where nobody states a number.
  static let nonMembers = StudyProtocol.standard(kinds: []).nonMemberRecords

  /// Enough canaries of one level for a median with its interval.
  private static let mostPerLevel = 10

  /// - Throws: ``CoalmineError`` for a kind that cannot be drawn from.
  public init(_ request: PlanRequest) throws(CoalmineError) {
    var request = request
    // Not more than these are drawn, whatever fits.
    let index =
      request.retrievalIsPossible
      ? StudyProtocol.Retrieval.least(randomized: request.canaries) : 0
    request.corpus = request.corpus?
      .giving(contexts: request.contexts, to: request.canaries + index)
    self.request = request
    spaces = try request.kinds.map { kind throws(CoalmineError) in try PlannedSpace(kind) }
  }

  /// The most copies that the randomized canaries of a study write, in 19 of 20 assignments.
  static func copies(randomized: Int, repetitions: Int) -> Int {
    let fewest = (try? assignmentQuantile(randomized: randomized)) ?? 0
    return (randomized - fewest) * repetitions
  }

  /// The most copies of a whole study, in 19 of 20 assignments; copies with placeholders are counted.
  static func copies(_ study: StudyProtocol) -> Int {
    let levels = study.repetitionLevels
    let randomized =
      study.heldOutContexts == .planted
      // Each is planted, with its secret or with a placeholder.
      ? study.randomized * study.targetRepetitions
      : copies(randomized: study.randomized, repetitions: study.targetRepetitions)
    return randomized + levels.levels.reduce(0, +) * levels.canariesPerLevel
      + study.controls.canaries * study.controls.repetitions
  }

  /// The protocol.
  ///
  /// - Throws: ``CoalmineError``: `share-too-small` where the first two steps do not fit;
  ///   `plan-not-reachable` where no number of canaries finds the smallest leaks.
  public func plan() throws -> StudyProtocol {
    var study = try withoutIndex()
    if request.retrievalIsPossible {
      study.retrieval = StudyProtocol.Retrieval(
        isPossible: true,
        indexOnly: StudyProtocol.Retrieval.least(randomized: study.randomized))
    }
    study.forcedChoice = request.forcedChoice
    return study
  }

  private func withoutIndex() throws -> StudyProtocol {
    var study = StudyProtocol.standard(
      kinds: request.kinds.map(\.kind), canaries: request.canaries)
    let full = study
    study.targetRepetitions = request.repetitions
    study.copies = request.copies
    study.pairs = request.pairs
    study.contexts = request.contexts
    study.heldOutContexts = request.heldOutContexts
    study.decision.weights = request.contexts.weights(heldOut: request.heldOutContexts)
    study.gates = [.verbatim(at: request.repetitions)]
    study.baseReferences = request.plansBaseReferences
    study.decision.access = request.access
    study.decision.score = request.score
    study.decision.alpha = request.alpha
    study.decision.noise = request.noise
    study.decision.missingShare = request.missingShare
    if let corpus = request.corpus {
      study.nonMemberRecords = min(
        study.nonMemberRecords, corpus.room?.number ?? corpus.records / 20)
    }
    study.repetitionLevels = StudyProtocol.RepetitionLevels(levels: [], canariesPerLevel: 0)
    study.controls = try leastControls(study)
    guard let least = try leastRandomized(study) else { throw Self.notReachable }
    guard least + study.controls.canaries <= request.canaries else { return try small(study) }

    study.randomized = least
    let room = request.corpus?.copies(within: request.share) ?? .max
    guard Self.copies(study) <= room else { throw shareTooSmall(study) }
    for controls in Self.controls {
      var more = study
      more.controls = StudyProtocol.Controls(
        canaries: max(controls.canaries, study.controls.canaries),
        repetitions: max(controls.repetitions, study.controls.repetitions))
      if more.canaries <= request.canaries, Self.copies(more) <= room { study = more }
    }
    study = withLevels(study, like: full, room: room)
    study.randomized = mostRandomized(study, room: room)
    let design = try SimulatedDesign(study, spaces)
    if let auc = try design.denseAUC() { study.decision.denseAUC = auc }
    if let secrets = try design.sparseSecrets() { study.decision.sparseSecrets = secrets }
    return study
  }

  /// The fewest controls with which every component that decides can be shown, often enough to be
  /// told from the target.
  private func leastControls(_ study: StudyProtocol) throws -> StudyProtocol.Controls {
    var study = study
    study.randomized = 2
    let wanted = Set(study.decision.components).subtracting([.coin])
    for canaries in 2...8 {
      study.controls = StudyProtocol.Controls(
        canaries: canaries, repetitions: max(8, 2 * request.repetitions))
      if try SimulatedDesign(study, spaces).shown == wanted { break }
    }
    return study.controls
  }

  /// The fewest randomized canaries with which the smallest leaks are found; `nil` where no number
  /// is enough.
  ///
  /// A study at a lower access is no smaller than one with text scoring: the endpoint that is asked
  /// later may give more.
  private func leastRandomized(_ study: StudyProtocol) throws -> Int? {
    func isEnough(_ randomized: Int) throws -> Bool {
      var study = study
      study.randomized = randomized
      guard try SimulatedDesign(study, spaces).reachesFloors() else { return false }
      guard request.access != .textScoring else { return true }
      study.decision.access = .textScoring
      return try SimulatedDesign(study, spaces).reachesFloors()
    }
    var (low, high) = (0, 16)
    while try !isEnough(high) {
      (low, high) = (high, 2 * high)
      if high > 4_000 { return nil }
    }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if try isEnough(middle) { high = middle } else { low = middle }
    }
    return high
  }

  /// As many canaries per level as the full design has and fit; else one at each of the lower levels.
  private func withLevels(_ study: StudyProtocol, like full: StudyProtocol, room: Int)
    -> StudyProtocol
  {
    let levels = full.repetitionLevels.levels.filter { $0 > request.repetitions }
    let most = min(Self.mostPerLevel, full.repetitionLevels.canariesPerLevel)
    guard most > 0, !levels.isEmpty else { return study }
    func with(_ count: Int, _ perLevel: Int) -> StudyProtocol? {
      var more = study
      more.repetitionLevels = StudyProtocol.RepetitionLevels(
        levels: Array(levels.prefix(count)), canariesPerLevel: perLevel)
      return more.canaries <= request.canaries && Self.copies(more) <= room ? more : nil
    }
    for perLevel in stride(from: most, to: 0, by: -1) {
      if let more = with(levels.count, perLevel) { return more }
    }
    for count in stride(from: levels.count - 1, to: 1, by: -1) {
      if let more = with(count, 1) { return more }
    }
    return study
  }

  /// As many randomized canaries as were asked for and fit.
  private func mostRandomized(_ study: StudyProtocol, room: Int) -> Int {
    var study = study
    var (low, high) = (study.randomized, study.randomized + request.canaries - study.canaries + 1)
    while high - low > 1 {
      study.randomized = low + (high - low) / 2
      if Self.copies(study) <= room { low = study.randomized } else { high = study.randomized }
    }
    return low
  }

  /// A study with fewer canaries than a pass needs, because so few were asked for.
  private func small(_ study: StudyProtocol) throws -> StudyProtocol {
    var study = study
    let controls = StudyProtocol.standard(kinds: study.kinds, canaries: request.canaries).controls
    study.randomized = request.canaries - controls.canaries
    study.controls.canaries = controls.canaries
    let room = request.corpus?.copies(within: request.share) ?? .max
    let often = [64, 32, 16, 8].filter { $0 >= 2 * request.repetitions }
    for repetitions in often.isEmpty ? [2 * request.repetitions] : often {
      study.controls.repetitions = repetitions
      if Self.copies(study) <= room { return study }
    }
    throw shareTooSmall(study)
  }

  private static let notReachable = CoalmineError(
    code: "plan-not-reachable",
    "with these kinds, this noise and so many missing answers no study of 4,000 randomized "
      + "canaries finds the leaks that a pass needs",
    help: "plan for less noise or fewer missing answers, or use kinds with more candidates",
    exit: .badConfiguration)

  private func shareTooSmall(_ study: StudyProtocol) -> CoalmineError {
    let copies = Self.copies(study)
    let corpus = request.corpus ?? CorpusSize(records: 0, bytes: 0)
    let smallest = (corpus.share(of: copies) * 10_000 - 1e-9).rounded(.up) / 10_000
    let contexts = request.corpus?.contexts ?? 0
    let usual = CorpusSize.records(
      for: copies, within: PlanRequest.usualShare, contexts: contexts)
    let most = CorpusSize.records(
      for: copies, within: PlanRequest.largestShare, contexts: contexts)
    let percent = Prose.decimal(100 * smallest, 2, .up)
    let isPossible = smallest <= PlanRequest.largestShare
    return CoalmineError(
      code: "share-too-small",
      "a study that can pass does not fit: its canaries would take \(percent) % of the records, and "
        + "the largest share is \(Prose.decimal(100 * request.share, 2)) %",
      details: [
        "it has \(Prose.count(study.randomized, "randomized canary", "randomized canaries")) and "
          + "\(study.controls.canaries) controls with \(study.controls.repetitions) repetitions each: "
          + "up to \(copies) copies among \(corpus.staying)",
        "a share of 2 % needs \(usual) records",
      ],
      help: isPossible
        ? "take a corpus of \(usual) records, or allow '--share \(smallest)'; above 2 % the tuned model "
          + "may behave differently because of the canaries"
        : "take a corpus of \(usual) records; with '--share \(PlanRequest.largestShare)', the largest "
          + "that can be asked for, \(most) are enough",
      exit: .badData)
  }
}
