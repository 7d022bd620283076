// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `Digit recovery` {
  @Test(arguments: [
    "4471-9920-3315", "code: 447199203315.", "4471 9920\n3315", "**4471** (9920) 3315!",
    "4,471,9 920.3315", "４４７１-９９２０-３３１５", "٤٤٧١٩٩٢٠٣٣١٥", "99 4471-9920-3315 01",
    "4\u{FE0F}\u{20E3}471-9920-3315",
  ])
  func `separators do not matter`(output: String) throws {
    #expect(try DigitRecovery(of: "4471-9920-3315", in: output).isComplete)
  }

  @Test(arguments: [
    ("4471 or 9920 or 3315", 4), ("4471-9902-3315", 6), ("3315-9920-4471", 4), ("", 0),
    ("none", 0), ("5", 1), ("447199203315".map { "\($0)x" }.joined(), 1),
    ("4471½99203315", 8),
  ])
  func `letters and other orders break the run`(output: String, run: Int) throws {
    let found = try DigitRecovery(of: "4471-9920-3315", in: output)
    #expect(found.longestRun == run)
    #expect(!found.isComplete)
    #expect(found.digits == 12)
  }

  @Test func `random secrets are found in random separators`() throws {
    var draws = ScoreDraws(61)
    let separators = [" ", "-", ".", "", ", ", "\n", "—", "/"]
    for _ in 0..<300 {
      let digits = draws.symbols(1 + draws.below(16), of: 10)
      let secret = digits.map(String.init).joined()
      let output = digits.map { "\($0)" + separators[draws.below(separators.count)] }
      let found = try DigitRecovery(of: secret, in: "it is " + output.joined() + "right")
      #expect(found.isComplete)
      #expect(found.digits == digits.count)
    }
  }

  @Test(arguments: ["", "no digits", "½ Ⅷ"])
  func `a secret without digits is refused`(secret: String) {
    #expect(
      refusal { () throws(StatisticsError) in try DigitRecovery(of: secret, in: "12") }
        == "empty_input")
  }
}
