// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding

extension SeedVerb {
  /// What was planted.
  public struct Summary: Sendable, Equatable {
    public let studyID: String
    public let canaries: Int
    public let inserted: Int
    public let heldOut: Int
    /// How many are for the endpoint's index alone.
    public let indexOnly: Int
    public let copies: Int
    /// Whether the copies of one canary differ after the secret.
    public let copiesAre: StudyProtocol.Copies
    /// Records that were taken out because contexts of canaries come from them, their groups included;
    /// 0 where contexts are sentences.
    public let recordsForContexts: Int
    /// How many secrets stand where in these records: `sentence`, `answer`, `json-value`, `code`.
    public let contextPlaces: [String: Int]
    /// How many of the copies have a placeholder for a held-out secret.
    public let placeholders: Int
    /// The share of copies in the records and in the bytes of the seeded corpus.
    public let share: Double
    public let shareOfBytes: Double
    public let corpusRecords: Int
    public let members: Int
    public let nonmembers: Int
    public let shape: String
    public let seededDigest: String
    public let predictableSeed: Bool
    /// How many texts were to be taken out, and to be marked.
    public let holdOut: Int
    /// Where that number comes from, if nobody stated it.
    public let holdOutRoom: HoldOutRoom?
    /// The files of a corpus that is more than one without compression.
    public let files: [CorpusPart]
    /// Records that were passed through and can never be chosen.
    public let setAside: RecordsSetAside
    /// Whether the canaries are the chosen answers of preference data.
    public let isPreference: Bool
    /// What usual steps of a training pipeline would do to the copies; the study keeps it.
    public let preflight: Preflight
    /// In which languages the template texts of the planned kinds are.
    public let languages: TemplateLanguages
    /// What cannot be asked of the planned endpoint as it was planted.
    public let endpointWarnings: [String]
    /// What providers whose models are asked in the planned dialect do not take as training data.
    public let tuningWarnings: [String]
    /// Why a study of a protocol that was given cannot pass; empty where it can, and where it was planned
    /// here.
    public let obstacles: [String]

    /// What is to be known before training on it, if anything.
    public var shareWarning: String? {
      share > PlanRequest.usualShare ? Outlook.largeShare(share) : nil
    }
  }

  /// What is said of a corpus that was seeded.
  func summary(
    of drawn: Drawn, _ seeding: Seeding, _ preflight: Preflight, studyID: String
  ) throws -> Summary {
    let (survey, canaries, randomness) = (drawn.survey, drawn.canaries, drawn.randomness)
    let facts = seeding.manifest.corpus
    return Summary(
      studyID: studyID, canaries: canaries.count,
      inserted: canaries.count { $0.copies > 0 },
      heldOut: canaries.count { $0.role == .heldOut },
      indexOnly: canaries.count { $0.role == .indexOnly },
      copies: seeding.manifest.insertions.count, copiesAre: drawn.plan.copies,
      recordsForContexts: survey.recordsForContexts, contextPlaces: survey.contextPlaces,
      placeholders: drawn.placeholders,
      share: CorpusSize.share(
        of: seeding.manifest.insertions.count,
        among: facts.records - seeding.manifest.removals.count),
      shareOfBytes: Double(seeding.manifest.insertions.reduce(0) { $0 + $1.length })
        / Double(max(1, facts.seededSize)),
      corpusRecords: facts.records,
      members: seeding.records.count { $0.membership == .member },
      nonmembers: seeding.records.count { $0.membership == .nonmember },
      shape: facts.shape.slug, seededDigest: hexadecimal(facts.seededDigest),
      predictableSeed: randomness.isPredictable,
      holdOut: survey.heldOutTexts, holdOutRoom: survey.holdOutRoom,
      files: facts.parts.filter { !$0.isRemoved }, setAside: survey.setAside,
      isPreference: { if case .preference = facts.shape { true } else { false } }(),
      preflight: preflight, languages: drawn.languages,
      endpointWarnings: endpoint?.warnings(
        drawn.kinds, access: drawn.plan.decision.access, shape: facts.shape,
        pairs: drawn.plan.pairs) ?? [],
      tuningWarnings: try tuningWarnings(seeding.manifest, survey),
      obstacles: try obstacles(of: drawn))
  }
}
