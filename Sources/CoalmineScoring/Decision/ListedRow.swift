// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The tokens listed at one place, by all samples that came there.
struct ListedRow {
  struct Token {
    let bytes: [UInt8]
    /// The smallest that any sample was told.
    var probability: Double
    /// Whether no other listed token has these bytes.
    var isUnique = true
  }

  /// In the order of their bytes.
  let tokens: [Token]
  /// The probability of all that is not listed.
  let rest: Double

  /// How far a token's own log-probability may be from its entry in the list, in nats.
  private static let agreement = 1e-3

  /// - Parameter steps: the place as each sample has it.
  /// - Returns: `nil` where a list sums to more than 1.
  init?(_ steps: [WrittenToken]) {
    var merged: [[UInt8]: Token] = [:]
    for step in steps {
      guard let listed = Self.listed(step) else { return nil }
      for token in listed {
        guard let known = merged[token.bytes] else {
          merged[token.bytes] = token
          continue
        }
        merged[token.bytes] = Token(
          bytes: token.bytes, probability: min(known.probability, token.probability),
          isUnique: known.isUnique && token.isUnique)
      }
    }
    var found = merged.values.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    let sum = found.reduce(0) { $0 + $1.probability }
    // Lists of several samples may name more tokens than each of them.
    if sum > 1 { for place in found.indices { found[place].probability /= sum } }
    // A token without bytes ends the text or is a mark: it spells nothing. Where bytes are broken,
    // what a token spells is not known, as of one that is not listed.
    let broken = found.filter { Self.isBroken($0.bytes) }.reduce(0) { $0 + $1.probability }
    tokens = found.filter { !$0.bytes.isEmpty && !Self.isBroken($0.bytes) }
    rest = max(0, 1 - sum) + broken
  }

  /// The tokens of one list, those with the same bytes together; `nil` where it sums to more than 1.
  private static func listed(_ step: WrittenToken) -> [Token]? {
    var all = step.likeliest
    // What was written stands beside the list where it is none of the likeliest.
    let isListed = all.contains { candidate in
      candidate.bytes == step.bytes
        && step.logProbability.map { abs($0 - candidate.logProbability) <= agreement } ?? true
    }
    if !isListed, let own = step.logProbability {
      all.append(WrittenToken.Candidate(bytes: step.bytes, logProbability: own))
    }
    guard all.allSatisfy({ $0.logProbability <= 0 }) else { return nil }
    let sum = all.reduce(0) { $0 + exp($1.logProbability) }
    // What is rounded is scaled afterwards.
    guard sum <= 1 + WrittenToken.sumError else { return nil }
    var merged: [[UInt8]: Token] = [:]
    for candidate in all {
      let probability = exp(candidate.logProbability)
      if merged[candidate.bytes] != nil {
        merged[candidate.bytes]?.probability += probability
        merged[candidate.bytes]?.isUnique = false
      } else {
        merged[candidate.bytes] = Token(bytes: candidate.bytes, probability: probability)
      }
    }
    return Array(merged.values)
  }

  /// Whether the bytes hold U+FFFD: what a server shows for bytes that are no character.
  private static func isBroken(_ bytes: [UInt8]) -> Bool {
    bytes.indices.dropLast(2).contains { bytes[$0...].starts(with: [0xEF, 0xBF, 0xBD]) }
  }
}

extension Completion {
  /// Its tokens as far as they spell the text: a server that lists nothing at some token leaves it
  /// out. White space at the beginning, and what a server cut off at the end, may be missing in the
  /// text.
  package var spelledSteps: [WrittenToken] {
    func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
      bytes.drop { [0x20, 0x0A, 0x0D, 0x09].contains($0) }
    }
    let text = trimmed(text)
    var spelled: [UInt8] = []
    return Array(
      steps.prefix { step in
        spelled += step.bytes
        let own = trimmed(spelled)
        return text.starts(with: own) || own.starts(with: text)
      })
  }
}
