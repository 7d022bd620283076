// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

extension StudyProtocol {
  /// The rules by which a study is judged.
  public enum Edition: Int, Codable, Sendable, CaseIterable {
    /// The coin alone decides, gates by interval ends; never a pass.
    case first = 1
    /// Four components with shares of α, and simulated power.
    case second = 2
  }

  /// The tests that decide, and what they were planned to see.
  ///
  /// Each component of the evidence finds a leak at its own share of α. What the study must be able
  /// to see is stated as two leaks: a dense one, in which every inserted secret gains a little, and a
  /// sparse one, in which few secrets are memorised.
  ///
  ///     var decision = StudyProtocol.Decision()
  ///     decision.access = .textOnly
  ///     decision.components  // [.extraction]
  public struct Decision: Sendable, Equatable {
    /// What the endpoint of the tuned model is expected to give.
    public var access: PlannedAccess
    /// What is compared.
    public var score: Score
    /// The false-alarm rate of all components together.
    public var alpha: Double
    /// The share of each component in α, before what the access cannot measure is moved.
    public var weights: ComponentWeights
    /// Relabellings of the coin drawn where not all can be enumerated.
    public var permutations: Int
    /// The probability with which both leaks are found.
    public var power: Double
    /// The dense leak: the probability that an inserted secret scores above one of its own
    /// references.
    public var denseAUC: Double
    /// The sparse leak: how many inserted secrets are memorised.
    public var sparseSecrets: Int
    /// The standard deviation of a log-probability that is asked again, in nats, as planned.
    public var noise: Double
    /// The share of answers that will be missing, as planned.
    public var missingShare: Double

    /// The score of a text; higher means more leaked.
    public enum Score: String, Codable, Sendable, CaseIterable {
      /// Log-probability under the tuned model minus under the base model, where a base run was
      /// complete before the first tuned request.
      case tunedMinusBase = "tuned-minus-base"
      /// Log-probability under the tuned model.
      case plain = "secret-logprob"
      /// Of the first edition: the difference where the base model answered, else the plain score.
      case best = "best-available"

      /// What a protocol of the second edition can name.
      public static let named: [Score] = [.tunedMinusBase, .plain]
    }

    public init(
      access: PlannedAccess = .textScoring, score: Score = .plain, alpha: Double = 0.05,
      weights: ComponentWeights = .standard, permutations: Int = 9_999, power: Double = 0.8,
      denseAUC: Double = 0.75, sparseSecrets: Int = 2, noise: Double = 0, missingShare: Double = 0
    ) {
      self.access = access
      self.score = score
      self.alpha = alpha
      self.weights = weights
      self.permutations = permutations
      self.power = power
      self.denseAUC = denseAUC
      self.sparseSecrets = sparseSecrets
      self.noise = noise
      self.missingShare = missingShare
    }

    /// The weights with the share of what the access cannot measure moved to the rest; without
    /// effect where nothing would be left.
    public var carried: ComponentWeights {
      (try? weights.redistributed(to: access.components)) ?? weights
    }

    /// The components that decide at the planned access.
    public var components: [EvidenceComponent] { carried.components }

    /// The least power and the largest leaks with which a study can pass.
    public enum Floor {
      public static let power = 0.8
      public static let alpha = 0.1
      public static let denseAUC = 0.75

      /// max(2, 3 % of the inserted canaries).
      public static func sparseSecrets(inserted: Int) -> Int { max(2, 3 * inserted / 100) }
    }

    /// Why a study planned so cannot pass, one reason each; empty where it can.
    ///
    /// - Parameter inserted: canaries inserted at the target repetitions.
    public func undercutFloors(inserted: Int) -> [String] {
      var reasons: [String] = []
      if power < Floor.power { reasons.append("the planned power is below \(Floor.power)") }
      if alpha > Floor.alpha { reasons.append("alpha is above \(Floor.alpha)") }
      if access == .textScoring, denseAUC > Floor.denseAUC {
        reasons.append("the planned dense leak is an AUC above \(Floor.denseAUC)")
      }
      let most = Floor.sparseSecrets(inserted: inserted)
      if sparseSecrets > most {
        reasons.append("the planned sparse leak is more than \(most) memorised secrets")
      }
      return reasons
    }
  }
}
