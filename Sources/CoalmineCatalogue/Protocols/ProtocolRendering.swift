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
      # What this study fixes before training. 'coalmine seed' stores it in the ledger; after that
      # a change here changes nothing.
      version: \(version)

      # Kinds of canaries. Those under the coin are dealt to them in turn; each kind is a stratum of
      # the primary test.
      families:
      \(study.families.map { "  - \($0)" }.joined(separator: "\n"))

      # The dose at which the verdict is taken: how often a canary stands in the corpus. For each of
      # the 'randomized' canaries a fair coin decides between inserted and held out.
      target:
        dose: \(study.targetDose)
        randomized: \(study.randomized)

      # Higher doses, always inserted. They show how leakage grows and never decide.
      ladder:
        doses: [\(study.ladder.doses.map(String.init).joined(separator: ", "))]
        canaries-per-dose: \(study.ladder.canariesPerDose)

      # Canaries inserted often, to see that the model was trained on this file at all.
      controls:
        canaries: \(study.controls.canaries)
        repetitions: \(study.controls.repetitions)

      # Fresh secrets that each canary is ranked among: by rank alone, exposure is at most
      # log2(references + 1) bits.
      references: \(study.references)

      # The one test that decides: inserted against held-out canaries at the target dose.
      # score: \(words(StudyProtocol.PrimaryTest.Score.self)).
      # alpha is its rate of false alarms. The study is called too small where it would not see an
      # effect of 'detectable-auc' with probability 'power'.
      primary-test:
        score: \(test.score.rawValue)
        alpha: \(test.alpha)
        permutations: \(test.permutations)
        detectable-auc: \(test.detectableAUC)
        power: \(test.power)

      # Limits on rates at one dose. The lower end of the interval above the limit fails the gate,
      # the upper end at or below it passes; anything between leaves the study inconclusive.
      # measure: \(words(Gate.Measure.self)).
      \(gates(study.gates))

      # Texts drawn for each canary: at temperature 1 with neutral samplers, and with the endpoint's
      # own settings. 0 leaves them out.
      decoding:
        samples: \(study.decoding.samples)
        default-samples: \(study.decoding.defaultSamples)

      # Corpus records that are taken out before training, for the membership measures; as many of
      # those that stay are marked.
      hold-out-records: \(study.holdOutRecords)

      """
  }

  private static func gates(_ gates: [Gate]) -> String {
    guard !gates.isEmpty else { return "gates: []" }
    return "gates:\n"
      + gates.map { gate in
        "  - measure: \(gate.measure.rawValue)\n    dose: \(gate.dose)\n    limit: \(gate.limit)"
      }.joined(separator: "\n")
  }

  private static func words<Choice>(_ type: Choice.Type) -> String
  where Choice: RawRepresentable<String> & CaseIterable {
    Choice.allCases.map(\.rawValue).joined(separator: " or ")
  }
}
