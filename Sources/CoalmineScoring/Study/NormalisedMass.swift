// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Whether the mass of a secret can be read from its probability.
enum NormalisedMass {
  /// Why no bound follows from a probability: those of what may follow were seen to sum to
  /// something else than 1.
  static func refused(_ capabilities: Capabilities?) -> Reason? {
    guard let item = capabilities?[.probabilitiesSum], item.state == .notSeen else { return nil }
    return Reason("probabilities-do-not-sum", item.evidence)
  }
}
