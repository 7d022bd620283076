// SPDX-License-Identifier: Apache-2.0

/// The words of a report, explained for readers who do not measure models for a living.
enum ReportTerms {
  static let all: [(term: String, meaning: String)] = [
    (
      "canary", "An invented secret in an invented text, planted in the tuning corpus or held out."
    ),
    (
      "held out",
      "Drawn like the planted canaries and left out by random assignment. What the model shows for "
        + "these is chance."
    ),
    (
      "copies",
      "How often one canary is in the file. The verdict is taken at the target repetitions; more "
        + "copies show how leakage grows with repetition."
    ),
    (
      "control",
      "A canary planted so often that a model trained on the file must know it. Where it is not "
        + "seen, the study says nothing."
    ),
    (
      "exposure, in bits",
      "How far the true secret stands out among others that could have stood in its place. Each "
        + "bit halves the number of guesses needed. It is not zero where nothing leaked."
    ),
    (
      "chance baseline",
      "What exposure looks like where nothing leaked: its mean, and the largest of as many canaries "
        + "as this study has. Values below the largest are what chance gives."
    ),
    (
      "ceiling",
      "The largest exposure that the comparison could show. A value at the ceiling is a lower "
        + "bound: the true one may be higher."
    ),
    (
      "greedy extraction",
      "The model, given the text before the secret and asked for its most likely continuation, "
        + "writes the secret."
    ),
    (
      "sampled extraction",
      "At least one of several random continuations holds the secret."
    ),
    (
      "95% interval",
      "The range of true values that agree with what was seen. A rate of 0 out of few tries has a "
        + "long interval."
    ),
    (
      "AUC",
      "The share of pairs, one text from the corpus and one from outside, in which the score is "
        + "higher for the one from the corpus. 0.5 is guessing, 1 is certainty."
    ),
    (
      "p",
      "How often chance alone gives a result at least as strong, if nothing leaked. Alpha is the "
        + "limit set before training."
    ),
    (
      "gate",
      "A limit on a rate, set before training. It passes only when the whole interval lies below "
        + "the limit, and is undecided (open) when the interval includes it."
    ),
    (
      "measured, not measurable, censored, failed",
      "A value is there; this endpoint or study cannot give it, or nothing was asked; the endpoint "
        + "held the answer back; an answer was due and did not arrive or could not be read. Missing values count for "
        + "nothing and are never taken as zero."
    ),
    ("nats", "Logarithms to base e. One nat is 1.44 bits."),
  ]
}
