// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The distribution of the two-sided Kolmogorov statistic.
package enum Kolmogorov {
  /// ln P(K > x) of the limit law of √n D.
  ///
  ///     1 − √(2π)/x Σ exp(−(2k−1)²π²/(8x²))   below x = 1
  ///     2 Σ (−1)^(k−1) exp(−2k²x²)             above
  ///
  /// - Parameter x: at least 0, not NaN.
  /// Source: Kolmogorov 1933; the first series by Jacobi's theta identity.
  package static func logLimitSF(_ x: Double) -> Double {
    if x <= 0 { return 0 }
    if x < 1 {
      let rate = -1.23370055013616982735431137498 / (x * x)
      var sum = 0.0
      for odd in stride(from: 1.0, through: 11, by: 2) { sum += exp(rate * odd * odd) }
      return log1p(-min(1, 2.506628274631000502415765284811 / x * sum))
    }
    let square = -2 * x * x
    var rest = 0.0
    for k in 2...6 {
      let term = exp(square * Double(k * k - 1))
      rest += k % 2 == 0 ? -term : term
    }
    return min(0, ln2 + square + log1p(rest))
  }

  /// ln P(D ≥ d) for the one-sided statistic of n observations, exact.
  ///
  ///     d Σ_j C(n, j) (d + j/n)^(j−1) (1 − d − j/n)^(n−j),  0 ≤ j ≤ n(1 − d)
  ///
  /// Source: Birnbaum and Tingey 1951.
  package static func logOneSidedSF(_ n: Int, _ d: Double) -> Double {
    if d <= 0 { return 0 }
    if d >= 1 { return -.infinity }
    let count = Double(n)
    var largest = -Double.infinity
    var terms: [Double] = []
    let last = min(n, Int(count * (1 - d)))
    for j in 0...last {
      let rest = 1 - d - Double(j) / count
      guard rest > 0 || j == n else { continue }
      let choose = lgamma(count + 1) - lgamma(Double(j) + 1) - lgamma(Double(n - j) + 1)
      let tail = j == n ? 0 : Double(n - j) * log(rest)
      let term = choose + Double(j - 1) * log(d + Double(j) / count) + tail
      terms.append(term)
      largest = max(largest, term)
    }
    let sum = terms.reduce(0) { $0 + exp($1 - largest) }
    return min(0, log(d) + largest + log(sum))
  }

  /// ln P(D ≥ d) for the two-sided statistic of n observations.
  ///
  /// - Twice the one-sided tail from n d² = 4 on (2.2 above 140 observations): within one part in
  ///   10^10 (10^6), and the exact value from d = ½ on.
  /// - Else Durbin's matrix power up to 140 observations, and above where n d^1.5 ≤ 1.4.
  /// - Else the expansion of Pelz and Good, within 1e-6.
  ///
  /// - Parameters: n at least 1; d not NaN.
  /// - Complexity: O((nd)³ log n) for the matrix, else O(n).
  /// Source: Durbin 1973; Marsaglia, Tsang and Wang 2003; the choice, Simard and L'Ecuyer 2011.
  package static func logSF(_ n: Int, _ d: Double) -> Double {
    let count = Double(n)
    if d <= 0.5 / count { return 0 }
    if d >= 1 { return -.infinity }
    if d >= 0.5 || count * d * d >= (n <= 140 ? 4 : 2.2) {
      return min(0, ln2 + logOneSidedSF(n, d))
    }
    if n <= 140 || (n <= 100_000 && count * d.squareRoot() * d <= 1.4) {
      return log(max(0, 1 - durbin(n, d)))
    }
    return log(min(1, max(0, 1 - pelzGood(n, d))))
  }

  /// P(D < d) ≈ K0 + K1/√n + K2/n + K3/√n³ at z = √n d.
  ///
  /// Every K is a sum over odd or whole multiples of π with Gaussian weights.
  ///
  /// Source: Pelz and Good 1976.
  private static func pelzGood(_ n: Int, _ d: Double) -> Double {
    let z = Double(n).squareRoot() * d
    let z2 = z * z
    let z4 = z2 * z2
    let z6 = z4 * z2
    var k = (0.0, 0.0, 0.0, 0.0)
    for index in 1...max(2, Int((16 * z / .pi).rounded(.up))) {
      // u = (multiple of π/2)², from the odd multiples.
      let odd = Double(2 * index - 1) * .pi / 2
      let u = odd * odd
      let weight = exp(-u / (2 * z2))
      k.0 += weight
      k.1 += weight * (u - z2)
      k.2 += weight * (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * u + (1 - 2 * z2) * u * u)
      let cubic = (135 * z4 - 96 * z6) * u + (212 * z4 - 60 * z2) * u * u
      k.3 += weight * (cubic - 30 * z6 - 90 * z6 * z2 + (5 - 30 * z2) * u * u * u)
    }
    var even = (0.0, 0.0)
    for index in 1...max(2, Int((16 * z / .pi).rounded(.up))) {
      let whole = Double(index) * .pi
      let u = whole * whole
      let weight = exp(-u / (2 * z2)) * u
      even.0 += weight
      even.1 += weight * (3 * z2 - u)
    }
    let root = Double(n).squareRoot()
    let second = k.2 / (72 * z6 * z) - even.0 / (36 * z2 * z)
    let third = k.3 / (6480 * z6 * z4) + even.1 / (216 * z6)
    let series = k.0 / z + k.1 / (6 * z4) / root + second / (root * root)
    return 2.506628274631000502415765284811 * (series + third / (root * root * root))
  }

  /// P(D < d) by the power of Durbin's matrix, its entries rescaled against overflow.
  private static func durbin(_ n: Int, _ d: Double) -> Double {
    let k = Int(Double(n) * d) + 1
    let size = 2 * k - 1
    let h = Double(k) - Double(n) * d
    var matrix = Matrix(size) { $0 - $1 + 1 < 0 ? 0 : 1 }
    for row in 0..<size {
      let power = pow(h, Double(row + 1))
      matrix[row, 0] -= power
      matrix[size - 1, row] -= pow(h, Double(size - row))
    }
    if 2 * h - 1 > 0 { matrix[size - 1, 0] += pow(2 * h - 1, Double(size)) }
    for row in 0..<size {
      for column in 0..<size where row - column + 1 > 0 {
        matrix[row, column] /= tgammaStep(row - column + 1)
      }
    }
    let (result, exponent) = matrix.power(n)
    // n!/n^n, in logarithms.
    let scale = lgamma(Double(n) + 1) - Double(n) * log(Double(n))
    let entry = result[k - 1, k - 1]
    return entry <= 0 ? 0 : min(1, exp(log(entry) + scale + Double(exponent) * 345.387763949106865))
  }

  /// g!, infinite where it overflows: the entry is 0 then.
  private static func tgammaStep(_ g: Int) -> Double { tgamma(Double(g) + 1) }
}

/// A square matrix that remembers powers of 10^150 taken out of it.
private struct Matrix {
  let size: Int
  var entries: [Double]

  init(_ size: Int, _ entry: (Int, Int) -> Double) {
    self.size = size
    entries = (0..<size * size).map { entry($0 / size, $0 % size) }
  }

  subscript(row: Int, column: Int) -> Double {
    get { entries[row * size + column] }
    set { entries[row * size + column] = newValue }
  }

  func times(_ other: Matrix) -> Matrix {
    var product = Matrix(size) { _, _ in 0 }
    for row in 0..<size {
      for middle in 0..<size {
        let factor = self[row, middle]
        if factor == 0 { continue }
        for column in 0..<size { product[row, column] += factor * other[middle, column] }
      }
    }
    return product
  }

  func power(_ exponent: Int) -> (Matrix, Int) {
    if exponent == 1 { return (self, 0) }
    let (half, taken) = power(exponent / 2)
    var result = half.times(half)
    var scale = 2 * taken
    if exponent % 2 == 1 { result = result.times(self) }
    if result[size / 2, size / 2] > 1e140 {
      for index in result.entries.indices { result.entries[index] *= 1e-150 }
      scale += 1
    }
    return (result, scale)
  }
}
