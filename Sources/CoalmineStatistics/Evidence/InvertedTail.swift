// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The lower tail of a long sum of independent whole numbers, from its Fourier transform at the few
/// frequencies where it is not negligible.
///
/// Where the numbers have the chances q, weighted so that the mean of their sum S lies at t or below,
///
///     Σ_{s ≤ t} q(s) e^(−λ(t − s)) = 1/M · Σ_k φ(2πk/M) e^(−2πikt/M) Σ_{u < W} e^((2πik/M − λ)u)
///
/// M places hold all sums but a share below 10⁻²² (Bernstein), so that nothing is folded over from
/// elsewhere. The transform of a sum is the product of those of its numbers and falls off fast:
/// a hundred of millions of frequencies matter. The others are left out in intervals, after a bound
/// that holds for all of each: |φ_j(θ)| ≤ |φ_j(θ₀)| + |θ − θ₀| E|X_j − c_j|.
///
/// - Complexity: O(frequencies that matter · values of the different numbers); memory of one number.
/// Source: Abate and Whitt 1992, https://doi.org/10.1007/BF01158520, section 4, for the inversion;
/// Bernstein's inequality for the places.
struct InvertedTail {
  /// Numbers that have the same chances.
  struct Part {
    /// Places, from 0 on, with their chances, which sum to 1.
    let places: [(place: Int, chance: Double)]
    /// How many numbers of the sum have them.
    let count: Int
  }

  private struct Centred {
    let terms: [(distance: Int, chance: Double)]
    let count: Double
    /// E|X − c|.
    let reach: Double
  }

  private let parts: [Centred]
  private let tilt: Double
  /// M, odd.
  private let size: Int
  /// W: the sums t − W + 1 … t are added up.
  private let width: Int
  /// The sum of the centres minus t.
  private let shift: Int
  /// Whether a sum above t is too seldom to be seen in a double.
  private let isWhole: Bool
  /// Which distances from a centre occur.
  private let distances: [Int]
  /// By distance, at the frequency that is looked at: sin(θd) and 1 − cos(θd).
  private var sines: [Double]
  private var versines: [Double]
  private var moduli: [Double]

  /// ln of the share of the transform below which an interval of frequencies is left out, and of the
  /// chance that a sum is not among the M places.
  private static let negligible = -60.0
  private static let outside = 50.6

  /// - Parameters:
  ///   - parts: at least one; where λ > 0 with the weights e^(−λ · place) in their chances.
  ///   - most: t, at or above the mean of the sum.
  ///   - tilt: λ, at least 0.
  init(_ parts: [Part], most: Int, tilt: Double) {
    var (mean, variance, range) = (0.0, 0.0, 0)
    var centred: [Centred] = []
    var shift = -most
    for part in parts {
      let own = part.places.reduce(0) { $0 + $1.chance * Double($1.place) }
      let centre = Int(own.rounded())
      mean += Double(part.count) * own
      variance +=
        Double(part.count)
        * part.places.reduce(0) {
          $0 + $1.chance * (Double($1.place) - own) * (Double($1.place) - own)
        }
      let ends = part.places.map(\.place)
      range = max(range, (ends.max() ?? 0) - (ends.min() ?? 0))
      shift += part.count * centre
      let terms = part.places.map { (distance: $0.place - centre, chance: $0.chance) }
      centred.append(
        Centred(
          terms: terms, count: Double(part.count),
          reach: terms.reduce(0) { $0 + $1.chance * Double(abs($1.distance)) }))
    }
    // exp(−x²/2 / (variance + range·x/3)) is the chance to be x away from the mean.
    let linear = Self.outside * Double(range) / 3
    let far = linear + (linear * linear + 2 * Self.outside * variance).squareRoot()
    let below = Double(most) - mean
    isWhole = below > far
    width = max(1, Int(min(below, far) + far) + 2)
    size = max(2 * Int(far) + 4, width + 2) | 1
    self.parts = centred
    self.tilt = tilt
    self.shift = shift
    distances = Set(centred.flatMap { $0.terms.map { abs($0.distance) } }).sorted()
    sines = [Double](repeating: 0, count: (distances.last ?? 0) + 1)
    versines = sines
    moduli = [Double](repeating: 0, count: centred.count)
  }

