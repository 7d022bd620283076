// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension Canary {
  /// The same canary in another role.
  func with(role: Role) -> Canary {
    Canary(
      id: id, kind: kind, templateText: templateText, context: context, index: index, bits: bits,
      role: role, repetitions: repetitions, randomized: randomized, prefix: prefix,
      separator: separator,
      secret: secret, suffix: suffix, turns: turns)
  }
}
