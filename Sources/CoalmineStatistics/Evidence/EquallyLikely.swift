// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Whole numbers of which each is equally likely, equal ones counted.
package struct EquallyLikely: Sendable, Hashable {
  /// Distinct and rising.
  let values: [Int]
  /// How often each of them stands in the list.
  let counts: [Int]
  /// Σ counts.
  let total: Int

  /// - Parameter list: in any order, at least one.
  package init(_ list: [Int]) {
    var values: [Int] = []
    var counts: [Int] = []
    for value in list.sorted() {
      if value == values.last {
        counts[counts.count - 1] += 1
      } else {
        values.append(value)
        counts.append(1)
      }
    }
    self.values = values
    self.counts = counts
    total = list.count
  }

  /// - Parameter list: values in any order, each with how often it stands in the list, at least once.
  init(counted list: [(value: Int, count: Int)]) {
    var values: [Int] = []
    var counts: [Int] = []
    for (value, count) in list.sorted(by: { $0.value < $1.value }) {
      if value == values.last {
        counts[counts.count - 1] += count
      } else {
        values.append(value)
        counts.append(count)
      }
    }
    self.init(values: values, counts: counts, total: counts.reduce(0, +))
  }

  private init(values: [Int], counts: [Int], total: Int) {
    self.values = values
    self.counts = counts
    self.total = total
  }

  /// Every value with its sign turned.
  var negated: EquallyLikely {
    EquallyLikely(values: values.reversed().map { -$0 }, counts: counts.reversed(), total: total)
  }

  var mean: Double {
    zip(values, counts).reduce(0) { $0 + Double($1.0) * Double($1.1) } / Double(total)
  }

  /// The mean square of the difference to the mean.
  var variance: Double {
    let mean = mean
    return zip(values, counts).reduce(0) {
      $0 + (Double($1.0) - mean) * (Double($1.0) - mean) * Double($1.1)
    } / Double(total)
  }
}

