// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Testing

@Suite struct `Numbers as sentences write them` {
  @Test(arguments: [
    (0.4568, 0.02, "p = 0.4568"), (0.00004, 0.02, "p below 0.0001"),
    (0.00004, 0.0000001, "p = 0.00004000"), (0.00000003, 0.0000001, "p = 0.00000003"),
    (0.000000001, 0.0000001, "p below 0.00000001"), (0, 0.0000001, "p below 0.00000001"),
  ])
  func `a p-value beside a small limit shows on which side it is`(
    _ value: Double, _ limit: Double, _ words: String
  ) {
    #expect(Prose.pValue(value, below: limit) == words)
  }

  @Test func `what is written never looks smaller than it is`() throws {
    for exponent in 1...13 {
      for digit in 1...9 {
        let value = Double("\(digit).37e-\(exponent)")!
        let words = Prose.pValue(value, below: 1e-10)
        if let written = Double(words.dropFirst("p = ".count)) {
          #expect(written >= value && written <= value * 1.01 + 1e-11, "\(words) of \(value)")
        } else {
          #expect(value < 1e-10 && words.hasPrefix("p below "), "\(words) of \(value)")
        }
      }
    }
  }

  @Test(arguments: [
    (0.5, 0), (0.1, 0), (0.05, 1), (0.001, 2), (0.0000001, 6), (0, 15), (1e-30, 15),
  ])
  func `zeros before the first digit are counted`(_ value: Double, _ zeros: Int) {
    #expect(Prose.zeros(value) == zeros)
  }
}
