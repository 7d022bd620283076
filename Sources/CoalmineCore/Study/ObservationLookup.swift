// SPDX-License-Identifier: Apache-2.0

/// Where ``Answers`` look observations up. A ledger packs them, a test gives a dictionary.
package protocol ObservationLookup: Sendable {
  /// The observation for one question; `nil` where it was not answered.
  func outcome(_ probe: Probe, _ subject: Subject) -> Outcome<Observation>?
  /// Whether samples at temperature 1 came with the likeliest tokens of each step.
  var listsTokens: Bool { get }
  /// All of them.
  func all() -> [Probe: [Subject: Outcome<Observation>]]
}

/// Observations in dictionaries.
package struct ObservationTable: ObservationLookup {
  private let observations: [Probe: [Subject: Outcome<Observation>]]

  package init(_ observations: [Probe: [Subject: Outcome<Observation>]]) {
    self.observations = observations
  }

  package func outcome(_ probe: Probe, _ subject: Subject) -> Outcome<Observation>? {
    observations[probe]?[subject]
  }

  package var listsTokens: Bool {
    (observations[.sampledExtraction] ?? [:]).values.contains { outcome in
      guard case .measured(.completions(let texts)) = outcome else { return false }
      return texts.contains(where: \.listsTokens)
    }
  }

  package func all() -> [Probe: [Subject: Outcome<Observation>]] { observations }
}
