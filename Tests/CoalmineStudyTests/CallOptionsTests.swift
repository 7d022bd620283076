// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStudy
import Foundation
import Testing

/// The options that `status` repeats.
@Suite struct `What a call of probe stated` {
  @Test func `is written as words of a shell, and nothing where nothing was stated`() {
    #expect(CallOptions.none.words == [])
    let all = CallOptions(
      batch: true, prices: "my prices.yaml", maxCost: 2.5, concurrency: 8, promptsPerRequest: 1,
      rankBudget: 0, plainScore: true)
    #expect(
      all.words == [
        "--batch", "--concurrency 8", "--prompts-per-request 1", "--rank-budget 0",
        "--score plain", "--prices 'my prices.yaml'", "--max-cost 2.5",
      ])
    #expect(CallOptions(maxCost: 5).words == ["--max-cost 5"])
  }

  @Test func `comes back from JSON as it was`() throws {
    let options = CallOptions(batch: true, prices: "p", maxCost: 0.1)
    let back = try JSONDecoder().decode(CallOptions.self, from: JSONEncoder().encode(options))
    #expect(back == options)
  }
}
