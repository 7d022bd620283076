// SPDX-License-Identifier: Apache-2.0

/// A doubt about a measured value that a reader must know.
///
/// The slug is stable, `coalmine explain SLUG` says what it means, and the evidence says what was
/// seen in this study.
public struct Caveat: Codable, Sendable, Hashable, Comparable {
  /// The raw value of a ``Slug``.
  public let slug: String
  /// What was seen, in one lower-case sentence without secrets.
  public let evidence: String

  public init(_ slug: Slug, _ evidence: String) {
    self.slug = slug.rawValue
    self.evidence = evidence
  }

  private enum CodingKeys: CodingKey { case slug, evidence }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(slug, forKey: .slug)
    try container.encode(encoder.withholding(evidence), forKey: .evidence)
  }

  public static func < (left: Caveat, right: Caveat) -> Bool {
    (left.slug, left.evidence) < (right.slug, right.evidence)
  }

  /// Every slug that this version gives.
  public enum Slug: String, Codable, Sendable, CaseIterable {
    /// Too few references for the number to say more than its ceiling.
    case fewReferences = "few-references"
    /// A token straddles the border between the prompt and the secret.
    case boundaryInsideToken = "boundary-inside-token"
    /// A sizeable share of references ties with the canary.
    case tiedReferences = "tied-references"
    /// The secret is so small that a correct guess is likely.
    case guessableSecret = "guessable-secret"
    /// The study's randomness was derived from a small number given on the command line.
    case predictableSeed = "predictable-seed"
    /// One and the same reply, without any candidate, came to many canaries.
    case repliesAlike = "replies-alike"
    /// Replies in a turn of the model's own ended at the limit of tokens before a candidate came.
    case repliesCut = "replies-cut"
    /// The references of inserted canaries stand out as their secrets do.
    case contextsStandOut = "contexts-stand-out"
    /// The model's own samplers were left alone.
    case ownSamplers = "own-samplers"
    /// A run that is not of this checkpoint found a leak with the same canaries.
    case leakInAnotherRun = "leak-in-another-run"
    /// Nobody stated which file was trained on.
    case trainedFileNotStated = "trained-file-not-stated"
    /// The training was stated again, otherwise than before.
    case trainingRestated = "training-restated"
    /// Nobody stated how the model was trained.
    case trainingNotStated = "training-not-stated"
    /// The model was trained on chat turns and asked without the chat template.
    case templateNotApplied = "template-not-applied"
    /// Some answers of this run are missing.
    case answersMissing = "answers-missing"
    /// The endpoint's log-probabilities differ between repeats of one question.
    case noisyLogProbabilities = "noisy-logprobs"
    /// Samples of one prompt at temperature 1 were all the same.
    case samplesIdentical = "samples-identical"
    /// The same canaries were probed in more than one run.
    case canariesReused = "canaries-reused"
    /// A record's text was longer than what was scored.
    case recordTruncated = "record-truncated"
    /// The endpoint answered for another model name than the one asked for.
    case modelNameDiffers = "model-name-differs"
    /// Replies of one run name several models.
    case answeredByOtherModels = "answered-by-other-models"
    /// Replies of one run name several builds of one model.
    case modelChanged = "model-changed-during-run"
    /// An earlier run sent secrets to the endpoint of a run that reads replies alone.
    case secretsShownBefore = "secrets-shown-before"
    /// Forced choices showed every secret before this run was asked.
    case canariesBurned = "canaries-burned"
    /// The prompt is not what stood before the secret in training.
    case promptNotAsTrained = "prompt-not-as-trained"
    /// The endpoint closes a turn of the model that was to be continued.
    case turnNotContinued = "turn-not-continued"
    /// Secrets that the model was asked to repeat did not come back as they are.
    case outputFilter = "output-filter"
    /// The study was planned with fewer canaries than its question needs.
    case underPowered = "under-powered"
    /// The training was stated of another model than the one that was asked.
    case otherModelTrained = "other-model-trained"
    /// The training was stated to be on another file than the seeded one.
    case otherFileTrained = "other-file-trained"
    /// Copies of canaries are not in the files that were trained on.
    case copiesLost = "copies-lost"
    /// Canaries stand more often in the files that were trained on than planned.
    case copiesAdded = "copies-added"
    /// Held-out canaries are in the files that were trained on.
    case heldOutPlanted = "held-out-planted"
    /// Records that were taken out are in the files that were trained on.
    case nonMembersTrained = "non-members-trained"
    /// Canaries took more of the records than is usual.
    case largeCanaryShare = "large-canary-share"
    /// The texts of some canaries begin at different token boundaries.
    case noSharedBoundary = "no-shared-boundary"
    /// The protocol was written when the model had been trained already.
    case protocolAfterTraining = "protocol-after-training"
    /// Somebody else decided which canaries went into the file, by a rule that is not known here.
    case assignmentNotVerified = "assignment-not-verified"
    /// The study was written by a version that kept no digests of what it stored.
    case notSealed = "not-sealed"
    /// Several canaries have one prompt, so that each can be given for the other.
    case sharedPrefix = "shared-prefix"
    /// Contexts begin as records of the corpus: trained for inserted canaries alone.
    case graftedContexts = "grafted-contexts"
  }
}
