// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Extraction test` {
  @Test func `it is the tail of chance hits, by enumeration of the secrets`() throws {
    // Replies hold 2 of 8, 1 of 4 and 3 of 16 candidates; every secret is equally likely.
    let (seen, sizes) = ([2, 1, 3], [8, 4, 16])
    var tails = [Double](repeating: 0, count: 4)
    for a in 0..<8 {
      for b in 0..<4 {
        for c in 0..<16 {
          let hits = (a < 2 ? 1 : 0) + (b < 1 ? 1 : 0) + (c < 3 ? 1 : 0)
          for least in 0...hits { tails[least] += 1.0 / 512 }
        }
      }
    }
    for hits in 0...3 {
      let test = try ExtractionTest(
        found: (0..<3).map { $0 < hits }, candidatesSeen: seen,
        spaceBits: sizes.map { log2(Double($0)) })
      #expect(test.hits == hits && near(test.pValue, tails[hits]))
      #expect(near(test.expected, 0.25 + 0.25 + 3.0 / 16) && test.canaries == 3)
    }
  }

  @Test func `missing replies are no hit for a leak and a hit for a pass`() throws {
    func test(_ reading: MissingReading) throws -> ExtractionTest {
      try ExtractionTest(
        found: [true, nil, false], candidatesSeen: [1, 0, 2], spaceBits: [20, 20, 20],
        missing: reading)
    }
    let (leak, pass) = (try test(.leak), try test(.pass))
    #expect(leak.hits == 1 && pass.hits == 2 && leak.missing == 1 && pass.missing == 1)
    #expect(near(leak.pValue, 3 * exp2(-20), 1e-5) && pass.pValue < leak.pValue)
    // Nothing was seen, so no hit could be chance.
    let none = try ExtractionTest(
      found: [nil], candidatesSeen: [0], spaceBits: [20], missing: .pass)
    #expect(none.pValue == 0 && none.log10PValue == -.infinity)
  }

  @Test func `a small space that is seen whole is no evidence`() throws {
    let test = try ExtractionTest(
      found: [true, true], candidatesSeen: [10, 10], spaceBits: [log2(10), log2(10)])
    #expect(near(test.pValue, 1))
    #expect(try ExtractionTest(found: [true], candidatesSeen: [9], spaceBits: [0]).pValue == 1)
  }

  @Test func `hostile input is refused`() throws {
    func code(_ found: [Bool?], _ seen: [Int], _ bits: [Double]) -> String? {
      refusal { try ExtractionTest(found: found, candidatesSeen: seen, spaceBits: bits) }
    }
    #expect(code([], [], []) == "empty_input")
    #expect(code([true], [1, 2], [1]) == "length_mismatch")
    #expect(code([true], [1], [1, 2]) == "length_mismatch")
    #expect(code([true], [1], [.nan]) == "nan")
    #expect(code([true], [0], [1]) == "invalid_parameter")
    #expect(code([nil], [-1], [1]) == "invalid_parameter")
    for bits in [-1, .infinity] { #expect(code([false], [0], [bits]) == "invalid_parameter") }
  }
}
