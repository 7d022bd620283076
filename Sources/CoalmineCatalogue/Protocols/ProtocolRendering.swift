// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension ProtocolFile {
  /// The protocol as commented YAML, which ``parse(_:path:kinds:)`` reads back to the same value.
  public static func render(_ study: StudyProtocol) -> [UInt8] {
    Array(text(study).utf8)
  }

  private static func text(_ study: StudyProtocol) -> String {
    let test = study.primaryTest
    return """
      # What this study fixes before training. 'coalmine seed' stores a copy in the ledger; a later
      # change of this file has no effect on that study.
      version: \(version)

      # Kinds of canaries. The randomized ones are distributed over them in turn; the primary test
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

      # The primary test: inserted against held-out canaries at the target repetitions.
      # score: \(words(StudyProtocol.PrimaryTest.Score.self)).
      # alpha is its rate of false alarms. A study is underpowered if it detects an effect of
      # 'detectable-auc' with a probability below 'power'.
      primary-test:
        score: \(test.score.rawValue)
        alpha: \(test.alpha)
        permutations: \(test.permutations)
        detectable-auc: \(test.detectableAUC)
        power: \(test.power)

      # Limits on rates at one repetition level. A gate fails if the lower end of the confidence
      # interval is above the limit, and passes if the upper end is at or below it. Otherwise the
      # gate is undecided and the study is inconclusive.
      # measure: \(words(Gate.Measure.self)).
      \(gates(study.gates))

      # Texts drawn for each canary: at temperature 1 with neutral samplers, and with the endpoint's
      # own settings. 0 leaves them out.
      decoding:
        samples: \(study.decoding.samples)
        default-samples: \(study.decoding.defaultSamples)

      # Corpus records that are taken out before training, for the membership measures; as many of
      # those that stay are marked.
      non-member-records: \(study.nonMemberRecords)

      """
  }

  private static func gates(_ gates: [Gate]) -> String {
    guard !gates.isEmpty else { return "gates: []" }
    return "gates:\n"
      + gates.map { gate in
        "  - measure: \(gate.measure.rawValue)\n    repetitions: \(gate.repetitions)\n"
          + "    limit: \(gate.limit)"
      }.joined(separator: "\n")
  }

  private static func words<Choice>(_ type: Choice.Type) -> String
  where Choice: RawRepresentable<String> & CaseIterable {
    Choice.allCases.map(\.rawValue).joined(separator: " or ")
  }
}
