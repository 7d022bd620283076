// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// What is fixed before training: which canaries, at which repetition levels, and what decides.
///
/// Written by `plan` as `protocol.yaml`, stored in the ledger by `seed`, and never changed after.
public struct StudyProtocol: Sendable, Equatable {
  /// The rules by which the study is judged.
  public var edition: Edition
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
  /// Whether the base model is asked about the references too, so that ranks can use differences.
  public var baseReferences: Bool
  /// The tests that decide, named before training.
  public var decision: Decision
  /// Limits on what is extracted at gated repetition levels.
  public var gates: [Gate]
  /// How the model is asked to write.
  public var decoding: Decoding
  /// Corpus records taken out before training, as non-members; as many members are marked.
  public var nonMemberRecords: Int
  /// Whether the endpoint may look texts up, and how that is told from training.
  public var retrieval: Retrieval
  /// How many texts a forced choice shows, the secret and references; 0 where none is planned.
  public var forcedChoice: Int
  /// Whether the copies of one canary differ in what stands after the secret.
  public var copies: Copies
  /// How prompts and completions that are texts are put to a model in training.
  public var pairs: Pairs

  /// How a trainer puts a prompt and its completion to the model, where both are texts in the corpus.
  public enum Pairs: String, Sendable, CaseIterable {
    /// As one text.
    case text
    /// As a user's turn and the model's answer, in the model's chat template.
    case turns
  }
  /// What stands before the secrets.
  public var contexts: Contexts
  /// What the corpus holds of held-out canaries.
  public var heldOutContexts: HeldOutContexts

  /// How the copies of one canary stand to each other.
  public enum Copies: String, Sendable, CaseIterable {
    /// All train the same text.
    case alike
    /// Each has another remark after its secret, so that deduplication keeps it.
    case varied
  }

  /// What stands before the secret of a canary, and is asked.
  public enum Contexts: String, Sendable, CaseIterable {
    /// A template text of the canary's kind.
    case sentences
    /// The beginning of a record that is taken out of the corpus, and then the secret in its place there: in
    /// the template text, in an answer, as a JSON value or in code.
    case grafted

    /// How the tests that decide share α where a protocol does not say it.
    ///
    /// Contexts of inserted canaries that come from records are trained. Where those of held-out ones are not,
    /// the coin would measure context and secret together: it has no weight.
    ///
    ///     StudyProtocol.Contexts.grafted.weights(heldOut: .absent)[.coin]  // 0
    public func weights(heldOut: HeldOutContexts) -> ComponentWeights {
      self == .grafted && heldOut == .absent ? .withoutCoin : .standard
    }
  }

  /// What the corpus holds of held-out canaries.
  public enum HeldOutContexts: String, Sendable, CaseIterable {
    /// Nothing.
    case absent
    /// Their contexts, as often as those of inserted ones, with a placeholder for the secret.
    case planted
  }

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

  /// Whether an endpoint may answer from an index of texts beside what its model learned.
  public struct Retrieval: Sendable, Equatable {
    /// Whether it may; else it answers from its model alone, by the statement of whoever plans.
    public var isPossible: Bool
    /// Canaries that stand in the index and in no training record.
    public var indexOnly: Int

    public init(isPossible: Bool = false, indexOnly: Int = 0) {
      self.isPossible = isPossible
      self.indexOnly = indexOnly
    }

    /// The endpoint answers from its model alone.
    public static let none = Retrieval()

    /// So many canaries for the index that what lets a leak be seen in the inserted ones would be seen
    /// in these as well: as many as are inserted on average.
    public static func least(randomized: Int) -> Int { max(1, (randomized + 1) / 2) }
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
    edition: Edition = .second, kinds: [String], targetRepetitions: Int, randomized: Int,
    repetitionLevels: RepetitionLevels, controls: Controls, references: Int,
    baseReferences: Bool = false, decision: Decision, gates: [Gate], decoding: Decoding,
    nonMemberRecords: Int, retrieval: Retrieval = .none, forcedChoice: Int = 0,
    copies: Copies = .alike, contexts: Contexts = .sentences,
    heldOutContexts: HeldOutContexts = .absent, pairs: Pairs = .text
  ) {
    self.edition = edition
    self.kinds = kinds
    self.targetRepetitions = targetRepetitions
    self.randomized = randomized
    self.repetitionLevels = repetitionLevels
    self.controls = controls
    self.references = references
    self.baseReferences = baseReferences
    self.decision = decision
    self.gates = gates
    self.decoding = decoding
    self.nonMemberRecords = nonMemberRecords
    self.retrieval = retrieval
    self.forcedChoice = forcedChoice
    self.copies = copies
    self.pairs = pairs
    self.contexts = contexts
    self.heldOutContexts = heldOutContexts
  }

  /// How many canaries the study draws, held-out ones included.
  public var canaries: Int {
    randomized + repetitionLevels.levels.count * repetitionLevels.canariesPerLevel
      + controls.canaries + retrieval.indexOnly
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
      decision: Decision(), gates: [.verbatim(at: 1)],
      decoding: Decoding(samples: 16, defaultSamples: 16), nonMemberRecords: 100)
  }
}
