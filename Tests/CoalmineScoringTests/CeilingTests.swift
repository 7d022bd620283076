// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct `Exposures with ceilings` {
  private func row(_ exposures: [Outcome<Exposure>]) throws -> RepetitionLevelResult {
    let canaries = exposures.enumerated().map {
      MadeCanary.result("\($0.offset)", exposure: $0.element)
    }
    let rows = RepetitionLevelTable.rows(canaries)
    #expect(rows.count == 1)
    return try #require(rows.first)
  }

  @Test func `a median is never taken over different ceilings`() throws {
    let mixed = try row(
      [2, 8, 32].map { try MadeCanary.sampled(rank: $0, references: 255) }
        + [1, 4].map { try MadeCanary.exact(rank: $0, candidates: 4096) })
    #expect(mixed.medianExposureBits.status == "not-measurable")
    #expect(mixed.medianExposureBits.reason?.slug == "ceilings-differ")
    #expect(mixed.quartilesBits.reason?.slug == "ceilings-differ")
    #expect(
      mixed.medianExposureBits.reason?.evidence
        == "exposures of this level are ranked among different numbers, with ceilings of 8.0, 12.0 "
        + "bits")
    #expect(mixed.exposures.map(\.ranking) == [.references, .candidates])
    #expect(mixed.exposures.map(\.ceilingBits) == [8, 12])
    #expect(mixed.exposures.map(\.canaries) == [3, 2])
    #expect(mixed.exposures.map(\.median.bits) == [5, 11])
    #expect(
      mixed.medianInWords == "5.0 [3 canaries, ceiling 8.0]; 11.0 [2 canaries, ceiling 12.0]")
    // Fewer references are another ceiling, too.
    let fewer = try row([
      try MadeCanary.sampled(rank: 2, references: 255),
      try MadeCanary.sampled(rank: 2, references: 127),
    ])
    #expect(fewer.medianExposureBits.reason?.slug == "ceilings-differ")
    #expect(fewer.exposures.map(\.median.bits) == [6, 7])
  }

  @Test(arguments: [
    ([1, 1, 4], "≥ 8.0"), ([1, 4, 16], "6.0"), ([1, 4], "≥ 7.0"), ([4, 4, 1, 1], "≥ 7.0"),
    ([4, 16], "5.0"), ([1], "≥ 8.0"),
  ])
  func `a median that its ceiling bounds from above is said to be at least that`(
    _ ranks: [Int], _ words: String
  ) throws {
    let own = try row(ranks.map { try MadeCanary.sampled(rank: $0, references: 255) })
    #expect(own.medianInWords == words)
    #expect(own.medianExposureBits.value == own.exposures.first?.median.bits)
    #expect(own.atCeiling == ranks.count { $0 == 1 })
  }

  @Test func `an exact rank of 1 is no lower bound, and is not at a ceiling`() throws {
    let own = try row([1, 1, 2].map { try MadeCanary.exact(rank: $0, candidates: 1024) })
    #expect(own.medianInWords == "10.0" && own.quartilesInWords == "9.5–10.0")
    #expect(own.atCeiling == 0)
    let sampled = try row([1, 1, 2, 2].map { try MadeCanary.sampled(rank: $0, references: 255) })
    #expect(sampled.quartilesInWords == "7.0–≥ 8.0")
  }

  @Test func `quantiles count no infinite neighbour that they do not touch`() {
    #expect(ExposureGroups.quantile(of: [1, 2, .infinity], 0.5) == 2)
    #expect(ExposureGroups.quantile(of: [1, .infinity], 0.5) == .infinity)
    #expect(ExposureGroups.quantile(of: [.infinity, .infinity], 0.75) == .infinity)
  }

  // MARK: - Where nothing leaked

  @Test func `a canary with an exact rank has the baseline of its own space`() throws {
    let canaries = try [1, 5, 9].map { try MadeCanary.sampled(rank: $0, references: 31) }
      .enumerated().map { MadeCanary.result("r\($0.offset)", exposure: $0.element) }
    let exact = try [3, 700].map { try MadeCanary.exact(rank: $0, candidates: 1000) }
      .enumerated().map { MadeCanary.result("x\($0.offset)", exposure: $0.element) }
    let line = ExposureUnderNull.line(canaries + exact, references: 31)
    #expect(line.rows.map(\.ranking) == [.references, .candidates])
    #expect(line.rows.map(\.canaries) == [3, 2])
    #expect(abs(line.rows[1].ceilingBits - log2(1000)) < 1e-12)
    let means = (ExposureUnderNull.mean(references: 31), ExposureUnderNull.mean(references: 999))
    #expect(abs(line.rows[0].meanBits - means.0) < 1e-12)
    #expect(abs(line.rows[1].meanBits - means.1) < 1e-12)
    #expect(abs(line.meanBits - (3 * means.0 + 2 * means.1) / 5) < 1e-12)
    #expect(line.canaries == 5)
    #expect(abs(line.rows[0].medianMaximumBits - ExposureUnderNull.medianMaximum([31: 3])) < 1e-12)
    #expect(line.medianMaximumBits >= line.rows.map(\.medianMaximumBits).max() ?? 99)
  }

  @Test func `the mean of a space is the mean over all its ranks`() {
    for count in [1, 2, 1000, 65_536, 65_537, 300_000] {
      var sum = 0.0
      for rank in 1...count { sum += log2(Double(count) / Double(rank)) }
      let mean = ExposureUnderNull.mean(candidateBits: log2(Double(count)))
      #expect(abs(mean - sum / Double(count)) < 1e-9, "\(count)")
    }
    #expect(abs(ExposureUnderNull.mean(candidateBits: 200) - 1 / log(2)) < 1e-12)
  }

  @Test(arguments: [[(3, false), (5, true)], [(2, true), (2, true), (7, false)], [(6, true)]])
  func `the median of the maximum over references and spaces is that of every outcome`(
    _ parts: [(places: Int, isSpace: Bool)]
  ) {
    var maxima = [0.0]
    for part in parts {
      maxima = maxima.flatMap { maximum in
        (1...part.places).map { max(maximum, log2(Double(part.places) / Double($0))) }
      }
    }
    maxima.sort()
    let median = maxima.first { value in
      2 * maxima.count { $0 <= value + 1e-12 } >= maxima.count
    }
    let counts = parts.reduce(into: [ExposureUnderNull.Ranking: Int]()) { counts, part in
      let ranking: ExposureUnderNull.Ranking =
        part.isSpace ? .candidates(bits: log2(Double(part.places))) : .references(part.places - 1)
      counts[ranking, default: 0] += 1
    }
    #expect(abs(ExposureUnderNull.medianMaximum(among: counts) - (median ?? -1)) < 1e-8)
  }

  @Test func `seventy spaces of 64 bits have a maximum near log2 70 and half a bit`() {
    let bits = ExposureUnderNull.medianMaximum(among: [.candidates(bits: 64): 70])
    #expect(abs(bits - (log2(70) + 0.53)) < 0.02)
    #expect(ExposureUnderNull.medianMaximum(among: [:]) == 0)
  }
}