  /// Σ_{s ≤ t} q(s) e^(−λ(t − s)).
  mutating func sum() -> Double {
    if isWhole, tilt == 0 { return 1 }
    // The transform at −θ is the conjugate of that at θ.
    var sum = term(0, 1, 0)
    var open = [(low: 1, high: (size - 1) / 2)]
    while let (low, high) = open.popLast() {
      guard low <= high else { continue }
      let middle = low + (high - low) / 2
      let (logModulus, angle) = transform(middle)
      if logModulus > 2 * Self.negligible { sum += 2 * term(middle, exp(logModulus), angle) }
      guard low < high else { continue }
      let half = 2 * Double.pi * Double(high - middle) / Double(size)
      if bound(within: half) > Self.negligible {
        open.append((low, middle - 1))
        open.append((middle + 1, high))
      }
    }
    return sum / Double(size)
  }

  /// The transform of the sum minus t at a frequency: ln of its modulus, and its angle.
  private mutating func transform(_ k: Int) -> (logModulus: Double, angle: Double) {
    for distance in distances {
      let half = sin(Double.pi * turns(k, distance))
      versines[distance] = 2 * half * half
      sines[distance] = sin(2 * Double.pi * turns(k, distance))
    }
    var (logModulus, angle) = (0.0, 2 * Double.pi * turns(k, shift))
    for (place, part) in parts.enumerated() {
      var (lost, imaginary) = (0.0, 0.0)
      for (distance, chance) in part.terms {
        lost += chance * versines[abs(distance)]
        imaginary += chance * (distance < 0 ? -sines[-distance] : sines[distance])
      }
      // |1 − lost + i · imaginary|², near 1 without losing digits.
      let square = max(-1, -2 * lost + lost * lost + imaginary * imaginary)
      moduli[place] = (1 + square).squareRoot()
      logModulus += part.count * 0.5 * log1p(square)
      angle += part.count * atan2(imaginary, 1 - lost)
    }
    return (logModulus, angle)
  }

  /// The largest ln of the modulus within `half` of the frequency that was looked at last.
  private func bound(within half: Double) -> Double {
    var sum = 0.0
    for (place, part) in parts.enumerated() {
      let modulus = moduli[place] + half * part.reach
      if modulus < 1 { sum += part.count * log(modulus) }
      if sum < Self.negligible { return sum }
    }
    return sum
  }

  /// The real part of modulus · e^(i · angle) · Σ_{u < W} e^((iθ − λ)u).
  private func term(_ k: Int, _ modulus: Double, _ angle: Double) -> Double {
    if k == 0 {
      return tilt > 0 ? expm1(-tilt * Double(width)) / expm1(-tilt) : Double(width)
    }
    let above = Self.oneMinus(decay: tilt * Double(width), turns: turns(k, width))
    let below = Self.oneMinus(decay: tilt, turns: turns(k, 1))
    let square = below.real * below.real + below.imaginary * below.imaginary
    let real = (above.real * below.real + above.imaginary * below.imaginary) / square
    let imaginary = (above.imaginary * below.real - above.real * below.imaginary) / square
    return modulus * (cos(angle) * real - sin(angle) * imaginary)
  }

  /// 1 − e^(−decay + 2πi · turns), near 0 without losing digits.
  private static func oneMinus(decay: Double, turns: Double) -> (real: Double, imaginary: Double) {
    let half = sin(Double.pi * turns)
    return (
      -expm1(-decay) + exp(-decay) * 2 * half * half, -exp(-decay) * sin(2 * Double.pi * turns)
    )
  }

  /// k · steps / M without whole turns, between −½ and ½.
  private func turns(_ k: Int, _ steps: Int) -> Double {
    var rest = (k * (steps % size)) % size
    if rest > size / 2 { rest -= size }
    if rest < -size / 2 { rest += size }
    return Double(rest) / Double(size)
  }
}
