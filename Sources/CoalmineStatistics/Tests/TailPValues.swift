// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The p-values of one test in both directions, kept as natural logarithms.
public struct TailPValues: Sendable, Equatable {
  /// ln P(T ≥ t) under the null, at most 0.
  public let logGreater: Double
  /// ln P(T ≤ t) under the null, at most 0.
  public let logLess: Double

  init(logGreater: Double, logLess: Double) {
    self.logGreater = min(0, logGreater)
    self.logLess = min(0, logLess)
  }

  /// P(T ≥ t): small where the observed statistic is large.
  public var greater: Double { exp(logGreater) }
  /// P(T ≤ t): small where the observed statistic is small.
  public var less: Double { exp(logLess) }
  /// ln of the two-sided p: twice the smaller tail, at most 1.
  public var logTwoSided: Double {
    min(0, ln2 + min(logGreater, logLess))
  }
  /// Twice the smaller tail, at most 1.
  public var twoSided: Double { exp(logTwoSided) }

  /// Of an approximately normal statistic; p = 1 both ways where the variance is 0.
  ///
  /// - Parameters:
  ///   - difference: statistic minus its mean under the null.
  ///   - correction: how far each tail reaches beyond the statistic, ½ or 0.
  init(difference: Double, variance: Double, correction: Double) {
    guard variance > 0 else {
      self.init(logGreater: 0, logLess: 0)
      return
    }
    let scale = sqrt(variance)
    self.init(
      logGreater: Normal.logCDF((correction - difference) / scale),
      logLess: Normal.logCDF((correction + difference) / scale))
  }
}

/// Whether a normal approximation of a count reaches half a step beyond it.
public enum ContinuityCorrection: Sendable, CaseIterable {
  case none
  case half

  var reach: Double { self == .half ? 0.5 : 0 }
}
