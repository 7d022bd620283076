// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Extrapolated exposure` {
  private func draws(_ count: Int, shape: Double, using generator: inout ChaCha8Rand) -> [Double] {
    let delta = shape / (1 + shape * shape).squareRoot()
    return (0..<count).map { _ in
      let (u, v) = generator.normalPair()
      return 40 + 3 * (delta * abs(u) + (1 - delta * delta).squareRoot() * v)
    }
  }

  @Test func `The fit beats every point of a grid around it`() throws {
    var generator = seeded(60)
    for shape in [-4.0, -1, 0, 2, 8] {
      let values = draws(300, shape: shape, using: &generator)
      let fit = try SkewNormalFit(values)
      func loss(_ a: Double, _ x: Double, _ w: Double) throws -> Double {
        let other = try SkewNormal(shape: a, location: x, scale: w)
        return -(try values.reduce(0) { try $0 + other.logDensity($1) })
      }
      let d = fit.distribution
      let own = try loss(d.shape, d.location, d.scale)
      #expect(isNear(own, fit.negativeLogLikelihood, relative: 1e-10))
      for a in [-0.5, -0.01, 0, 0.01, 0.5] {
        for x in [-0.3, -0.005, 0, 0.005, 0.3] {
          for w in [0.8, 0.998, 1, 1.002, 1.2] {
            #expect(try loss(d.shape + a, d.location + x, d.scale * w) >= own - 1e-7)
          }
        }
      }
    }
  }

  @Test func `The fit moves with the unit of the values`() throws {
    var generator = seeded(61)
    let values = draws(400, shape: 3, using: &generator)
    let fit = try SkewNormalFit(values).distribution
    let other = try SkewNormalFit(values.map { 1e-6 * $0 - 5 }).distribution
    #expect(isNear(other.shape, fit.shape, relative: 1e-4))
    #expect(isNear(other.scale, 1e-6 * fit.scale, relative: 1e-4))
    let mirrored = try SkewNormalFit(values.map { -$0 }).distribution
    #expect(isNear(mirrored.shape, -fit.shape, relative: 1e-4))
    #expect(isNear(mirrored.location, -fit.location, relative: 1e-5))
  }

  @Test func `Half-normal values are flagged, large samples are found`() throws {
    var generator = seeded(62)
    let flagged = try (0..<20).count { _ in
      try SkewNormalFit((0..<25).map { _ in abs(generator.normalPair().0) }).isShapeUnbounded
    }
    #expect(flagged > 5)
    let fit = try SkewNormalFit(draws(10_000, shape: 2, using: &generator))
    #expect(isNear(fit.distribution.shape, 2, absolute: 0.25) && !fit.isShapeUnbounded)
    #expect(isNear(fit.distribution.location, 40, absolute: 0.25))
  }

  @Test func `Nonsense is refused`() {
    func fit(_ values: [Double]) -> String? { refusal { try SkewNormalFit(values) } }
    #expect(fit([]) == "too_few_references")
    #expect(fit([1]) == "too_few_references")
    #expect(fit([.nan]) == "nan")
    #expect(fit([Double](repeating: 1, count: 20) + [.infinity]) == "invalid_parameter")
    #expect(fit([Double](repeating: 7, count: 20)) == "degenerate_references")
    #expect(fit((0..<20).map { Double($0 % 7) * 1e307 }) == nil)
    #expect(fit((0..<20).map { Double($0 % 7) * 1e-300 }) == nil)
    let values = (0..<99).map { Double($0) }
    var generator = seeded(63)
    #expect(
      refusal { try Extrapolation(references: values, using: &generator) }
        == "too_few_references")
    #expect(
      refusal {
        try Extrapolation(references: values + [1], replicates: 9, using: &generator)
      } == "invalid_parameter")
  }

  @Test func `The same seed gives the same result, and the value lies in its interval`() throws {
    var generator = seeded(64)
    let values = draws(150, shape: 1.5, using: &generator)
    func run() throws -> (Double, Exposure) {
      var generator = seeded(65)
      let one = try Extrapolation(references: values, replicates: 99, using: &generator)
      return (one.fitPValue, try one.exposure(logPerplexity: 33))
    }
    let (p, exposure) = try run()
    #expect(try run() == (p, exposure))
    #expect(exposure.interval.lower <= exposure.bits && exposure.bits <= exposure.interval.upper)
    #expect(exposure.method == .extrapolated && p >= 0.01)
  }

  @Test(arguments: [(500, 100, 99)] + (isDeep ? [(500, 200, 199)] : []))
  func `The fit's p keeps its size and the interval its level`(
    trials: Int, references: Int, replicates: Int
  ) throws {
    let truth = try SkewNormal(shape: 2, location: 40, scale: 3)
    let depths = [5.0, 8, 12]
    let canaries = try depths.map { bits in
      var (low, high) = (0.0, 50.0)
      for _ in 0..<60 {
        let middle = (low + high) / 2
        if try Extrapolation.bits(truth, middle) > bits { low = middle } else { high = middle }
      }
      return low
    }
    var held = [0, 0, 0]
    let size = try shareOfTrials(trials, seed: 66) { generator in
      let values = draws(references, shape: 2, using: &generator)
      let one = try Extrapolation(
        references: values, replicates: replicates, using: &generator)
      for (place, canary) in canaries.enumerated() {
        let interval = try one.exposure(logPerplexity: canary).interval
        if interval.lower <= depths[place] && depths[place] <= interval.upper { held[place] += 1 }
      }
      return one.fitPValue <= 0.05
    }
    let coverages = held.map { Double($0) / Double(trials) }
    print("measured: extrapolation \(trials) trials: size \(size), coverage \(coverages)")
    #expect(try size <= EvaluationTrials.most(0.05, of: trials))
    for coverage in coverages {
      #expect(try coverage >= EvaluationTrials.least(0.95, of: trials))
    }
  }

  @Test func `References that are no skew normal are found out`() throws {
    var generator = seeded(67)
    let values = (0..<300).map { _ in
      generator.normalPair().0 + (generator.coin() ? 6 : 0)
    }
    let one = try Extrapolation(references: values, replicates: 99, using: &generator)
    #expect(one.fitPValue <= 0.01)
  }
}
