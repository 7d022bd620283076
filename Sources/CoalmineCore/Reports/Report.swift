// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// Everything a reader needs, no more. `result` is a pure function of the protocol and the
/// answers; `run` holds what differs from one day to the next.
public struct Report: Sendable {
  /// Raised when a field changes its meaning or goes; new fields do not raise it.
  public static let schemaVersion = 3

  public let result: StudyResult
  public let run: RunFacts
  /// Examples of replies; `nil` where nobody read them for this report.
  public let transcripts: Transcripts?
  /// Texts of law, guidance or standards that the report speaks to; `nil` where nobody asked for them.
  public let regulations: [RegulationRow]?

  public init(
    result: StudyResult, run: RunFacts, transcripts: Transcripts? = nil,
    regulations: [RegulationRow]? = nil
  ) {
    self.result = result
    self.run = run
    self.transcripts = transcripts
    self.regulations = regulations
  }
}

/// What was concluded and measured.
public struct StudyResult: Codable, Sendable {
  /// Of the checkpoint: leak where any of its runs found one, else that of its latest run.
  public package(set) var verdict: Verdict
  /// Of the run that is shown in detail.
  public let runVerdict: Verdict
  /// Every run of a tuned model, oldest first.
  public package(set) var runOutcomes: [RunOutcome]
  /// Why, most important first.
  public package(set) var findings: [Finding]
  public let study: StudyFacts
  public let decision: DecisionResult
  public let checks: ValidityChecks
  public let answers: AnswerCounts
  public let gates: [GateResult]
  public let canaries: [CanaryResult]
  /// One row per repetition level, held-out canaries first as level 0, controls last.
  public let levels: [RepetitionLevelResult]
  /// What an exposure looks like where nothing leaked, for the canaries of this study.
  public let chanceBaseline: ChanceBaseline
  /// How exposure rises with the copies: for all kinds together, then for each.
  public let doseResponse: [DoseResponseResult]
  /// Lower bounds of ε from the random assignment.
  public let privacy: Outcome<PrivacyResult>
  /// The inserted secrets of the tests one by one.
  public let namedSecrets: [NamedSecret]
  /// Extraction rates compared.
  public let rateComparisons: [RateComparison]
  /// The share of secrets that comes out within so many samples.
  public let extractionByBudget: [ExtractionBudget]
  public let membership: [MembershipResult]
  /// The marked records one by one, in the order of their ids.
  public let records: [RecordResult]
  public let offTargetMatches: OffTargetMatches
  /// What the model chose among texts; `nil` where no run asked that.
  public let forcedChoice: ForcedChoiceResult?
  /// What checks saw of the endpoints that this report's numbers come from.
  public let endpoints: [CheckedEndpoint]
  public package(set) var caveats: [Caveat]
  /// What this study did not measure, and why.
  public let notMeasured: [Finding]

  public init(
    verdict: Verdict, runVerdict: Verdict, runOutcomes: [RunOutcome], findings: [Finding],
    study: StudyFacts, decision: DecisionResult, checks: ValidityChecks, answers: AnswerCounts,
    gates: [GateResult], canaries: [CanaryResult],
    levels: [RepetitionLevelResult], chanceBaseline: ChanceBaseline,
    membership: [MembershipResult], offTargetMatches: OffTargetMatches,
    endpoints: [CheckedEndpoint] = [],
    caveats: [Caveat], notMeasured: [Finding], doseResponse: [DoseResponseResult] = [],
    rateComparisons: [RateComparison] = [],
    privacy: Outcome<PrivacyResult> = .notMeasurable(Reason("not-asked", "nothing was asked")),
    namedSecrets: [NamedSecret] = [], records: [RecordResult] = [],
    extractionByBudget: [ExtractionBudget] = [], forcedChoice: ForcedChoiceResult? = nil
  ) {
    self.verdict = verdict
    self.runVerdict = runVerdict
    self.runOutcomes = runOutcomes
    self.findings = findings
    self.study = study
    self.decision = decision
    self.checks = checks
    self.answers = answers
    self.gates = gates
    self.canaries = canaries
    self.levels = levels
    self.chanceBaseline = chanceBaseline
    self.doseResponse = doseResponse
    self.rateComparisons = rateComparisons
    self.extractionByBudget = extractionByBudget
    self.privacy = privacy
    self.namedSecrets = namedSecrets
    self.membership = membership
    self.records = records
    self.offTargetMatches = offTargetMatches
    self.forcedChoice = forcedChoice
    self.endpoints = endpoints
    self.caveats = caveats
    self.notMeasured = notMeasured
  }
}

/// What one run of a tuned model came to.
public struct RunOutcome: Codable, Sendable, Equatable {
  /// The run's number.
  public let run: Int
  public let model: String
  /// RFC 3339 in UTC.
  public let openedAt: String
  public let isComplete: Bool
  public let probeSet: String
  public let verdict: Verdict
  /// All components together; `nil` where nothing was measured.
  public let combinedP: Double?
  /// The slugs of the findings that make it a leak.
  public let foundBy: [String]

