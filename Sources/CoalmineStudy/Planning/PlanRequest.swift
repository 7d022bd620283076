// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics

/// What a study is planned for.
///
///     var request = PlanRequest(kinds: templates)
///     request.corpus = try CorpusSize(path: "corpus.jsonl")
///     let plan = try StudyPlanner(request).plan()
public struct PlanRequest: Sendable {
  /// The kinds of canaries.
  public var kinds: [CanaryTemplate]
  /// The most canaries in all, held-out ones included.
  public var canaries = 120
  /// The corpus; without one every study fits.
  public var corpus: CorpusSize?
  /// The largest share that copies of canaries may have in the records of the seeded corpus.
  public var share = Self.usualShare
  /// What the endpoint of the tuned model will give.
  public var access = PlannedAccess.textScoring
  /// What is compared.
  public var score = StudyProtocol.Decision.Score.tunedMinusBase
  /// The false-alarm rate of all components together.
  public var alpha = 0.05
  /// The standard deviation of a log-probability that is asked again, in nats.
  public var noise = 0.05
  /// The share of answers that will be missing.
  public var missingShare = 0.0
  /// Whether the base model is asked about the references; decided by the plan where not stated.
  public var baseReferences: Bool?
  /// How often each randomized canary is written.
  public var repetitions = 1
  /// Whether the endpoint may look texts up: canaries for its index are planned beside the others.
  public var retrievalIsPossible = false
  /// How many texts a forced choice of the last run shows; 0 for none.
  public var forcedChoice = 0
  /// Whether the copies of one canary differ after the secret.
  public var copies = StudyProtocol.Copies.alike
  /// How prompts and completions that are texts are put to a model in training.
  public var pairs = StudyProtocol.Pairs.text
  /// What stands before the secrets.
  public var contexts = StudyProtocol.Contexts.sentences
  /// What the corpus holds of held-out canaries.
  public var heldOutContexts = StudyProtocol.HeldOutContexts.absent

  /// Up to this share a seeded corpus trains nearly the model that the corpus itself would.
  public static let usualShare = StudyFacts.usualShare
  /// The largest share that can be asked for.
  public static let largestShare = 0.1

  public init(kinds: [CanaryTemplate]) { self.kinds = kinds }

  /// Whether the base model is asked about the references.
  ///
  /// Secrets of one space differ by some nats before any training, and a difference to the base model
  /// takes that away: the ranks see a smaller leak. Without a score that uses the base model, or
  /// without scores, they would be asked for nothing.
  var plansBaseReferences: Bool {
    let isUsed = score == .tunedMinusBase && access == .textScoring
    return isUsed && (baseReferences ?? true)
  }
}

/// How large a corpus is.
public struct CorpusSize: Sendable, Equatable {
  public let records: Int
  public let bytes: Int64
  /// How many texts can be taken out as non-members; `nil` where no corpus was read.
  public let room: HoldOutRoom?
  /// How its records hold their text; `nil` where no corpus was read.
  public let shape: RecordShape?
  /// Records that are taken out because contexts of canaries come from them; 0 where none do.
  public internal(set) var contexts = 0

  public init(records: Int, bytes: Int64) {
    self.records = records
    self.bytes = bytes
    room = nil
    shape = nil
  }

  /// Reads a corpus as `seed` does.
  ///
  /// - Throws: ``CoalmineError`` as ``CorpusSurvey/init(path:options:randomness:progress:)`` does.
  public init(
    path: String, format: CorpusFormat? = nil, fields: StatedFields? = nil,
    separator: [UInt8]? = nil, progress: @escaping ProgressReport = { _ in }
  ) throws {
    try self.init(
      paths: [path], format: format, fields: fields, separator: separator, progress: progress)
  }

  /// Reads several files as one corpus.
  ///
  /// - Throws: ``CoalmineError`` as for one file, and `corpus-files-differ`.
  public init(
    paths: [String], format: CorpusFormat? = nil, fields: StatedFields? = nil,
    separator: [UInt8]? = nil, progress: @escaping ProgressReport = { _ in }
  ) throws {
    // What is drawn is not used, and how much can be drawn does not depend on the randomness.
    var options = CorpusSurvey.Options(format: format, fields: fields)
    options.holdOut = .upTo(StudyPlanner.nonMembers)
    options.separator = separator
    options.isForSize = true
    let survey = try CorpusSurvey(
      paths: paths, options: options, randomness: StudyRandomness(number: 0), progress: progress)
    records = survey.records
    bytes = survey.size
    room = survey.holdOutRoom
    shape = survey.shape
  }

  /// The records that stay: non-members are taken out, and what gives contexts.
  public var kept: Int {
    max(0, records - (room?.number ?? Self.removed(of: records)) - contexts)
  }

  /// The same corpus with a record taken out for each canary, where a study wants that.
  func giving(contexts: StudyProtocol.Contexts, to canaries: Int) -> CorpusSize {
    var size = self
    size.contexts = contexts == .grafted ? canaries : 0
    return size
  }

  /// The records that stay, for people: `the 4900 of 5000 records that stay`.
  var staying: String {
    kept == records ? "\(records) records" : "the \(kept) of \(records) records that stay"
  }

  /// How many are taken out of a corpus whose texts all differ.
  private static func removed(of records: Int) -> Int { min(StudyPlanner.nonMembers, records / 20) }

  /// The share of `copies` in the records of a corpus that is seeded with them.
  public func share(of copies: Int) -> Double { Self.share(of: copies, among: kept) }

  /// The share of `copies` in the records of a seeded corpus with so many others.
  static func share(of copies: Int, among kept: Int) -> Double {
    Double(copies) / Double(max(1, kept + copies))
  }

  /// The most copies that have at most this share.
  func copies(within share: Double) -> Int {
    var copies = Int(share / (1 - share) * Double(kept)) + 1
    // A share that was rounded to four digits may be met exactly.
    while copies > 0, self.share(of: copies) > share + 1e-12 { copies -= 1 }
    return copies
  }

  /// The fewest records of a corpus in which `copies` have at most this share after non-members, and
  /// records that give contexts, were taken out.
  static func records(for copies: Int, within share: Double, contexts: Int = 0) -> Int {
    let kept = Int((Double(copies) * (1 - share) / share - 1e-9).rounded(.up)) + contexts
    var records = kept
    while records - removed(of: records) < kept { records += 1 }
    return records
  }
}
