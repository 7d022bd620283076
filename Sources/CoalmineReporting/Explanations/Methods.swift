// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

extension Explanations {
  /// How numbers were computed.
  static let methods: [Family] = [
    Family("exposure methods", "how the rank of a secret was found", of: Exposure.Method.self) {
      switch $0 {
      case .sampledReferences:
        "The secret was ranked among references drawn from the same space. With m references no more "
          + "than log2(m + 1) bits can be shown, and ties count against the finding."
      case .massBound:
        "A lower bound from the secret's own probability: no more than 1/p secrets can be at least as "
          + "likely. It gives no p-value, and it rests on probabilities that sum to 1."
      case .exactRank:
        "A search over all secrets that could have been drawn found the exact rank. Its bounds are "
          + "certain, so the interval's level is 1."
      case .rankSearch:
        "A search over all secrets that could have been drawn ended at its budget with a lower and an "
          + "upper bound of the rank. '--rank-budget' of 'coalmine probe' sets the budget."
      case .extrapolated:
        "A curve was fitted to the scores of references and read beyond them. It is a model's guess "
          + "about the tail, so it decides nothing."
      }
    },
    Family(
      "rankings", "among what a secret was ranked", of: ExposureGroup.Ranking.self
    ) {
      switch $0 {
      case .references:
        "References of the secret's space. The exposure is an estimate; one that beats all references is "
          + "at its ceiling, and the true one may be higher."
      case .candidates:
        "All candidates of the secret's space, by search: the exposure, or certain bounds of it."
      }
    },
    Family(
      "extraction by budget", "how the samples of a curve were drawn",
      of: ExtractionBudget.Decoding.self
    ) {
      switch $0 {
      case .sampled:
        "At temperature 1, no other sampler: what the model's own probabilities give. It is secondary: "
          + "it changes no verdict."
      case .defaults:
        "By the endpoint's own settings: what a user without settings sees. It is secondary: it changes "
          + "no verdict."
      }
    },
    Family(
      "rate comparisons", "extraction rates that are compared", of: RateComparison.Name.self
    ) {
      switch $0 {
      case .greedyInserted, .sampledInserted, .defaultsInserted:
        "Canaries inserted at the target repetitions against held-out ones, at one decoding, by Fisher's "
          + "exact test. It is secondary: it changes no verdict."
      case .recitedInserted:
        "Canaries inserted at the target repetitions against held-out ones: how many have a reply, by any "
          + "decoding, that the provider says repeats a text that it knows, by Fisher's exact test. Which "
          + "text, it does not say. It is secondary: it changes no verdict."
      case .greedySampled:
        "The likeliest continuation against samples, for the same inserted canaries, by McNemar's exact "
          + "test. Several samples are more tries than one. It is secondary: it changes no verdict."
      }
    },
    Family(
      "rate tests", "how two extraction rates are compared", of: RateComparison.Test.self
    ) {
      switch $0 {
      case .fisherExact:
        "One-sided: how often chance alone puts as many of the extracted canaries into the first group, "
          + "given how many were extracted in all."
      case .mcNemarExact:
        "Two-sided: of the canaries that only one of the two decodings extracts, how often chance alone "
          + "divides them as unevenly."
      }
    },
    Family(
      "interval methods", "how the interval of an AUC was computed",
      of: MembershipResult.Method.self
    ) {
      switch $0 {
      case .delongLogit:
        "DeLong's variance of the AUC, taken on the logit scale so that the ends stay within 0 and 1."
      case .perfectSeparation:
        "The two groups do not overlap, so there is no variance; the one-sided bound for perfect "
          + "separation is given in place of an interval."
      case .clusterBootstrap:
        "Groups of records that belong together were drawn again and again as a whole, since records "
          + "of one group are not independent."
      case .none:
        "No interval can be given for so few records; read the AUC as a number without one."
      }
    },
    Family(
      "scores", "what the tests that decide compare", of: StudyProtocol.Decision.Score.self
    ) {
      switch $0 {
      case .best:
        "The protocol leaves the choice open: the difference to the base model where a base run "
          + "answered, else the tuned model's own log-probability. It does not look at the outcome."
      case .tunedMinusBase:
        "The log-probability of a secret under the tuned model minus that under the base model: what "
          + "training changed."
      case .plain:
        "The log-probability of a secret under the tuned model alone. It sees less than a difference "
          + "to the base model."
      }
    },
    Family("components", "the tests that decide", of: EvidenceComponent.self) {
      switch $0 {
      case .rank:
        "The sum of the ranks of inserted secrets among their own references. Where the model does not "
          + "depend on a secret each of its ranks is equally likely, so p comes from counting, with ties "
          + "as they are."
      case .mass:
        "The mean over inserted secrets of the size of their space times their probability. It is at most "
          + "1 where nothing leaked, whatever the model, so p is at most 1 over it."
      case .extraction:
        "The number of inserted secrets that stand in replies to their own prompts. A secret is hit by "
          + "chance with at most the share of its space that stands in those replies."
      case .coin:
        "Inserted against held-out canaries within each kind. A random assignment decided which are in "
          + "the file, so without a leak every other assignment with the same counts is as likely."
      }
    },
    Family("accesses", "what an endpoint is planned to give", of: PlannedAccess.self) {
      switch $0 {
      case .textScoring: "Log-probabilities of given texts. All four tests can be taken."
      case .topTokens:
        "Replies with the most likely tokens of each step. They bound the probability of every secret "
          + "right after the prompt, so the tests by rank, mass and extraction can be taken. A pass is "
          + "for generation only."
      case .textOnly:
        "Replies alone. The tests by rank and by mass rest on how often the model writes something, so "
          + "they find little but memorised secrets. A pass is for generation only."
      }
    },
    Family(
      "membership scores", "what tells records of the corpus from others",
      texts: """
        loss
          The mean log-probability of a record's tokens: records that were trained on score higher.
        zlib
          The mean log-probability of a token over the record's size when compressed by zlib, so that
          text that is easy in itself counts less.
        zlib-total
          The record's whole log-probability over its size when compressed by zlib: how much better the
          model foresees the text than a compressor does.
        min-k
          The mean log-probability of the least likely fifth of a record's tokens: text that was
          trained on holds fewer surprises.
        reference
          The mean log-probability under the tuned model minus that under the base model, which takes
          out how easy a text is for any model. It needs a base run.
        reference-ratio
          The record's code length under the tuned model over that under the base model, negated: the
          smaller the part that is left, the higher. It needs a base run.
        error-zone
          At the tokens that the tuned model gives a probability of one half or less: by how much
          training raised the log-probabilities, over by how much it lowered them (EZ-MIA). It needs a
          base run of the same tokens.
        dc-pdd
          The probability of a record's tokens, weighed by how much each surprises the base model, up to
          a cap per token; a token counts once. It needs a base run of the same tokens.
        rmia
          The likelihood of the record relative to what the base model lets expect, as in offline RMIA.
          It needs a base run of the same tokens.
        lowercase
          The record's code length over that of the record in lower case, negated: text that was trained
          on loses more by the change. It says nothing of texts without capitals. The probe
          'record-lowercase' asks it.
        recall
          The mean log-probability of a record's tokens after records that were not trained on, over the
          same without them (ReCaLL): text that was trained on loses more by such a beginning. The probe
          'record-after-nonmembers' asks it.
        min-k-plus-plus
          The least likely fifth of a record's tokens, each by how far its log-probability stands from the
          mean of the model's own distribution there (Min-K%++). It needs the likeliest tokens at each
          place.
        surprising-tokens
          The mean log-probability of the tokens at which the model was sure of another one (SURP): text
          that was trained on holds milder surprises. It needs the likeliest tokens at each place.
        """),
    Family(
      "membership needs", "what a membership score needs of a study", of: MembershipNeed.self
    ) {
      switch $0 {
      case .scoredText:
        "The endpoint must score given texts: the probe 'record-likelihood' asks the log-probabilities "
          + "of the records' tokens."
      case .baseRun:
        "The same records must be asked of the model before training: 'coalmine probe --as base'. "
          + "Without it the score is not measurable, with the reason no-base-run."
      case .nextTokenRows:
        "At every place of a record the endpoint must list the likeliest tokens, and not only the one that "
          + "stands there: the option 'logprobs=NUMBER' of some dialects. Without it the score is not "
          + "measurable, with the reason no-listed-tokens."
      case .furtherQuestions:
        "The records must be asked in lower case, or after other records. The probe set 'membership' "
          + "asks both."
      }
    },
    Family(
      "membership tests", "how the p-value of a membership score was computed",
      of: MembershipResult.Test.self
    ) {
      switch $0 {
      case .mannWhitneyExact:
        "Every way to label the scores with the same numbers of members and non-members was counted; p "
          + "is the share of them with an AUC at least as high."
      case .labelPermutation:
        "Labels were drawn again 9,999 times, of whole groups where records come in groups; p counts "
          + "the draws with an AUC at least as high, and the labels as they are."
      }
    },
  ]
}
