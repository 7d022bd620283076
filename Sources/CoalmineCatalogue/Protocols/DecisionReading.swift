// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Reads what decides out of a protocol.
enum DecisionReading {
  /// `decision`, of the second edition; what is left out has its standard value.
  ///
  /// - Parameter usual: the weights where none are stated.
  /// - Throws: ``CoalmineError`` with file and line; `coin-with-grafted-contexts` where the coin has a weight
  ///   and contexts do not allow one.
  static func decision(
    _ value: YAMLValue, _ usual: ComponentWeights
  ) throws(CoalmineError) -> StudyProtocol.Decision {
    var decision = StudyProtocol.Decision(weights: usual)
    let table = try value.table([
      "access", "score", "alpha", "weights", "permutations", "power", "dense-auc",
      "sparse-secrets", "expected-noise", "expected-missing",
    ])
    try table.read("access") { value throws(CoalmineError) in
      decision.access = try value.choice(PlannedAccess.self)
    }
    try table.read("score") { value throws(CoalmineError) in
      decision.score = try value.choice(
        StudyProtocol.Decision.Score.self, among: StudyProtocol.Decision.Score.named)
    }
    try table.read("alpha") { value throws(CoalmineError) in decision.alpha = try alpha(value) }
    try table.read("weights") { value throws(CoalmineError) in
      decision.weights = try weights(value)
      guard usual[.coin] > 0 || decision.weights[.coin] == 0 else {
        throw value.error(
          "coin-with-grafted-contexts",
          "gives the coin a share of alpha; with 'contexts: grafted' it measures context and secret "
            + "together, so its weight must be 0, unless 'held-out-contexts: planted' stands beside it"
        )
      }
    }
    try table.read("permutations") { value throws(CoalmineError) in
      decision.permutations = try value.integer(in: ProtocolRange.permutations)
    }
    try table.read("power") { value throws(CoalmineError) in decision.power = try power(value) }
    try table.read("dense-auc") { value throws(CoalmineError) in
      decision.denseAUC = try value.number("above 0.5 and at most 1") { $0 > 0.5 && $0 <= 1 }
    }
    try table.read("sparse-secrets") { value throws(CoalmineError) in
      decision.sparseSecrets = try value.integer(in: 1...ProtocolRange.randomized.upperBound)
    }
    try table.read("expected-noise") { value throws(CoalmineError) in
      decision.noise = try value.number("0…10 nats") { $0 >= 0 && $0 <= 10 }
    }
    try table.read("expected-missing") { value throws(CoalmineError) in
      decision.missingShare = try value.number("at least 0 and below 1") { $0 >= 0 && $0 < 1 }
    }
    guard decision.components.contains(where: decision.access.components.contains) else {
      throw value.error(
        "weights-not-carried",
        "gives no weight to what the access '\(decision.access.rawValue)' can measure: "
          + EvidenceComponent.allCases.filter(decision.access.components.contains)
          .map(\.rawValue).joined(separator: ", "))
    }
    return decision
  }

  /// `primary-test`, of the first edition: the coin alone.
  static func primaryTest(_ value: YAMLValue) throws(CoalmineError) -> StudyProtocol.Decision {
    let table = try value.table(["score", "alpha", "permutations", "detectable-auc", "power"])
    guard let coin = try? ComponentWeights([.coin: 1]) else {
      throw value.error("weights-not-one", "cannot be read")
    }
    return StudyProtocol.Decision(
      score: try table.required("score").choice(StudyProtocol.Decision.Score.self),
      alpha: try alpha(table.required("alpha")), weights: coin,
      permutations: try table.required("permutations").integer(in: ProtocolRange.permutations),
      power: try power(table.required("power")),
      denseAUC: try table.required("detectable-auc")
        .number("above 0.5 and below 1") { $0 > 0.5 && $0 < 1 })
  }

  private static func alpha(_ value: YAMLValue) throws(CoalmineError) -> Double {
    try value.number("above 0 and at most 0.5") { $0 > 0 && $0 <= 0.5 }
  }

  private static func power(_ value: YAMLValue) throws(CoalmineError) -> Double {
    try value.number("above 0 and below 1") { $0 > 0 && $0 < 1 }
  }

  private static func weights(_ value: YAMLValue) throws(CoalmineError) -> ComponentWeights {
    let table = try value.table(EvidenceComponent.allCases.map(\.rawValue))
    var weights: [EvidenceComponent: Double] = [:]
    for component in EvidenceComponent.allCases {
      try table.read(component.rawValue) { value throws(CoalmineError) in
        weights[component] = try value.number("0…1") { $0 >= 0 && $0 <= 1 }
      }
    }
    do {
      return try ComponentWeights(weights)
    } catch {
      let sum = weights.sorted { $0.key.rawValue < $1.key.rawValue }.reduce(0) { $0 + $1.value }
      throw value.error("weights-not-one", "must sum to 1; they sum to \(Prose.decimal(sum, 4))")
    }
  }
}
