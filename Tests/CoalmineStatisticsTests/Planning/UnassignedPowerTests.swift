// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

/// Power where the model was not trained on what the assignment says.
@Suite struct `Simulated power of a changed file` {
  private func canaries(lost: Int, strays: Int = 0) -> [PlannedCanary] {
    (0..<72).map { number in
      let isInserted = number < 36
      return PlannedCanary(
        kind: "kind-\(number % 4)", isInserted: isInserted, references: 255, spaceBits: 19.93,
        isAsAssigned: isInserted ? number >= lost : number - 36 >= strays)
    }
  }

  private func power(_ leak: PlannedLeak, lost: Int, strays: Int = 0) throws -> SimulatedPower {
    try PowerSimulation(PowerDesign(canaries(lost: lost, strays: strays)), studies: 2_000).run(leak)
  }

  @Test(arguments: [PlannedLeak.dense(auc: 0.75), .sparse(memorised: 4)])
  func `every lost canary costs power, and without any the tests find nothing but chance`(
    _ leak: PlannedLeak
  ) throws {
    let found = try [0, 9, 18, 27, 36].map { try power(leak, lost: $0).found }
    #expect(found == found.sorted(by: >))
    #expect(found[0] > 1_600)
    // Size: alpha is 0.05.
    #expect(found[4] < 160)
  }

  @Test func `held-out canaries that were trained on hide a leak from the coin alone`() throws {
    let plain = try power(.dense(auc: 0.8), lost: 0)
    let all = try power(.dense(auc: 0.8), lost: 0, strays: 36)
    #expect(try #require(plain.foundBy[.coin]) > 200)
    #expect(all.foundBy[.coin] == 0)
    #expect(all.foundBy[.rank] == plain.foundBy[.rank])
  }
}
