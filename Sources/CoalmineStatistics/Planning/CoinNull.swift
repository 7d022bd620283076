// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The exact null of the coin component without ties: the number of pairs of one kind in which the
/// inserted canary scores above the held-out one, summed over kinds, labels permuted within kinds.
///
/// Per kind with m inserted and n held out, and t = mn, the number of pairs won has the transform
///
///     φ(θ) = e^(iθt/2) Π_{j ≤ m}  j sin((n + j)θ/2) / ((n + j) sin(jθ/2))
///
/// whose every partial product is the transform of fewer inserted canaries and so at most 1: nothing
/// cancels. Probabilities are its inverse over a prime number of frequencies, at which no divisor is 0.
///
/// In a large study all but some hundred frequencies next to 0 count nothing: the transform falls off like
/// that of a normal law there, and it comes back only near roots of unity, where it is a quotient of
/// binomial numbers such as C(n, m/2)/C(2n, m). So it is computed up to where it stays below 10⁻²⁵.
///
/// Source: Mann and Whitney 1947, https://doi.org/10.1214/aoms/1177730491, for the generating function
package struct CoinNull: Sendable {
  /// Pairs of one kind, over all kinds: the largest number that can be won.
  package let pairs: Int
  private let size: Int
  /// The centred transform at θ = 2πk/size, by k from 0 up to half of the size, or up to where the rest
  /// is negligible.
  private let transform: [Double]
  private let sines: Sines

  /// Above so many products the transform is cut off.
  package static let mostProducts = 1 << 29
  private static let negligible = 1e-25
  /// So many in a row must be negligible.
  private static let inARow = 64

  /// - Parameters:
  ///   - kinds: inserted and held-out canaries by kind; a kind without one of them has no pair.
  ///   - mostProducts: of a transform that is computed as a whole.
  /// - Complexity: O(pairs · canaries), at most `mostProducts`; then O(frequencies that count · canaries).
  package init(
    kinds: [(inserted: Int, heldOut: Int)], mostProducts: Int = CoinNull.mostProducts
  ) {
    let used = kinds.filter { $0.inserted > 0 && $0.heldOut > 0 }
    pairs = used.reduce(0) { $0 + $1.inserted * $1.heldOut }
    let widest = used.reduce(0) { max($0, $1.inserted + $1.heldOut) }
    size = firstPrime(from: max(3, pairs + widest + 1))
    let factors = used.reduce(0) { $0 + min($1.inserted, $1.heldOut) }
    let isWhole = (size / 2).multipliedReportingOverflow(by: factors)
    if !isWhole.overflow, isWhole.partialValue <= mostProducts {
      sines = Sines(size, isTable: true)
      transform = Self.whole(used, size, sines)
    } else {
      sines = Sines(size, isTable: false)
      transform = Self.cut(used, size, sines)
    }
  }

  private static func whole(
    _ used: [(inserted: Int, heldOut: Int)], _ size: Int, _ sines: Sines
  ) -> [Double] {
    var transform = [Double](repeating: 1, count: (size + 1) / 2)
    for (inserted, heldOut) in used {
      let (few, many) = (min(inserted, heldOut), max(inserted, heldOut))
      for j in 1...few {
        let scale = Double(j) / Double(many + j)
        // Places of sin((n + j)πk/size) and sin(jπk/size).
        var (upper, lower) = (0, 0)
        for k in transform.indices.dropFirst() {
          upper += many + j
          if upper >= 2 * size { upper -= 2 * size }
          lower += j
          if lower >= 2 * size { lower -= 2 * size }
          transform[k] *= scale * sines[upper] / sines[lower]
        }
      }
    }
    return transform
  }

  private static func cut(
    _ used: [(inserted: Int, heldOut: Int)], _ size: Int, _ sines: Sines
  ) -> [Double] {
    var transform = [1.0]
    var seldom = 0
    while transform.count < (size + 1) / 2, seldom < inARow {
      let k = transform.count
      var product = 1.0
      search: for (inserted, heldOut) in used {
        let (few, many) = (min(inserted, heldOut), max(inserted, heldOut))
        for j in 1...few {
          product *=
            Double(j) / Double(many + j) * sines[(many + j) * k % (2 * size)]
            / sines[j * k % (2 * size)]
          // Up to the first zero of a sine no factor is above 1: sin(y)/y falls.
          if abs(product) < negligible, (many + few) * k < size { break search }
        }
      }
      seldom = abs(product) < negligible ? seldom + 1 : 0
      transform.append(product)
    }
    return transform
  }

  /// sin(πk/size) by k below twice the size, near 0 and π by the small side, so that the relative error
  /// is one of rounding.
  private struct Sines: Sendable {
    private let size: Int
    private let table: [Double]

    init(_ size: Int, isTable: Bool) {
      self.size = size
      table = isTable ? (0..<2 * size).map { Self.sine($0, size) } : []
    }

    subscript(index: Int) -> Double { table.isEmpty ? Self.sine(index, size) : table[index] }

    private static func sine(_ index: Int, _ size: Int) -> Double {
      let k = index % size
      let value = sin(Double.pi * Double(min(k, size - k)) / Double(size))
      return index < size ? value : -value
    }
  }

  /// P(pairs won ≥ `wins`), to 10⁻¹³.
  package func atLeast(_ wins: Int) -> Double {
    // By symmetry the chance of at most pairs − wins.
    let most = pairs - wins
    if most < 0 { return 0 }
    if most >= pairs { return 1 }
    var sum = Double(most + 1)
    var (ends, turns) = (0, 0)
    // cos(x) = sin(x + π/2) = 1 − 2 sin²(x/2) has no half places: by the addition theorem instead,
    // 2 sin(a) cos(b) = sin(a + b) + sin(a − b).
    let plus = (pairs + 1) % (2 * size)
    let minus = ((2 * most + 1 - pairs) % (2 * size) + 2 * size) % (2 * size)
    for k in transform.indices.dropFirst() {
      ends += plus
      if ends >= 2 * size { ends -= 2 * size }
      turns += minus
      if turns >= 2 * size { turns -= 2 * size }
      sum += transform[k] * (sines[ends] + sines[turns]) / sines[k]
    }
    return max(0, min(1, sum / Double(size)))
  }

  /// The smallest number of pairs won that is reached with a chance of at most `level`; `pairs` + 1
  /// where none is.
  package func critical(level: Double) -> Int {
    var (low, high) = (0, pairs + 1)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if atLeast(middle) <= level { high = middle } else { low = middle }
    }
    return high
  }
}

/// The smallest prime number that is at least `number`.
private func firstPrime(from number: Int) -> Int {
  var candidate = number
  while (2..<candidate).prefix(while: { $0 * $0 <= candidate }).contains(where: {
    candidate % $0 == 0
  }) {
    candidate += 1
  }
  return candidate
}