  public init(
    run: Int, model: String, openedAt: String, isComplete: Bool, probeSet: String,
    verdict: Verdict, combinedP: Double?, foundBy: [String]
  ) {
    self.run = run
    self.model = model
    self.openedAt = openedAt
    self.isComplete = isComplete
    self.probeSet = probeSet
    self.verdict = verdict
    self.combinedP = combinedP
    self.foundBy = foundBy
  }
}

/// What a check saw of the endpoint of a run, and what follows for the measures.
public struct CheckedEndpoint: Codable, Sendable, Equatable {
  /// The run's number.
  public let run: Int
  public let role: RunRole
  public let capabilities: Capabilities
  public let measures: [MeasureSupport]

  public init(run: Int, role: RunRole, capabilities: Capabilities, measures: [MeasureSupport]) {
    self.run = run
    self.role = role
    self.capabilities = capabilities
    self.measures = measures
  }
}

/// What was planted, and what was stated about the training.
public struct StudyFacts: Codable, Sendable, Equatable {
  /// The study's id: a digest of protocol and manifest, 16 hexadecimal digits.
  public let id: String
  /// SHA-256 of the protocol as stored, hexadecimal.
  public let protocolDigest: String
  /// Who planted the canaries.
  public let origin: StudyOrigin.Kind
  /// SHA-256 of the corpus before and after seeding, hexadecimal; `nil` for imported canaries.
  public let corpusDigest: String?
  public let seededDigest: String?
  /// Records in the original corpus; `nil` for imported canaries.
  public let corpusRecords: Int?
  /// Records of the original corpus that were taken out as non-members.
  public let removedRecords: Int
  /// Copies of canaries written, those with a placeholder for a held-out secret included; for imported
  /// canaries as the importer says.
  public let insertedCopies: Int
  /// How many of them have a placeholder for a held-out secret; `nil` in results that earlier versions kept,
  /// where none has.
  public let placeholderCopies: Int?
  public let training: TrainingStatement?
  /// Statements that it replaced, oldest first; `nil` in results of versions that did not tell them.
  public let earlierTraining: [TrainingStatement]?
  /// The first commitment that was made; `nil` where none is noted.
  public let commitment: CommitmentNote?
  /// Every run of this study, oldest first.
  public let runs: [RunSummary]

  public init(
    id: String, protocolDigest: String, origin: StudyOrigin.Kind = .seeded,
    corpusDigest: String?, seededDigest: String?, corpusRecords: Int?, removedRecords: Int = 0,
    insertedCopies: Int, placeholderCopies: Int = 0, training: TrainingStatement?,
    earlierTraining: [TrainingStatement]? = nil, commitment: CommitmentNote? = nil,
    runs: [RunSummary]
  ) {
    self.id = id
    self.protocolDigest = protocolDigest
    self.origin = origin
    self.corpusDigest = corpusDigest
    self.seededDigest = seededDigest
    self.corpusRecords = corpusRecords
    self.removedRecords = removedRecords
    self.insertedCopies = insertedCopies
    self.placeholderCopies = placeholderCopies
    self.training = training
    self.earlierTraining = earlierTraining
    self.commitment = commitment
    self.runs = runs
  }

  /// The share of records that canaries take by default, and above which a report says so.
  public static let usualShare = 0.02

  /// The share of canaries in the records of the seeded file, 0…1; `nil` for imported canaries.
  public var canaryShare: Double? {
    corpusRecords.map { records in
      Double(insertedCopies) / Double(max(1, records - removedRecords + insertedCopies))
    }
  }
}

/// A run as a report tells it.
public struct RunSummary: Codable, Sendable, Equatable {
  public let run: RunRecord
  /// Whether this report's numbers come from it.
  public let used: Bool

  package init(_ run: RunRecord, used: Bool) {
    self.run = run
    self.used = used
  }
}

/// Times, attempts and costs: what is not reproduced by scoring again.
public struct RunFacts: Sendable, Equatable {
  /// The version of coalmine that wrote the report.
  public let version: String
  /// When the report was written, RFC 3339 in UTC.
  public let writtenAt: String
  public let runs: [RunCosts]
  /// What was dropped; `nil` where the study is whole. The results are those of then.
  public let retired: Retirement?

  public init(
    version: String, writtenAt: String, runs: [RunCosts], retired: Retirement? = nil
  ) {
    self.version = version
    self.writtenAt = writtenAt
    self.runs = runs
    self.retired = retired
  }
}

/// What one run took.
public struct RunCosts: Sendable, Equatable {
  public let number: Int
  /// RFC 3339 in UTC.
  public let openedAt: String
  public let closedAt: String?
  public let requests: Int
  /// Requests whose body was sent and whose answer never came whole: perhaps billed.
  public let ambiguousRequests: Int
  public let failedRequests: Int
  public let queries: Int
  public let bytesReceived: Int

  public init(
    number: Int, openedAt: String, closedAt: String?, requests: Int, ambiguousRequests: Int,
    failedRequests: Int, queries: Int, bytesReceived: Int
  ) {
    self.number = number
    self.openedAt = openedAt
    self.closedAt = closedAt
    self.requests = requests
    self.ambiguousRequests = ambiguousRequests
    self.failedRequests = failedRequests
    self.queries = queries
    self.bytesReceived = bytesReceived
  }
}
