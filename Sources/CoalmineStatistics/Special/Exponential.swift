// SPDX-License-Identifier: Apache-2.0

/// e^x of four numbers at once, each in −708…0, to 4 units in the last place.
///
/// The math library's function is exact to one unit but takes one number at a time, and rows of
/// log-probabilities have millions.
///
///     x = k ln 2 + r,  |r| ≤ ½ ln 2,   e^x = 2^k P(r)
///
/// P is the polynomial of degree 11 that meets e^r at the twelve Chebyshev points of the interval;
/// it is within 2 · 10⁻¹⁷ of it there, and its coefficients are near 1/n!.
@inline(__always)
package func exponential(_ x: SIMD4<Double>) -> SIMD4<Double> {
  typealias Four = SIMD4<Double>
  // Adding 1.5 · 2^52 rounds to a whole number, which stays in the low bits.
  let shift = Four(repeating: 0x1.8p52)
  let shifted = x * 1.442695040888963407 + shift
  let k = shifted - shift
  // ln 2 in two parts, of which the first has room for a product with k.
  let r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33
  // Neighbouring terms together, then by r² and r⁴, so that few additions wait for each other.
  let square = r * r
  let fourth = square * square
  let term0: Four = r + 1
  let term2: Four = r * 0x1.555555555555ap-3 + 0x1.0000000000011p-1
  let term4: Four = r * 0x1.111111110f225p-7 + 0x1.555555554f0cep-5
  let term6: Four = r * 0x1.a01a01b14379ap-13 + 0x1.6c16c187fbe13p-10
  let term8: Four = r * 0x1.71ddf5749b43dp-19 + 0x1.a01991ac8440bp-16
  let term10: Four = r * 0x1.af631d03b18bfp-26 + 0x1.28b40581fba5cp-22
  let first: Four = term2 * square + term0
  let second: Four = term6 * square + term4
  let third: Four = term10 * square + term8
  let power: Four = (third * fourth + second) * fourth + first
  // 2^k is an addition to the exponent.
  let exponent = unsafeBitCast(shifted, to: SIMD4<Int64>.self) &<< 52
  return unsafeBitCast(unsafeBitCast(power, to: SIMD4<Int64>.self) &+ exponent, to: Four.self)
}
