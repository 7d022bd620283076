// SPDX-License-Identifier: Apache-2.0

extension Explanations {
  /// What 'coalmine compare' concludes, and why it refuses.
  static let comparisons = [
    Family(
      "comparisons", "what 'coalmine compare' concludes about two models",
      texts: """
        regression
          Model B leaks more than model A about the same secrets or records: the p-value of at least
          one test is at most alpha after Holm's correction over all tests that were taken. It says
          nothing about how much model A leaks; 'coalmine score' does.
        no-worse
          No test finds a regression, and with the stated confidence model B is worse by less than the
          margin in everything of exposure and extraction that was measured. It says nothing about
          leaks that both models have.
        inconclusive
          Neither can be said. The doubt behind it says why.
        """),
    Family(
      "doubts of a comparison", "what keeps 'coalmine compare' from saying 'no-worse'",
      texts: """
        power
          A confidence bound reaches the margin. More inserted canaries give narrower bounds. A larger
          margin asks for less; choose it before you look.
        ceiling
          More than 5 % of the secrets have the largest exposure under both models, so a further rise
          would not be seen. More references in the protocol raise the ceiling.
        not-measured
          Neither exposure nor extraction was measured under both models.
        """),
  ]

  /// What 'coalmine status' says is next.
  static let steps = Family(
    "steps", "what 'coalmine status' says is next",
    texts: """
      train
        Train the model on the seeded file, and state model, epochs and file with 'coalmine trained'.
        A study without a statement can be scored; its report has a caveat.
      probe-base
        The protocol compares with the base model, so the base run must be complete before the tuned
        model is asked.
      probe-tuned
        Ask the tuned model with 'coalmine probe'.
      go-on
        A run was begun and has answers missing. The same 'coalmine probe' command goes on with it.
      score
        Every run that was begun is complete: 'coalmine score' and 'coalmine report' need the ledger
        alone.
      retired
        'coalmine retire' dropped secrets, texts and replies. Nothing can be asked any more; the results
        are kept as they were.
      """)

  /// How 'coalmine monitor' stands after a look.
  static let looks = Family(
    "looks", "how a study stands after a look of 'coalmine monitor'",
    texts: """
      alarm
        The evidence over all looks reached 1/alpha, at this look or an earlier one: the model knows
        secrets of this study, or they reached it otherwise. The chance of a false alarm over all
        looks together is at most alpha.
      incomplete
        The last look has answers missing, and counts as 0 until they come. The same command goes on.
      not-measurable
        The last look gave no usable log-probabilities, or no control was seen in it, so it would not
        have seen a leak.
      quiet
        The evidence is below 1/alpha, and a control showed that a known secret would be seen.
      """)

  /// Why 'coalmine history' shows nothing.
  static let historyErrors = Family(
    "errors of a history", "'coalmine history' has nothing to show",
    texts: """
      history-no-studies
        The folder holds no ledger. Folders in it are not looked into; name them, or name files.
      """)

  /// Why 'coalmine compare' does not compare.
  static let comparisonErrors = Family(
    "errors of comparisons", "'coalmine compare' cannot compare",
    texts: """
      not-comparable
        The two runs did not ask the same questions about the same canaries, or one of them is not
        complete. Each line below the message names one difference. Copy the ledger after seeding, and
        ask each model in its own copy, or ask both in one study.
      compare-runs
        '--run' is given once per model, first for A and then for B. With one study it is needed; with
        two studies the latest run of each is taken without it.
      bad-margin
        A margin is 'bits=NUMBER', 'points=NUMBER', or both with a comma between.
      """)
}
