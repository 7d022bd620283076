// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Gauss-Legendre quadrature with 20 nodes a panel.
enum GaussLegendre {
  /// The positive half of the nodes on (−1, 1) with their weights; the rule is symmetric.
  private static let rule: [(node: Double, weight: Double)] = (1...10).map { index in
    // Newton's method on the Legendre polynomial from Tricomi's first guess.
    let degree = 20
    var x = cos(.pi * (Double(index) - 0.25) / (Double(degree) + 0.5))
    var slope = 0.0
    for _ in 0..<20 {
      var previous = 1.0
      var value = x
      for step in 2...degree {
        let n = Double(step)
        (previous, value) = (value, ((2 * n - 1) * x * value - (n - 1) * previous) / n)
      }
      slope = Double(degree) * (x * value - previous) / (x * x - 1)
      let change = value / slope
      x -= change
      if abs(change) < 1e-16 { break }
    }
    return (x, 2 / ((1 - x * x) * slope * slope))
  }

  /// The integral of a smooth function over the panels between successive `edges`.
  static func integrate(_ edges: [Double], _ integrand: (Double) -> Double) -> Double {
    var sum = 0.0
    for (left, right) in zip(edges, edges.dropFirst()) {
      let half = (right - left) / 2
      let middle = (left + right) / 2
      var panel = 0.0
      for (node, weight) in rule {
        panel += weight * (integrand(middle - half * node) + integrand(middle + half * node))
      }
      sum += half * panel
    }
    return sum
  }
}
