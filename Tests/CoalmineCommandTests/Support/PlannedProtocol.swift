// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting

/// The protocol that `coalmine plan` writes: the same options give the same one, and it is made once.
enum PlannedProtocol {
  private static let texts = MadeOnce<[String], String>()

  static func text(_ options: [String]) async throws -> String {
    try await texts.value(options) {
      let plan = try await CoalmineProgram.started(["plan", "--output", "-"] + options).outcome()
      guard plan.code == 0 else { throw ProgramFailed(plan) }
      return plan.text
    }
  }
}