/// The sum of independent numbers, each equally likely among its own values.
///
/// Sets that are equal are multiplied as powers, and all values stand on the coarsest grid that holds
/// them: two hundred sets of 256 values take a fraction of a second.
package struct SumOfEquallyLikely: Sendable {
  /// The different sets and how many of the numbers have each, in the order in which they came.
  private let sets: [(set: EquallyLikely, count: Int)]
  /// The smallest sum and the largest.
  package let least: Int
  package let largest: Int
  /// All sums are `least` plus a multiple of this.
  package let step: Int

  /// - Parameter parts: at least one.
  package init(_ parts: [EquallyLikely]) {
    var places: [EquallyLikely: Int] = [:]
    var sets: [(set: EquallyLikely, count: Int)] = []
    for part in parts {
      if let place = places[part] {
        sets[place].count += 1
      } else {
        places[part] = sets.count
        sets.append((part, 1))
      }
    }
    self.sets = sets
    least = sets.reduce(0) { $0 + $1.set.values[0] * $1.count }
    largest = sets.reduce(0) { $0 + $1.set.values[$1.set.values.count - 1] * $1.count }
    step = max(
      1,
      sets.reduce(0) { common, part in
        part.set.values.reduce(common) { commonDivisor($0, $1 - part.set.values[0]) }
      })
  }

  /// ln P(sum ≤ `sum`).
  ///
  /// The weight e^(−λv) on every value v, with λ chosen so that the mean of the sum is the one asked
  /// for, puts the wanted tail where the transforms are precise:
  ///
  ///     P(S ≤ t) = M e^(λt) Σ_{s ≤ t} q(s) e^(−λ(t − s)),   M = Π mean of e^(−λv)
  ///
  /// So tails of 10⁻³⁰⁰ and below are as precise as others: within 10⁻¹¹ of themselves. Sums of up to
  /// ``longest`` places are convolved, longer ones go through ``InvertedTail``.
  package func logAtMost(_ sum: Int) -> Double { logAtMost(sum, inverted: isLong) }

  /// Above so many places a sum is not convolved: the lists would take gigabytes.
  package static let longest = 1 << 20

  /// Up to so many places ``critical(level:)`` sums the chances of all.
  package static let longestSummed = 1 << 17

  private var isLong: Bool { (largest - least) / step >= Self.longest }

  /// - Parameter inverted: whether by ``InvertedTail`` in place of convolution; the same number by both.
  package func logAtMost(_ sum: Int, inverted: Bool) -> Double {
    guard sum >= least else { return -.infinity }
    guard sum < largest else { return 0 }
    let most = (sum - least) / step
    let tilt = tilt(mean: Double(most))
    return inverted ? inversion(most, tilt) : convolution(most, tilt)
  }

  private func inversion(_ most: Int, _ tilt: Double) -> Double {
    var logMass = 0.0
    let parts = sets.map { set, count in
      let places = set.values.map { ($0 - set.values[0]) / step }
      let weights = zip(places, set.counts).map {
        Double($1) / Double(set.total) * exp(-tilt * Double($0))
      }
      let mass = weights.reduce(0, +)
      logMass += Double(count) * log(mass)
      return InvertedTail.Part(
        places: zip(places, weights).map { ($0, $1 / mass) }, count: count)
    }
    var tail = InvertedTail(parts, most: most, tilt: tilt)
    return min(0, log(tail.sum()) + logMass + tilt * Double(most))
  }

  private func convolution(_ most: Int, _ tilt: Double) -> Double {
    var (logMass, tilted) = (0.0, [[Double]]())
    var convolution = Convolution()
    for (set, count) in sets {
      var weights = weights(set, tilt: tilt)
      let mass = weights.reduce(0, +)
      logMass += Double(count) * log(mass)
      for place in weights.indices { weights[place] /= mass }
      tilted.append(convolution.power(weights, count, upTo: most))
    }
    let product = joined(tilted[...], upTo: most, &convolution)
    var tail = 0.0
    for (place, weight) in product.prefix(most + 1).enumerated() where weight > 0 {
      tail += weight * exp(-tilt * Double(most - place))
    }
    return min(0, log(tail) + logMass + tilt * Double(most))
  }

  /// P(sum = least + place · step) by place, precise to 10⁻¹³ of the largest.
  package func distribution() -> [Double] {
    var convolution = Convolution()
    let powers = sets.map { set, count in
      convolution.power(weights(set, tilt: 0), count)
    }
    return joined(powers[...], upTo: .max, &convolution)
  }

  /// The largest sum s with P(sum ≤ s) ≤ `level`; below ``least`` where no sum is so seldom.
  ///
  /// From ``longestSummed`` places on only a few tails are computed, by ``InvertedTail``: a list of all
  /// chances would take tens of megabytes.
  ///
  /// - Parameter level: 0…1 open.
  package func critical(level: Double) -> Int {
    let isLong = (largest - least) / step >= Self.longestSummed
    let place = isLong ? normalPlace(level: level) : summedPlace(level: level)
    // The sums of the distribution are rounded; the tail itself decides, mostly at the first look.
    func isSeldom(_ place: Int) -> Bool {
      place < 0 || logAtMost(least + place * step, inverted: isLong) <= log(level)
    }
    var (low, high, jump) = (place, place + 1, 1)
    while !isSeldom(low) { (low, high, jump) = (max(-1, low - jump), low, 2 * jump) }
    while isSeldom(high) { (low, high, jump) = (high, high + jump, 2 * jump) }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if isSeldom(middle) { low = middle } else { high = middle }
    }
    return least + low * step
  }

  private func summedPlace(level: Double) -> Int {
    var (place, below) = (-1, 0.0)
    for (next, weight) in distribution().enumerated() {
      below += weight
      guard below <= level else { break }
      place = next
    }
    return place
  }

  /// Where a normal number of the same mean and deviation has the level.
  private func normalPlace(level: Double) -> Int {
    let mean = sets.reduce(0) { $0 + Double($1.count) * ($1.set.mean - Double($1.set.values[0])) }
    let deviation = sets.reduce(0) { $0 + Double($1.count) * $1.set.variance }.squareRoot()
    let place = (mean + Normal.quantile(level) * deviation) / Double(step)
    return max(-1, min((largest - least) / step, Int(place)))
  }

  /// The product by halves, so that equally long lists meet.
  private func joined(
    _ lists: ArraySlice<[Double]>, upTo most: Int, _ convolution: inout Convolution
  ) -> [Double] {
    guard lists.count > 1 else { return lists.first ?? [1] }
    let middle = lists.startIndex + lists.count / 2
    let first = joined(lists[..<middle], upTo: most, &convolution)
    return convolution.product(
      first, joined(lists[middle...], upTo: most, &convolution), upTo: most)
  }

  /// The chance of each place, times e^(−λ · place).
  private func weights(_ set: EquallyLikely, tilt: Double) -> [Double] {
    let first = set.values[0]
    var weights = [Double](
      repeating: 0, count: (set.values[set.values.count - 1] - first) / step + 1)
    for (value, count) in zip(set.values, set.counts) {
      let place = (value - first) / step
      weights[place] = Double(count) / Double(set.total) * exp(-tilt * Double(place))
    }
    return weights
  }

  /// The λ ≥ 0 with which the mean place of the sum is `wanted`; 0 where it is at most that without.
  private func tilt(mean wanted: Double) -> Double {
    func mean(_ tilt: Double) -> Double {
      sets.reduce(0) { sum, part in
        var (mass, moment) = (0.0, 0.0)
        for (value, count) in zip(part.set.values, part.set.counts) {
          let place = Double((value - part.set.values[0]) / step)
          let weight = Double(count) * exp(-tilt * place)
          mass += weight
          moment += weight * place
        }
        return sum + Double(part.count) * moment / mass
      }
    }
    if mean(0) <= wanted { return 0 }
    var (low, high) = (0.0, 1.0)
    // Beyond 40 only the smallest place has any weight left.
    while high < 40, mean(high) > max(wanted, 0.5) { (low, high) = (high, 2 * high) }
    for _ in 0..<24 {
      let middle = (low + high) / 2
      if mean(middle) > wanted { low = middle } else { high = middle }
    }
    return high
  }
}

/// The greatest common divisor; that of 0 and a number is the number.
private func commonDivisor(_ first: Int, _ second: Int) -> Int {
  var (first, second) = (first, second)
  while second != 0 { (first, second) = (second, first % second) }
  return first
}
