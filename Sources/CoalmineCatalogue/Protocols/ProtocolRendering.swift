// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

extension ProtocolFile {
  /// The protocol as commented YAML, which ``parse(_:path:kinds:)`` reads back to the same value.
  public static func render(_ study: StudyProtocol) -> [UInt8] {
    Array(text(study).utf8)
  }

  private static func text(_ study: StudyProtocol) -> String {
    let decision = study.decision
    return """
      # What this study fixes before training. 'coalmine seed' stores a copy in the ledger; a later
      # change of this file has no effect on that study.
      version: \(version)

      # Kinds of canaries. The randomized ones are distributed over them in turn; the coin
      # compares within each kind.
      kinds:
      \(study.kinds.map { "  - \($0)" }.joined(separator: "\n"))

      # The verdict is taken at the target repetitions: how often a canary is written in the corpus.
      # For each of the 'randomized' canaries a random assignment, with probability one half,
      # decides between inserted and held out.
      target:
        repetitions: \(study.targetRepetitions)
        randomized: \(study.randomized)

      # Higher repetition levels, always inserted. They show how leakage grows; they never affect the
      # verdict.
      repetition-levels:
        levels: [\(study.repetitionLevels.levels.map(String.init).joined(separator: ", "))]
        canaries-per-level: \(study.repetitionLevels.canariesPerLevel)

      # Canaries inserted often. They show whether the model was trained on this file.
      controls:
        canaries: \(study.controls.canaries)
        repetitions: \(study.controls.repetitions)

      # Fresh secrets that each canary is ranked among: by rank alone, exposure is at most
      # log2(references + 1) bits.
      references: \(study.references)

      # Whether the base model is asked about these references too. It costs as much as asking the
      # tuned model, and lets the ranks use differences between the two models.
      base-references: \(study.baseReferences)

      # What decides. Four tests share alpha, the rate of false alarms, by their weights:
      #   rank        inserted secrets rank better among their own references than chance allows
      #   mass        the probabilities of inserted secrets are larger than chance allows
      #   extraction  inserted secrets stand in replies more often than chance allows
      #   coin        inserted canaries score higher than held-out ones of their kind
      # access: \(listed(PlannedAccess.allCases)): what the tuned model's endpoint will
      # give. The weight of what it cannot carry goes to the other tests. A run with less than this can
      # find a leak and cannot pass.
      # score: \(listed(StudyProtocol.Decision.Score.named)).
      # A study passes only if it would have found both of these leaks with this power: a dense one,
      # in which each inserted secret scores above one of its own references with the probability
      # 'dense-auc', and a sparse one, in which 'sparse-secrets' of the inserted secrets are memorised.
      decision:
        access: \(decision.access.rawValue)
        score: \(decision.score.rawValue)
        alpha: \(decision.alpha)
        weights:
      \(weights(decision.weights))
        permutations: \(decision.permutations)
        power: \(decision.power)
        dense-auc: \(decision.denseAUC)
        sparse-secrets: \(decision.sparseSecrets)
        expected-noise: \(decision.noise)
        expected-missing: \(decision.missingShare)

      # Limits at one repetition level.
      # measure: \(listed(Gate.Measure.allCases)).
      # The first is a number of secrets: the gate fails if more of them than 'limit' stand in their
      # own replies. The others are rates: the gate fails if the lower end of the confidence interval
      # is above the limit and inserted secrets are extracted more often than held-out ones, and
      # passes if the upper end is at or below the limit. Otherwise the study is inconclusive.
      \(gates(study.gates))

      # Texts drawn for each canary: at temperature 1 with neutral samplers, and with the endpoint's
      # own settings. 0 leaves them out.
      decoding:
        samples: \(study.decoding.samples)
        default-samples: \(study.decoding.defaultSamples)

      # Corpus records that are taken out before training, for the membership measures; as many of
      # those that stay are marked.
      non-member-records: \(study.nonMemberRecords)
      \(retrieval(study.retrieval))\(forcedChoice(study.forcedChoice))\(copies(study.copies))\
      \(contexts(study))\(pairs(study.pairs))
      """
  }

  /// Nothing where none is planned.
  private static func forcedChoice(_ texts: Int) -> String {
    guard texts > 0 else { return "" }
    return """

      # In a last run, which 'coalmine probe --probe-set forced-choice' asks, the model chooses among so
      # many texts: the secret, and references in a random order. That shows every secret to whoever runs
      # the endpoint and burns the canaries. It changes no verdict.
      forced-choice: \(texts)

      """
  }

  /// Nothing where all copies of one canary are alike.
  private static func copies(_ copies: StudyProtocol.Copies) -> String {
    guard copies == .varied else { return "" }
    return """

      # Each copy of a canary has another remark after its secret, so that deduplication keeps it.
      # Context and secret, which are asked, are the same in all copies.
      copies: varied

      """
  }

  /// Nothing where they are one text.
  private static func pairs(_ pairs: StudyProtocol.Pairs) -> String {
    guard pairs == .turns else { return "" }
    return """

      # The trainer puts a prompt and its completion to the model as a user's turn and the model's answer,
      # in the model's chat template. Dialects that talk in turns ask so. 'text' if it joins them as one text.
      pairs: turns

      """
  }

  /// Nothing where contexts are template texts alone.
  private static func contexts(_ study: StudyProtocol) -> String {
    guard study.contexts == .grafted else { return "" }
    let head = """

      # Before its template text each canary, inserted or held out, has the beginning of a record of the
      # corpus. That record is taken out with its group, and is scored neither as a member nor as a
      # non-member.
      """
    guard study.heldOutContexts == .planted else {
      return head + """
         Contexts of inserted canaries are trained and those of held-out ones are not, so the
        # coin would measure more than secrets: its weight is 0.
        contexts: grafted

        """
    }
    return head + """

      contexts: grafted

      # The context of each held-out canary is planted as often as that of an inserted one, with a
      # placeholder for the secret: contexts of both are trained, and the coin compares secrets alone.
      held-out-contexts: planted

      """
  }

  /// Nothing where the endpoint answers from its model alone.
  private static func retrieval(_ retrieval: StudyProtocol.Retrieval) -> String {
    guard retrieval.isPossible else { return "" }
    return """

      # The endpoint may look texts up when it answers. Then a secret that it knows says nothing of the
      # training, unless it knows none of the 'index-only' canaries, which 'coalmine index' writes for its
      # index and which stand in no training record. Without them the study ends as inconclusive.
      retrieval:
        possible: true
        index-only: \(retrieval.indexOnly)

      """
  }

  private static func gates(_ gates: [Gate]) -> String {
    guard !gates.isEmpty else { return "gates: []" }
    return "gates:\n"
      + gates.map { gate in
        "  - measure: \(gate.measure.rawValue)\n    repetitions: \(gate.repetitions)\n"
          + "    limit: \(gate.measure.isCount ? String(Int(gate.limit)) : String(gate.limit))"
      }.joined(separator: "\n")
  }

  private static func weights(_ weights: ComponentWeights) -> String {
    EvidenceComponent.allCases.map { "    \($0.rawValue): \(weights[$0])" }
      .joined(separator: "\n")
  }

  private static func listed<Choice: RawRepresentable<String>>(_ choices: [Choice]) -> String {
    choices.map(\.rawValue).joined(separator: " or ")
  }
}
