// SPDX-License-Identifier: Apache-2.0

import Glibc

/// ln P(X ≥ `count`), X the number of independent events that happen, each with its own chance.
///
/// The chances of 0, 1, … `count` events, one event after the other, with all that reached `count`
/// kept together: only products and sums of positive numbers, so the tail is as precise as its
/// chances, within n · 10⁻¹⁵ of itself, or of its logarithm where it is below 10⁻²⁹⁰.
///
///     // Two of three secrets stand in the replies, each of which could be there by chance.
///     exp(try logPoissonBinomialAtLeast(2, of: [1e-6, 1e-6, 1e-4]))  // 2.0e-10
///
/// - Parameters:
///   - count: 0…n.
///   - chances: 0…1 each, at least one.
/// - Returns: at most 0; −∞ where it cannot happen.
/// - Throws: `empty_input`, `nan`, `invalid_parameter`.
/// - Complexity: O(n · count).
/// Source: Chen and Liu 1997, https://www3.stat.sinica.edu.tw/statistica/oldpdf/A7n44.pdf
public func logPoissonBinomialAtLeast(_ count: Int, of chances: [Double])
  throws(StatisticsError) -> Double
{
  guard !chances.isEmpty else { throw .empty }
  try StatisticsError.refuseNaN(chances)
  guard chances.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
    throw .parameter("a chance must be in 0…1")
  }
  guard count >= 0, count <= chances.count else {
    throw .parameter("\(count) of \(chances.count) events is impossible")
  }
  guard count > 0 else { return 0 }
  var reached = 0.0
  var below = [Double](repeating: 0, count: count)
  below[0] = 1
  for chance in chances {
    reached += below[count - 1] * chance
    for place in stride(from: count - 1, to: 0, by: -1) {
      below[place] = below[place] * (1 - chance) + below[place - 1] * chance
    }
    below[0] *= 1 - chance
  }
  return reached > 1e-290 ? min(0, log(reached)) : logTail(count, chances)
}

/// The same in log space, slower, for tails near the smallest doubles.
private func logTail(_ count: Int, _ chances: [Double]) -> Double {
  var reached = -Double.infinity
  var below = [Double](repeating: -.infinity, count: count)
  below[0] = 0
  for chance in chances {
    let (hit, miss) = (log(chance), log1p(-chance))
    reached = logSum(reached, below[count - 1] + hit)
    for place in stride(from: count - 1, to: 0, by: -1) {
      below[place] = logSum(below[place] + miss, below[place - 1] + hit)
    }
    below[0] += miss
  }
  return min(0, reached)
}
