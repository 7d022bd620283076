// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation

/// The vector files of the tests that decide.
let evidenceVectors: [String: VectorMethod] = [
  "rank_sum_uniform": { one in
    try logarithm(logUniformRankSum(ranks: one.integers("ranks"), sizes: one.integers("sizes")))
  },
  "poisson_binomial": { one in
    try logarithm(
      logPoissonBinomialAtLeast(one.integer("observed"), of: one.numbers("probabilities")))
  },
  "mass_e_value": { one in
    let test = try MassTest(
      logProbabilities: one.numbers("log_probabilities"), spaceBits: one.numbers("bits"))
    return ["log10_mean_e": .number(test.log10Mean), "p": .number(test.pValue)]
  },
]

private func logarithm(_ value: Double) -> [String: VectorValue] {
  ["p": .number(exp(value)), "log10_p": .number(value / log(10))]
}
