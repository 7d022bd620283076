// SPDX-License-Identifier: Apache-2.0

import Glibc

/// ln 2.
let ln2 = 0.693147180559945309417232121458

/// ln C(n, k) for 0 ≤ k ≤ n.
func logChoose(_ n: Int, _ k: Int) -> Double {
  k == 0 || k == n ? 0 : -log(Double(n) + 1) - Beta.log(Double(n - k) + 1, Double(k) + 1)
}

/// ln(e^a + e^b), −∞ where both are.
func logSum(_ a: Double, _ b: Double) -> Double {
  let large = max(a, b)
  return large == -.infinity ? large : large + log1p(exp(min(a, b) - large))
}

/// ln Σ e^x, −∞ for none.
func logSum(_ values: ArraySlice<Double>) -> Double {
  guard let largest = values.max(), largest > -.infinity else { return -.infinity }
  return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
}
