// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// What the slugs of a report mean, and what to do about them, for `coalmine explain`.
public enum Explanations {
  /// One slug explained.
  public struct Entry: Sendable, Equatable {
    public let slug: String
    /// A few sentences: what it means, what it does to the numbers, what can be done.
    public let text: String
  }

  /// Caveats and checks, in the order of their slugs.
  public static let all: [Entry] =
    (Caveat.Slug.allCases.map { Entry(slug: $0.rawValue, text: text($0)) }
    + Capabilities.Subject.allCases.map { Entry(slug: $0.rawValue, text: text($0)) })
    .sorted { $0.slug < $1.slug }

  /// The entry of a slug.
  ///
  /// - Throws: ``CoalmineError`` with code `unknown-slug`.
  public static func entry(_ slug: String) throws(CoalmineError) -> Entry {
    guard let found = all.first(where: { $0.slug == slug }) else {
      throw CoalmineError(
        code: "unknown-slug", "nothing is called '\(slug)'",
        help: "'coalmine explain' without a slug lists them", exit: .usage)
    }
    return found
  }

  private static func text(_ slug: Caveat.Slug) -> String {
    switch slug {
    case .fewReferences:
      "Exposure is a rank among references, so N of them show no more than log2(N + 1) bits, and its "
        + "p-value is never below 1/(N + 1). Plan more references, or probe an endpoint that is "
        + "walked, where the exact rank can be searched."
    case .boundaryInsideToken:
      "The tokeniser joined the end of the prompt and the beginning of the secret into one token, so "
        + "the model was not asked quite what follows the prompt. The whole token is counted. Kinds "
        + "whose separator is a blank seldom have it."
    case .tiedReferences:
      "More than one reference in twenty has the canary's own score, or differs by less than the "
        + "endpoint's noise. Ties count against the finding: exposure is a lower bound here."
    case .guessableSecret:
      "The secret has so few bits that a guess can be right. Compare its extraction with that of the "
        + "held-out canaries of its kind, and use kinds of more bits for claims about extraction."
    case .predictableSeed:
      "The study was seeded with '--seed', so anyone who knows the number knows every secret, coin "
        + "and reference. Leave it out in earnest: randomness then comes from the system."
    case .trainingNotStated:
      "Nobody said which model was trained, for how many epochs. Exposure to training is copies "
        + "times epochs: without them a dose says less. 'coalmine trained' notes them."
    case .templateNotApplied:
      "The corpus holds chat turns, and the model was asked without its chat template. What it "
        + "learned of a turn may show only behind the template: a low number proves less here."
    case .answersMissing:
      "Some questions have no answer, or none that can be read. They are in no rate and never count "
        + "as zero. Run 'coalmine probe' again: it asks only what is missing."
    case .noisyLogProbabilities:
      "The endpoint gave one text different log-probabilities at different times. Scores closer than "
        + "twice the largest difference count as ties, against the finding. Ask the operator for "
        + "deterministic settings, such as batch invariance or no prefix caching."
    case .canariesReused:
      "The same canaries were asked about in several runs. Each further look at the same draw can "
        + "turn up a finding by chance, and who saw the questions can filter them. Compare with "
        + "the earlier results, and seed anew for a claim that is to stand alone."
    case .recordTruncated:
      "The endpoint scored only the beginning of some records. Members and held-out records are "
        + "treated alike, and the rest of a record counts nowhere."
    case .modelNameDiffers:
      "The endpoint does not list the model that was named. Some servers answer for any name with "
        + "the one model that they have: make sure that it is the one you mean."
    case .underPowered:
      "The study is too small to see the effect that its protocol names, so that it can fail to see "
        + "a leak that is there. It never passes; plan more coined canaries."
    case .protocolAfterTraining:
      "The canaries were planted, and the model was trained, before this protocol was written. Which "
        + "test decides was chosen when results could have been known."
    case .coinsNotOurs:
      "Who planted the canaries says that those in the file and those left out differ by chance "
        + "alone. The primary test is right only if that is so."
    case .notSealed:
      "The study was written by a version that kept no digests of what it stored, or was copied from "
        + "such a study. Whether it was changed since then cannot be told. 'coalmine verify --study' "
        + "still compares every observation with its stored reply."
    case .sharedPrefix:
      "Several canaries have one prompt. A model that learned one of their secrets can give it for "
        + "another, so extraction means any of them."
    }
  }

  private static func text(_ subject: Capabilities.Subject) -> String {
    switch subject {
    case .modelListed:
      "Whether the endpoint's own list of models has the one that is asked. Where it has not, the "
        + "answer may come from another model than you think."
    case .continuesText:
      "Whether the endpoint goes on with a given text and does not begin it again. Without that no "
        + "extraction can be measured."
    case .samplesDiffer:
      "Whether four samples of one prompt at temperature 1 come, and differ. Where they are all alike "
        + "a rate over samples counts one sample many times."
    case .defaultSamplers:
      "Which samplers act where a request names none. Extraction at the endpoint's own settings is "
        + "reported apart from neutral sampling, since they can differ threefold."
    case .textScored:
      "Whether a given text comes back with a log-probability for each of its tokens, and the tokens "
        + "spell it. Servers exist that accept 'echo' and score only what they wrote themselves."
    case .firstTokenScored:
      "Whether the server puts a mark before a text, so that its first token has a log-probability. "
        + "Where it does not, the first token is left out of all texts alike."
    case .variesWithContent:
      "Whether log-probabilities are not one number for everything, as some servers send to satisfy "
        + "clients that expect the field."
    case .improbableFalls:
      "Whether an ending that no text has scores lower than a likely one. Where it does not, the "
        + "numbers are not those of a language model, or not of this text."
    case .probabilitiesSum:
      "Whether probabilities of what may follow sum to 1, or to no more where only some are shown. "
        + "The mass bound and the mass e-value rest on it and are not given where it was not seen."
    case .repeatNoise:
      "By how much one text's score differs from one time to the next, with other texts beside it. "
        + "Twice the largest difference is the width of ties."
    }
  }
}
