// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Products of distributions on 0, 1, 2, …, with the factors of the Fourier transform kept between
/// them.
///
/// Short or sparse lists are multiplied term by term: every term is positive, so each entry keeps
/// its relative precision. Long ones go through a Fourier transform, whose rounding is near 10⁻¹⁶ of
/// the largest entries: who needs a tail must shift the weight there first.
struct Convolution {
  /// e^(−iπj/h) for j < h, of the largest h needed so far.
  private var cosines: [Double] = []
  private var sines: [Double] = []

  /// The distribution of a sum of two independent numbers: c_k = Σ a_j b_(k−j).
  ///
  /// - Parameter most: entries beyond this place are left out.
  /// - Complexity: O(n log n), or O(n · entries that are not 0) where one list has few of them.
  mutating func product(_ first: [Double], _ second: [Double], upTo most: Int = .max) -> [Double] {
    let length = min(first.count + second.count - 1, most == .max ? .max : most + 1)
    let sparse = first.count { $0 != 0 } <= second.count { $0 != 0 } ? first : second
    let dense = first.count { $0 != 0 } <= second.count { $0 != 0 } ? second : first
    let terms = sparse.indices.filter { sparse[$0] != 0 }
    let bits = Int.bitWidth - (first.count + second.count - 2).leadingZeroBitCount
    if terms.count <= 16 + 5 * bits {
      var sum = [Double](repeating: 0, count: length)
      sum.withUnsafeMutableBufferPointer { sum in
        dense.withUnsafeBufferPointer { dense in
          for shift in terms where shift < length {
            let weight = sparse[shift]
            for place in 0..<min(dense.count, length - shift) {
              sum[shift + place] += weight * dense[place]
            }
          }
        }
      }
      return sum
    }
    return transformed(first, second, size: 1 << bits, length: length)
  }

  /// The distribution of the sum of `count` independent numbers, by repeated squares.
  ///
  /// - Parameter count: at least 1.
  mutating func power(_ base: [Double], _ count: Int, upTo most: Int = .max) -> [Double] {
    var result: [Double]?
    var square = base
    var left = count
    while true {
      if left & 1 == 1 {
        result = result.map { product($0, square, upTo: most) } ?? square
      }
      left >>= 1
      guard left > 0 else { return result ?? [1] }
      square = product(square, square, upTo: most)
    }
  }

  /// Both lists are transformed as one list of complex numbers, first + i · second.
  private mutating func transformed(
    _ first: [Double], _ second: [Double], size: Int, length: Int
  ) -> [Double] {
    prepare(half: size / 2)
    var real = first + [Double](repeating: 0, count: size - first.count)
    var imaginary = second + [Double](repeating: 0, count: size - second.count)
    real.withUnsafeMutableBufferPointer { real in
      imaginary.withUnsafeMutableBufferPointer { imaginary in
        forward(real, imaginary)
        multiply(real, imaginary)
        backward(real, imaginary)
        let scale = 1 / Double(size)
        // Rounding can leave a little below 0, where a probability cannot be.
        for place in 0..<length { real[place] = max(0, real[place] * scale) }
      }
    }
    return Array(real[..<length])
  }

  /// The factors for transforms of twice `half` numbers.
  private mutating func prepare(half: Int) {
    guard cosines.count < half else { return }
    cosines = (0..<half).map { cos(Double.pi * Double($0) / Double(half)) }
    sines = (0..<half).map { -sin(Double.pi * Double($0) / Double(half)) }
  }

  /// The transform by halves; its output is in bit-reversed order.
  private func forward(
    _ real: UnsafeMutableBufferPointer<Double>, _ imaginary: UnsafeMutableBufferPointer<Double>
  ) {
    var half = real.count / 2
    while half >= 1 {
      withFactors(half) { cosine, sine in
        for block in stride(from: 0, to: real.count, by: 2 * half) {
          for j in 0..<half {
            let (low, high) = (block + j, block + j + half)
            let (x, y) = (real[low] - real[high], imaginary[low] - imaginary[high])
            real[low] += real[high]
            imaginary[low] += imaginary[high]
            real[high] = x * cosine[j] - y * sine[j]
            imaginary[high] = x * sine[j] + y * cosine[j]
          }
        }
      }
      half /= 2
    }
  }

  /// The inverse of ``forward``, but for a factor of the size.
  private func backward(
    _ real: UnsafeMutableBufferPointer<Double>, _ imaginary: UnsafeMutableBufferPointer<Double>
  ) {
    var half = 1
    while half < real.count {
      withFactors(half) { cosine, sine in
        for block in stride(from: 0, to: real.count, by: 2 * half) {
          for j in 0..<half {
            let (low, high) = (block + j, block + j + half)
            let x = real[high] * cosine[j] + imaginary[high] * sine[j]
            let y = imaginary[high] * cosine[j] - real[high] * sine[j]
            real[high] = real[low] - x
            imaginary[high] = imaginary[low] - y
            real[low] += x
            imaginary[low] += y
          }
        }
      }
      half *= 2
    }
  }

  /// The factors of a step, side by side.
  private func withFactors(
    _ half: Int, _ body: (UnsafePointer<Double>, UnsafePointer<Double>) -> Void
  ) {
    let step = cosines.count / half
    let cosine = step == 1 ? cosines : (0..<half).map { cosines[$0 * step] }
    let sine = step == 1 ? sines : (0..<half).map { sines[$0 * step] }
    cosine.withUnsafeBufferPointer { cosine in
      sine.withUnsafeBufferPointer { sine in
        if let cosine = cosine.baseAddress, let sine = sine.baseAddress { body(cosine, sine) }
      }
    }
  }

  /// From the transform C of a + ib to that of the product of a and b:
  /// A_k B_k = (C_k² − conj(C_(n−k))²) / 4i.
  ///
  /// In bit-reversed order the partner of a place has all bits below its highest one turned.
  private func multiply(
    _ real: UnsafeMutableBufferPointer<Double>, _ imaginary: UnsafeMutableBufferPointer<Double>
  ) {
    func put(_ place: Int, _ partner: Int) {
      let (x, y) = (real[place], imaginary[place])
      let (u, v) = (real[partner], -imaginary[partner])
      // (x + iy)² − (u + iv)², then divided by 4i.
      let (a, b) = ((x * x - y * y) - (u * u - v * v), 2 * (x * y - u * v))
      real[place] = b / 4
      imaginary[place] = -a / 4
      // The product of two real lists: its transform at n − k is the conjugate.
      real[partner] = b / 4
      imaginary[partner] = place == partner ? 0 : a / 4
    }
    put(0, 0)
    var first = 1
    while first < real.count {
      for offset in 0..<max(1, first / 2) { put(first + offset, 2 * first - 1 - offset) }
      first *= 2
    }
  }
}
