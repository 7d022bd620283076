// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Testing

@Suite struct `Measures at an endpoint` {
  static func table(
    noise: Double?, samples: Capabilities.State = .seen, evidence: String = "4 of 4",
    abilities: Abilities = [.tokenizes, .listsNextTokens, .continues]
  ) -> [String: MeasureSupport] {
    let seen = Capabilities(
      claimed: abilities, verified: abilities,
      items: [
        Capabilities.Item(.probabilitiesSum, .seen, "seen"),
        Capabilities.Item(.samplesDiffer, samples, evidence),
      ], noiseNats: noise, repeats: 5, contextTokens: nil)
    return Dictionary(
      uniqueKeysWithValues: MeasureSupport.table(seen, references: 255).map { ($0.measure, $0) })
  }

  static let scored = [
    "primary test", "exposure by references", "exposure by exact rank", "mass bound, mass e-value",
    "membership of records", "against the base model",
  ]

  @Test(arguments: [0, 0.5, 1.0])
  func `noise up to 1 nat takes no measure away`(_ noise: Double) {
    let table = Self.table(noise: noise)
    #expect(table.values.allSatisfy(\.isPossible) && table.count == Self.scored.count + 2)
  }

  @Test func `noise above 1 nat takes every measure of log-probabilities away, and no other`() {
    let table = Self.table(noise: 43)
    for (measure, row) in table {
      #expect(row.isPossible == !Self.scored.contains(measure), "\(measure)")
      guard Self.scored.contains(measure) else { continue }
      #expect(row.conclusion.hasPrefix("noise of 43"), "\(row.conclusion)")
      #expect(row.conclusion.hasSuffix("is larger than any difference to be seen"))
    }
    // Without scores there is no noise to blame.
    let textOnly = Self.table(noise: nil, abilities: .continues)
    #expect(
      textOnly["primary test"]?.conclusion
        == "needs the log-probability of a given text; rank and mass are taken from how often the model "
        + "writes a secret")
    let listed = Self.table(noise: nil, abilities: [.continues, .showsTopTokens])
    #expect(
      listed["primary test"]?.conclusion.hasSuffix("taken from the tokens listed beside samples")
        == true)
  }

  @Test func `samples that are all alike take sampled extraction away`() throws {
    let alike = Self.table(noise: 0, samples: .notSeen, evidence: "1 of 4")
    let row = try #require(alike["extraction, sampled"])
    #expect(!row.isPossible && row.conclusion.contains("all alike"))
    #expect(alike["extraction, greedy"]?.isPossible == true)
    let none = Self.table(noise: 0, samples: .notSeen, evidence: "no samples came back")
    #expect(none["extraction, sampled"]?.conclusion.contains("none came") == true)
    #expect(Self.table(noise: 0, samples: .notTried)["extraction, sampled"]?.isPossible == true)
  }
}
