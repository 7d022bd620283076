// SPDX-License-Identifier: Apache-2.0

/// The Cholesky factor of a symmetric positive definite matrix of three rows.
struct Cholesky3: Sendable {
  /// Of the lower factor, row by row.
  private let factor: (Double, Double, Double, Double, Double, Double)

  /// - Parameter matrix: its upper triangle row by row: aa, ab, ac, bb, bc, cc.
  /// - Returns: `nil` where it is not positive definite.
  init?(_ matrix: (Double, Double, Double, Double, Double, Double)) {
    guard matrix.0 > 0 else { return nil }
    let l00 = matrix.0.squareRoot()
    let l10 = matrix.1 / l00
    let l20 = matrix.2 / l00
    let second = matrix.3 - l10 * l10
    guard second > 0 else { return nil }
    let l11 = second.squareRoot()
    let l21 = (matrix.4 - l20 * l10) / l11
    let third = matrix.5 - l20 * l20 - l21 * l21
    guard third > 0 else { return nil }
    factor = (l00, l10, l11, l20, l21, third.squareRoot())
  }

  /// The x with matrix · x = `right`; `nil` where it overflows.
  func solve(_ right: (Double, Double, Double)) -> (Double, Double, Double)? {
    let y0 = right.0 / factor.0
    let y1 = (right.1 - factor.1 * y0) / factor.2
    let y2 = (right.2 - factor.3 * y0 - factor.4 * y1) / factor.5
    let x2 = y2 / factor.5
    let x1 = (y1 - factor.4 * x2) / factor.2
    let x0 = (y0 - factor.1 * x1 - factor.3 * x2) / factor.0
    guard x0.isFinite, x1.isFinite, x2.isFinite else { return nil }
    return (x0, x1, x2)
  }
}
