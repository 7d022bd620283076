// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The log-perplexity: the code length of a record under the model, a total in bits.
///
///     Px = −Σ ln p(x_t | x_<t) / ln 2
///
/// Lower = more likely; ``lossScore(_:)`` is the membership score.
///
/// - Parameter logProbabilities: one a token, in nats; −∞ is legal.
/// - Returns: 0…∞.
/// - Throws: as ``lossScore(_:)``.
/// Source: Carlini et al. 2019.
public func logPerplexityBits(_ logProbabilities: [Double]) throws(StatisticsError) -> Double {
  let values = try checkedLogProbabilities(logProbabilities)
  return 0 - values.reduce(0, +) * 1.442695040888963407359924681
}

/// Bits per byte: the code length over the length of the text.
///
///     −Σ ln p / (B ln 2)
///
/// The only form that compares across tokenisers and models; it describes and is no membership
/// score.
///
/// - Parameter byteCount: B, bytes of the record's UTF-8; positive.
/// - Returns: 0…∞.
/// - Throws: as ``lossScore(_:)``, and `invalid_parameter` for a count below 1.
public func bitsPerByte(_ logProbabilities: [Double], byteCount: Int) throws(StatisticsError)
  -> Double
{
  guard byteCount > 0 else { throw .parameter("a count of bytes must be positive") }
  return try logPerplexityBits(logProbabilities) / Double(byteCount)
}

/// The perplexity: e to the mean negative log-probability.
///
///     e^(−LL)
///
/// Overflows to ∞ above 709 nats a token; ranks and fits take ``lossScore(_:)``.
///
/// - Returns: 1…∞.
/// - Throws: as ``lossScore(_:)``.
public func perplexity(_ logProbabilities: [Double]) throws(StatisticsError) -> Double {
  exp(-(try lossScore(logProbabilities)))
}

/// The zlib score with the total log-probability: the form of the paper.
///
///     Σ ln p / Z
///
/// It ranks otherwise than ``zlibScore(_:compressedSize:)``, which takes the mean.
///
/// - Parameter compressedSize: Z, in bytes, of the record's zlib level-6 stream; positive.
/// - Returns: −∞…0; higher = more likely a member.
/// - Throws: as ``lossScore(_:)``, and `invalid_parameter` for a size below 1.
/// Source: Carlini et al. 2021.
/// Differs from it in: higher = member.
public func zlibTotalScore(_ logProbabilities: [Double], compressedSize: Int)
  throws(StatisticsError) -> Double
{
  guard compressedSize > 0 else { throw .parameter("a compressed size must be positive") }
  let values = try checkedLogProbabilities(logProbabilities)
  return values.reduce(0, +) / Double(compressedSize)
}
