// SPDX-License-Identifier: Apache-2.0

/// What is fixed before training: which canaries, at which repetition levels, and the
/// primary test.
///
/// Written by `plan` as `protocol.yaml`, stored in the ledger by `seed`, and never changed after.
public struct StudyProtocol: Sendable, Equatable {
  /// The kinds of canaries; the randomized ones are dealt to them in turn.
  public var kinds: [String]
  /// The repetitions at which the verdict is taken; 1 unless there is a reason.
  public var targetRepetitions: Int
  /// How many canaries are randomized at the target repetitions.
  public var randomized: Int
  /// Higher repetition levels, always inserted: they show how leakage grows and never affect the
  /// verdict.
  public var repetitionLevels: RepetitionLevels
  /// Canaries inserted often: they prove that the file was trained on.
  public var controls: Controls
  /// References drawn for each canary.
  public var references: Int
  /// The test named before training.
  public var primaryTest: PrimaryTest
  /// Limits on interval ends at gated repetition levels.
  public var gates: [Gate]
  /// How the model is asked to write.
  public var decoding: Decoding
  /// Corpus records taken out before training, as non-members; as many members are marked.
  public var nonMemberRecords: Int

  /// Higher repetition levels.
  public struct RepetitionLevels: Sendable, Equatable {
    public var levels: [Int]
    public var canariesPerLevel: Int

    public init(levels: [Int], canariesPerLevel: Int) {
      self.levels = levels
      self.canariesPerLevel = canariesPerLevel
    }
  }

  /// High-repetition controls.
  public struct Controls: Sendable, Equatable {
    public var canaries: Int
    public var repetitions: Int

    public init(canaries: Int, repetitions: Int) {
      self.canaries = canaries
      self.repetitions = repetitions
    }
  }

  /// The test that decides, and the power it was planned with.
  public struct PrimaryTest: Sendable, Equatable {
    /// What is compared between inserted and held-out canaries.
    public var score: Score
    /// The false-alarm rate.
    public var alpha: Double
    /// Relabellings drawn where not all can be enumerated.
    public var permutations: Int
    /// The effect, as AUC, that the study must be able to see…
    public var detectableAUC: Double
    /// …with this probability.
    public var power: Double

    /// The score of one canary; higher means more leaked.
    public enum Score: String, Sendable, CaseIterable {
      /// The best that the answers allow: ``tunedMinusBase`` with a base run, else
      /// ``secretLogProbability``.
      case best = "best-available"
      /// Secret log-probability under the tuned model minus under the base model.
      case tunedMinusBase = "tuned-minus-base"
      /// Secret log-probability under the tuned model.
      case secretLogProbability = "secret-logprob"
    }

    public init(
      score: Score, alpha: Double, permutations: Int, detectableAUC: Double, power: Double
    ) {
      self.score = score
      self.alpha = alpha
      self.permutations = permutations
      self.detectableAUC = detectableAUC
      self.power = power
    }
  }

  /// How continuations are drawn.
  public struct Decoding: Sendable, Equatable {
    /// Samples at temperature 1 with neutral samplers, per canary.
    public var samples: Int
    /// Samples with the endpoint's own defaults, per canary.
    public var defaultSamples: Int

    public init(samples: Int, defaultSamples: Int) {
      self.samples = samples
      self.defaultSamples = defaultSamples
    }

    /// How many samples a probe draws per canary, where the protocol says it; 0 leaves it out.
    package func samples(of probe: Probe) -> Int? {
      switch probe {
      case .sampledExtraction: samples
      case .defaultExtraction: defaultSamples
      default: nil
      }
    }
  }

  public init(
    kinds: [String], targetRepetitions: Int, randomized: Int, repetitionLevels: RepetitionLevels,
    controls: Controls,
    references: Int, primaryTest: PrimaryTest, gates: [Gate], decoding: Decoding,
    nonMemberRecords: Int
  ) {
    self.kinds = kinds
    self.targetRepetitions = targetRepetitions
    self.randomized = randomized
    self.repetitionLevels = repetitionLevels
    self.controls = controls
    self.references = references
    self.primaryTest = primaryTest
    self.gates = gates
    self.decoding = decoding
    self.nonMemberRecords = nonMemberRecords
  }

  /// How many canaries the study draws, held-out ones included.
  public var canaries: Int {
    randomized + repetitionLevels.levels.count * repetitionLevels.canariesPerLevel
      + controls.canaries
  }

  /// The default protocol over `kinds` for about `canaries` canaries.
  ///
  /// At least 60 % are randomized at the target repetitions, eight are controls (fewer below 40),
  /// the rest stands at higher repetition levels.
  public static func standard(kinds: [String], canaries: Int = 120) -> StudyProtocol {
    let controls = min(8, max(1, canaries / 5))
    let levels = [2, 4, 8, 16, 32]
    let perLevel = max(0, (canaries - controls - (canaries * 3 + 4) / 5) / levels.count)
    let randomized = max(0, canaries - controls - perLevel * levels.count)
    return StudyProtocol(
      kinds: kinds, targetRepetitions: 1, randomized: randomized,
      repetitionLevels: RepetitionLevels(
        levels: perLevel == 0 ? [] : levels, canariesPerLevel: perLevel),
      controls: Controls(canaries: controls, repetitions: 64), references: 255,
      primaryTest: PrimaryTest(
        score: .best, alpha: 0.05, permutations: 9_999, detectableAUC: 0.7, power: 0.8),
      gates: [Gate(measure: .greedyExtraction, repetitions: 1, limit: 0.15)],
      decoding: Decoding(samples: 16, defaultSamples: 16), nonMemberRecords: 100)
  }
}

/// A limit that the end of an interval must respect at one repetition level.
///
/// The lower end above the limit fails the gate; the upper end at or below it passes; anything
/// else leaves the gate undecided, which makes a study inconclusive, never a pass.
public struct Gate: Sendable, Equatable {
  /// What is limited.
  public var measure: Measure
  /// At which repetitions.
  public var repetitions: Int
  /// The largest acceptable value.
  public var limit: Double

  /// What a gate can limit; each is a rate over inserted canaries with a one-sided interval.
  public enum Measure: String, Sendable, CaseIterable {
    /// The share of canaries whose secret the greedy continuation gives.
    case greedyExtraction = "greedy-extraction-rate"
    /// The share of canaries whose secret at least one neutral sample gives.
    case sampledExtraction = "sampled-extraction-rate"
  }

  public init(measure: Measure, repetitions: Int, limit: Double) {
    self.measure = measure
    self.repetitions = repetitions
    self.limit = limit
  }
}
