// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Tobit dose-response` {
  private typealias Response = TobitDoseResponse.Response

  private let doses: [Double] = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5]
  private let responses: [Response] =
    [.measured(0.4), .measured(1.9), .measured(1.1), .measured(2.2), .atMost(1), .measured(3.1)]
    + [4.6, 2.8, 3.3, 6.1, 4.2, 5, 7.9, 5.7].map { .measured($0) }
    + [.atLeast(8), .atLeast(8), .atLeast(8), .measured(7.4)]

  /// The log-likelihood by its definition, in the plain coordinates.
  private func logLikelihood(_ intercept: Double, _ slope: Double, _ sigma: Double) -> Double {
    zip(doses, responses).reduce(0) { sum, pair in
      let line = intercept + slope * pair.0
      switch pair.1 {
      case .measured(let y):
        let z = (y - line) / sigma
        return sum - 0.5 * z * z - log(sigma * (2 * .pi).squareRoot())
      case .atLeast(let y): return sum + log(0.5 * erfc((y - line) / sigma / 2.0.squareRoot()))
      case .atMost(let y): return sum + log(0.5 * erfc((line - y) / sigma / 2.0.squareRoot()))
      }
    }
  }

  @Test func `it agrees with a maximum found by other software to 40 digits`() throws {
    let fit = try TobitDoseResponse(logDoses: doses, responses: responses)
    #expect(isNear(fit.intercept, 0.7093484849770367, relative: 1e-9))
    #expect(isNear(fit.slope, 1.553897007306245, relative: 1e-10))
    #expect(isNear(fit.deviation, 1.053669786871464, relative: 1e-9))
    #expect(isNear(fit.slopeError, 0.1590585355531901, relative: 1e-8))
    #expect(isNear(fit.logLikelihood, -22.81523456266435, relative: 1e-12))
    #expect(isNear(fit.slopeInterval.lower, 1.2073382293748736, relative: 1e-8))
    #expect(isNear(fit.slopeInterval.upper, 1.900455785237617, relative: 1e-8))
    #expect(isNear(fit.logPValue, -14.590808055371014, relative: 1e-8))
    #expect(fit.points == 14 && fit.censored == 4)
  }

  @Test func `no point of a grid around it is more likely`() throws {
    let fit = try TobitDoseResponse(logDoses: doses, responses: responses)
    let sigma = fit.deviation * (12.0 / 14).squareRoot()
    let best = logLikelihood(fit.intercept, fit.slope, sigma)
    #expect(isNear(best, fit.logLikelihood, relative: 1e-12))
    for a in [-1, -0.1, -1e-3, 0, 1e-3, 0.1, 1] {
      for b in [-0.5, -0.05, -1e-3, 0, 1e-3, 0.05, 0.5] {
        for s in [0.5, 0.95, 0.999, 1, 1.001, 1.05, 2] {
          #expect(logLikelihood(fit.intercept + a, fit.slope + b, sigma * s) <= best + 1e-12)
        }
      }
    }
  }

  @Test func `without a censored point it is least squares`() throws {
    var generator = seeded(97)
    for _ in 0..<50 {
      let doses = (0..<9).map { Double($0 / 2) }
      let values = doses.map { 3 - 0.4 * $0 + generator.normalPair().0 }
      let line = try LinearDoseResponse(
        logDoses: doses, responses: values.map { .measured($0) })
      let fit = try TobitDoseResponse(logDoses: doses, responses: values.map { .measured($0) })
      #expect(isNear(fit.slope, line.slope, absolute: 1e-9))
      #expect(isNear(fit.intercept, line.intercept, absolute: 1e-9))
      #expect(isNear(fit.slopeError, line.slopeError, relative: 1e-8))
      #expect(isNear(fit.logPValue, line.logPValue, relative: 1e-7, absolute: 1e-9))
      #expect(isNear(fit.slopeInterval.upper, line.slopeInterval.upper, absolute: 1e-8))
    }
  }

  @Test func `it moves with the units, and mirrored bounds mirror the line`() throws {
    let fit = try TobitDoseResponse(logDoses: doses, responses: responses)
    func map(_ f: (Double) -> Double, flip: Bool) -> [Response] {
      responses.map { response in
        switch response {
        case .measured(let y): .measured(f(y))
        case .atLeast(let y): flip ? .atMost(f(y)) : .atLeast(f(y))
        case .atMost(let y): flip ? .atLeast(f(y)) : .atMost(f(y))
        }
      }
    }
    let moved = try TobitDoseResponse(
      logDoses: doses.map { 100 + 2 * $0 }, responses: map({ 1e6 * $0 + 5 }, flip: false))
    #expect(isNear(moved.slope, 5e5 * fit.slope, relative: 1e-8))
    #expect(isNear(moved.logPValue, fit.logPValue, relative: 1e-7))
    let mirrored = try TobitDoseResponse(logDoses: doses, responses: map({ -$0 }, flip: true))
    #expect(isNear(mirrored.slope, -fit.slope, relative: 1e-9))
    #expect(isNear(mirrored.logPValue, fit.logPValue, relative: 1e-8))
  }

  @Test func `nonsense is refused`() {
    func code(_ doses: [Double], _ responses: [Response]) -> String? {
      refusal { try TobitDoseResponse(logDoses: doses, responses: responses) }
    }
    #expect(code([], []) == "empty_input")
    #expect(code([1], []) == "length_mismatch")
    #expect(code([1, .nan], [.measured(1), .measured(2)]) == "nan")
    #expect(code([1, 2], [.measured(1), .atLeast(.nan)]) == "nan")
    #expect(code([1, 2], [.measured(1), .atLeast(.infinity)]) == "invalid_parameter")
    #expect(code([1, 2], [.atMost(1), .atLeast(3)]) == "all_censored")
    #expect(code([1, 2], [.measured(1), .measured(3)]) == "degenerate_input")
    // Measured at one dose only; on a line; on a line that the bounds agree with.
    #expect(
      code([1, 1, 1, 2], [1, 2, 3].map { .measured($0) } + [.atLeast(5)])
        == "degenerate_input")
    #expect(code([1, 2, 3], [1, 2, 3].map { .measured($0) }) == "degenerate_input")
    #expect(
      code([1, 2, 3, 4], [1, 2, 3].map { .measured($0) } + [.atLeast(3)])
        == "degenerate_input")
    #expect(code([1, 2, 3], [5, 5, 5].map { .measured($0) }) == "degenerate_input")
    for huge in [1e150, 1e300, -1e300] {
      let wild = code([1, 2, 3, 4], [1, 2.5, 3].map { .measured($0) } + [.atLeast(huge)])
      #expect(wild == nil || wild == "degenerate_input")
      let far = code([1, huge, 3, 4], [1, 2.5, 3].map { .measured($0) } + [.atLeast(4)])
      #expect(far == nil || far == "degenerate_input" || far == "invalid_parameter")
    }
    #expect(
      refusal {
        try TobitDoseResponse(logDoses: [1], responses: [.measured(1)], confidence: 1)
      } == "invalid_parameter")
  }

  /// Canaries, the slope, and the ceiling at which exposures of six doses are cut.
  @Test(arguments: [(24, 1.5, 5.0), (24, 0, 0.5), (60, 1.5, 5), (12, 1, 4)])
  func `the slope's interval holds the truth at a ceiling`(
    count: Int, slope: Double, ceiling: Double
  ) throws {
    let trials = EvaluationTrials.closed
    let doses = (0..<count).map { Double($0 % 6) }
    var shares = 0.0
    var mean = (tobit: 0.0, line: 0.0)
    var refused = 0
    let covered = try shareOfTrials(trials, seed: 98) { generator in
      let values = doses.map { slope * $0 + generator.normalPair().0 }
      let cut: [Response] = values.map { $0 >= ceiling ? .atLeast(ceiling) : .measured($0) }
      guard let fit = try? TobitDoseResponse(logDoses: doses, responses: cut) else {
        refused += 1
        return true
      }
      let line = try LinearDoseResponse(
        logDoses: doses, responses: values.map { $0 >= ceiling ? .censored : .measured($0) })
      shares += Double(fit.censored) / Double(count * trials)
      mean.tobit += fit.slope / Double(trials)
      mean.line += line.slope / Double(trials)
      return fit.slopeInterval.lower <= slope && slope <= fit.slopeInterval.upper
    }
    print("measured: Tobit, \(count) canaries, slope \(slope), \(shares) censored:")
    print("measured:   coverage \(covered), slope \(mean.tobit), without censored \(mean.line)")
    #expect(try covered >= EvaluationTrials.least(0.95, of: trials))
    #expect(refused <= trials / 100)
    #expect(abs(mean.tobit - slope) < 0.1)
  }
}
