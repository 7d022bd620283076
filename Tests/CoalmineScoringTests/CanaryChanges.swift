// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring

extension Canary {
  /// The same canary in another role, or with another secret of its space.
  func with(role: Role? = nil, index: UInt128? = nil, secret: [UInt8]? = nil) -> Canary {
    Canary(
      id: id, kind: kind, templateText: templateText, context: context, index: index ?? self.index,
      bits: bits, role: role ?? self.role, repetitions: repetitions, randomized: randomized,
      prefix: prefix, separator: separator, secret: secret.map { Secret($0) } ?? self.secret,
      suffix: suffix, turns: turns)
  }
}

extension Evidence {
  /// The same study with other canaries or answers.
  func with(canaries: [Canary]? = nil, tuned: Answers? = nil) -> Evidence {
    Evidence(
      studyProtocol: studyProtocol, facts: facts, canaries: canaries ?? self.canaries,
      spaces: spaces, inContextControls: inContextControls, records: records, shape: shape,
      predictableSeed: predictableSeed, scoringSeed: scoringSeed, tuned: tuned ?? self.tuned,
      base: base, looks: looks, draw: draw)
  }
}
