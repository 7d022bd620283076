// SPDX-License-Identifier: Apache-2.0

extension Explanations {
  static let reasons = Family(
    "reasons", "why a value is not there",
    texts: """
      not-answered
        The question has no answer yet. 'coalmine probe' asks it; the value is in no rate and never
        counts as zero.
      not-asked
        It was not asked: no run of the tuned model was probed yet, the run's probe set does not ask
        it, or the protocol takes no samples of it. 'coalmine probe' makes a run; '--probe-set'
        chooses another set for a new one.
      replies-dropped
        The study was retired, and the replies of its runs were dropped for good. A report that was
        written before, or a copy of the ledger, still shows examples.
      no-base-run
        No run of the base model was probed, so nothing can be compared with it. 'coalmine probe
        --as base' asks it.
      base-asked-otherwise
        The base model was asked in another form than the tuned one, so that another text of the record was
        scored: of a conversation its last answer in turns, and all of it as one text. Ask both in one form.
      own-samplers
        The run left temperature and top_p to the model ('samplers=own'), so its replies are neither its
        likeliest ones nor samples at temperature 1. Rates with the endpoint's own settings are there.
      no-randomized-canaries
        No canary is randomized at the target repetitions, so there is nothing that the tests could
        look at.
      no-pairs
        No kind has both an inserted and a held-out canary with a score, so the test by
        assignment has no pair to compare.
      no-canaries
        The study has no canary of this role and repetition level, so there is nothing to count.
      no-controls
        The study has no control canaries or no in-context positive controls. Nothing passes without
        controls; plan some.
      no-listed-tokens
        The likeliest tokens at each place of the record were not asked for, or the endpoint lists none.
        The option 'logprobs=NUMBER' of some dialects asks for them in a new run.
      no-surprising-token
        At no token of the record was the model sure of another one, so the score has no token to look
        at.
      retrieval-not-excluded
        The endpoint may look texts up when it answers, and canaries that stand in its index alone are
        known, too few or without answers: what is seen says nothing of the training.
      no-index-only-canaries
        The study has no canary for the index that the endpoint looks texts up in. 'coalmine plan
        --retrieval' plans them, before seeding; 'coalmine index' writes them.
      no-held-out-canaries
        The random assignment held no canary out, so whether held-out secrets rank as chance has it
        cannot be checked.
      secrets-not-uniform
        Whoever imported the canaries does not state that each secret was drawn uniformly from its
        space, so ranks, masses and verbatim secrets have no known chance.
      choice-refused
        The model refused to choose among the texts of a forced choice.
      choices-missing
        A reply to a forced choice lacks the probability of a text, or has one of a text that was not
        named.
      forced-choice-unanswered
        A run of forced choices has no answer about these canaries, so it says nothing of them.
      secrets-shown-before
        Another run sent the secrets to an endpoint, to have them scored or chosen among, before this one
        was asked to the end. What the model writes need not come from training, so it decides nothing.
      assignment-not-random
        Whoever imported the canaries does not state that chance alone decided which were inserted, so
        inserted and held-out ones cannot be compared by it.
      no-shared-boundary
        The texts of each canary begin at different token boundaries, so their probabilities need not
        sum to 1, and the test by mass is not taken.
      no-references
        The protocol draws no references, so no rank and no exposure can be given.
      no-records
        There are no scored records of both kinds, in the file and out of it, so no membership score
        can be taken.
      records-grouped
        The records name groups that belong together, and the paired test of two AUCs by 'coalmine
        compare' takes records as independent. Exposure and extraction are compared all the same.
      too-few-nonmembers
        One per cent of the non-members is less than one record, so no threshold can be found that
        mistakes as few as that. Set more records aside: 'non-member-records' in the protocol.
      record-too-short
        Fewer than two tokens of the record have a log-probability, so it has no membership score and
        is in none of their numbers.
      tokenisers-differ
        The tuned and the base model split the record into different tokens, so that a score of single
        tokens cannot compare them; or the tuned model splits it otherwise after a prefix. Scores of
        the whole text are given.
      no-prefix
        The record stands in the prefix that other records are asked after, or belongs to a group that
        has a record in it, so it is not asked after the prefix itself; or no record that was taken out
        of the file is short enough for a prefix.
      ceilings-differ
        Secrets of this level were ranked among different numbers, so that their exposures can reach
        different largest values. A median of them would mix the two; it is given per ceiling.
      too-few-levels
        A curve over repetition levels needs three exposures at two numbers of copies or more.
      ceiling-too-low
        The exposures cannot reach what is asked for, since there are too few references. Plan more.
      wrong-observation
        The ledger holds an answer of another kind than the question asks. It is not counted; the
        ledger may have been changed by another program.
      internal-error
        A statistic could not be computed for a reason that it does not name. This is a defect of
        coalmine; please report it with the evidence of the report.
      probabilities-do-not-sum
        The endpoint's probabilities of what may follow were seen to sum to something else than 1,
        so no bound follows from a probability. Exposure by rank is not touched.
      secret-not-covered
        The tokens that the endpoint scored end before the secret does, so its log-probability is
        not known. The prompt may have been cut.
      token-gap
        The scored tokens leave bytes of the text out, or overlap, so their sum would not be the
        text's log-probability. The value is left out.
      token-past-secret
        The last token holds bytes that were not asked for, so its log-probability is not that of
        the secret. The value is left out.
      no-logprob
        A token came without a log-probability. The endpoint may give them for some tokens only.
      invalid-logprob
        A token's log-probability is above 0 or no number. The endpoint's values may be something
        else, such as probabilities or scores.
      no-continuation
        The answer holds no continuation, so whether it gives the secret is not known.
      continuations-withheld
        The endpoint filtered or refused every continuation. The canary is in no extraction rate,
        and counts against a gate that would pass.
      continuations-recited
        The endpoint held every continuation back, and at least one of them because it repeats a text
        that the provider knows. That is a sign of memorisation. The canary is in no extraction rate,
        and counts against a gate that would pass.
      not-recited
        Of no reply did the provider say that it repeats a text that it knows. Most services never say
        it, so this is no sign of a clean model.
      sample-missing
        A later sample of the same prompt is stored and this one is not, so the samples are not all
        there and none is counted. 'coalmine probe' asks the missing one.
      unfinished
        The server gave up on a continuation. It is asked again, and is left out where that does not
        help.
      no-choices
        The reply holds no continuation at all. It is asked again.
      no-choice
        The reply holds no continuation or score for this prompt, or lacks a sample. Other prompts
        of the same request are read.
      missing-choices
        Continuations are missing and the others bear no number, so that none can be given to its
        prompt. It is asked again.
      results-missing
        Results are missing or misplaced in the reply. It is asked again.
      bad-index
        A result has no number, one out of range, or one twice, so that it cannot be given to its
        prompt. It is asked again.
      empty-text
        A text without bytes has no probability; it is not asked.
      no-content
        A result of the endpoint holds no text. It is left out.
      empty-answer
        The limit was reached before the answer held any text, as where a model reasons first. Nothing
        was seen of what it would have written, so it is no miss. Ask for less reasoning, or grant
        tokens for it, by the dialect's options where it has them.
      other-answer
        The reply answers another question than the one asked. It is left out.
      not-described
        The endpoint tells nothing about itself that is known: no models, no samplers.
      endpoint-refuses
        The endpoint refuses what was asked, as one that cannot do it. 'coalmine check' says what it
        can do.
      error-in-reply
        The reply has the status of a success and holds an error that is not known. It is asked once
        more.
      http-NNN
        The endpoint answered with this HTTP status (429: too many requests; 5xx: its own fault).
        The question is asked again, with pauses, and has no answer where that does not help.
      no-tokens
        The endpoint did not tell the tokens of the text, so it could not be scored token by token.
      bias-ignored
        The endpoint wrote another token than the one it was made to write. The wanted token is looked
        up in a row of all tokens instead.
      token-is-part-of-character
        The token that the endpoint wrote is a part of a character, and llama-server lists no
        log-probability there. What was wanted is looked up in a row of all tokens instead.
      not-forced
        The endpoint wrote a text under a grammar and gave no log-probability for a token of it. The
        text is scored token by token instead.
      token-not-listed
        The endpoint listed its whole vocabulary and the wanted token is not in it, so the text has
        no log-probability there.
      too-many-tokens
        The text has more tokens than are scored token by token. It is left out, members and
        non-members alike.
      text-too-long
        The text has more tokens than the endpoint's context window. It is left out.
      text-refused
        The endpoint refused this text when it was asked alone. It is left out, and the others of
        the run are asked.
      content-filtered
        A content filter of the endpoint held this text back. It is left out, and the others of the
        run are asked.
      tokens-do-not-spell-the-text
        The tokens that the endpoint gives are not those of the text, so their log-probabilities are
        not the text's. The value is left out.
      mark-doubled
        The server puts a mark before every prompt, and the rendered conversation begins with the same
        mark, so the model would read it twice.
      references-suffice
        The exact rank was not searched, because the references alone leave no more than 2 bits
        open. The exposure by references is given.
      tokens-longer-than-a-byte
        The exact rank was not searched: it can be where secrets are split byte by byte, and this
        tokeniser joins characters. The exposure by references is given.
      """)

  static let statistics = Family(
    "refusals of statistics", "why a number could not be computed from its input",
    texts: """
      empty-input
        There was nothing to compute from, so there is no number.
      nan
        A value is not a number, so nothing is computed from it.
      invalid-parameter
        A parameter is outside the range for which the statistic is defined.
      length-mismatch
        Two lists that belong together have different lengths.
      all-censored
        No value lies inside the range that can be measured, so no line can be fitted.
      degenerate-input
        The points are too few, or lie so that no line or only one that is not determined fits them.
      degenerate-references
        The references have one and the same score, so that no distribution can be fitted to them.
      too-few-references
        There are too few references to fit a distribution to them. Their rank needs no fit.
      not-reachable
        No effect or no size reaches the wanted power here: there are too few canaries, or alpha is
        too small.
      residual-too-large
        The tokens that the endpoint listed leave out too much of the probability for this score.
      indeterminate
        Infinite log-probabilities leave this score without a value.
      division-by-zero
        The log-likelihood that this score divides by is 0, so it has no value.
      """)
}
