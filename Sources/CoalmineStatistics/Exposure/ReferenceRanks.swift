// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Where a canary stands among references, under every convention for ties.
///
/// ``Exposure/sampled(score:references:tieEpsilon:confidence:)`` uses the conservative one; the
/// others show how much hangs on ties and compare with other tools.
public struct ReferenceRanks: Sendable, Equatable {
  /// References with a higher score by more than the tie width.
  public let better: Int
  /// References within the tie width.
  public let tied: Int
  /// m, at least 1.
  public let references: Int

  /// 1 + b: ties count for the finding.
  public var optimistic: Int { better + 1 }
  /// 1 + b + e: ties count against the finding.
  public var conservative: Int { better + tied + 1 }
  /// 1 + b + e/2.
  public var middle: Double { Double(better + 1) + Double(tied) / 2 }
  /// (1 + b + e) / (m + 1).
  public var pValue: Double { Double(conservative) / Double(references + 1) }
  /// The base-10 logarithm of ``pValue``.
  public var log10PValue: Double { log10(pValue) }
  /// e / m; above 0.05 the noise of the scores should be measured.
  public var tiedShare: Double { Double(tied) / Double(references) }

  /// log2((m + 1) / rank), in bits.
  ///
  /// - Parameter rank: 1…m + 1, as ``optimistic``, ``middle`` or ``conservative``.
  public func bits(_ rank: Double) -> Double { log2(Double(references + 1) / rank) }

  /// The interpolated exposure of TensorFlow Privacy, log2 m − log2(1 + b + e).
  ///
  /// For comparison only: negative for the worst canary, and always log2((m + 1)/m) bits below the
  /// conservative exposure.
  public var interpolatedBits: Double { log2(Double(references)) - log2(Double(conservative)) }

  /// Counts the references; a tie is |difference| ≤ `tieEpsilon` or equality.
  ///
  /// - Parameters:
  ///   - score: of the canary, higher is more leaked; −∞ is legal.
  ///   - references: scores of candidates that were never inserted.
  ///   - tieEpsilon: in the unit of the scores, at least 0.
  /// - Throws: `empty_input`, `nan`, `invalid_parameter` for a negative tie width.
  /// - Complexity: O(references).
  /// Source: Carlini et al. 2019.
  public init(score: Double, references: [Double], tieEpsilon: Double = 1e-9)
    throws(StatisticsError)
  {
    guard !references.isEmpty else { throw .empty }
    if score.isNaN || tieEpsilon.isNaN { throw .nan }
    guard tieEpsilon >= 0 else { throw .parameter("a tie width is negative") }
    var better = 0
    var tied = 0
    for reference in references {
      if reference.isNaN { throw .nan }
      if reference == score || abs(reference - score) <= tieEpsilon {
        tied += 1
      } else if reference > score {
        better += 1
      }
    }
    self.better = better
    self.tied = tied
    self.references = references.count
  }
  init(better: Int, tied: Int, references: Int) {
    self.better = better
    self.tied = tied
    self.references = references
  }
}
