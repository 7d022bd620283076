// SPDX-License-Identifier: Apache-2.0

import CBytes

/// Tells whether two passes over a file read the same bytes, at a fraction of the cost of SHA-256.
///
/// Two polynomials modulo 2⁶¹ − 1, each at a key that is drawn anew, with seven bytes per coefficient.
/// Of two files with n coefficients that differ, both polynomials agree with a probability of at most
/// (n / 2⁶¹)²: below 2⁻⁴⁷ for 1 TiB. It depends on where the bytes were cut and on the keys, so it means
/// nothing outside the process. It is no digest: whoever knows the keys can find two such files.
///
/// ```swift
/// var first = PassFingerprint()
/// var second = first
/// first.update([1, 2, 3])
/// second.update([1, 2, 3])
/// first == second
/// ```
///
/// - Complexity: O(bytes) time, O(1) memory.
/// - Source: Carter and Wegman 1979, https://doi.org/10.1016/0022-0000(79)90044-8.
package struct PassFingerprint: Sendable, Equatable {
  private var state: coalmine_fingerprint

  private static let prime: UInt64 = 1 << 61 - 1

  /// With keys from the system's entropy.
  package init() {
    var system = SystemRandomNumberGenerator()
    func key() -> UInt64 { .random(in: 1..<Self.prime, using: &system) }
    self.init(keys: (key(), key()))
  }

  /// - Parameter keys: 1 or more and below 2⁶¹ − 1.
  package init(keys: (UInt64, UInt64)) {
    state = coalmine_fingerprint(
      first_key: keys.0, second_key: keys.1, first_sum: 0, second_sum: 0)
  }

  /// The values of the two polynomials, each below 2⁶¹ − 1.
  package var values: [UInt64] { [state.first_sum, state.second_sum] }

  /// The same keys, and no bytes yet.
  package var fresh: PassFingerprint {
    PassFingerprint(keys: (state.first_key, state.second_key))
  }

  /// Adds a piece behind those that are in it; one without bytes adds nothing.
  package mutating func update(_ piece: [UInt8]) {
    guard !piece.isEmpty else { return }
    coalmine_fingerprint_update(&state, piece, piece.count)
  }

  package static func == (left: PassFingerprint, right: PassFingerprint) -> Bool {
    left.state.first_key == right.state.first_key
      && left.state.second_key == right.state.second_key && left.values == right.values
  }
}
