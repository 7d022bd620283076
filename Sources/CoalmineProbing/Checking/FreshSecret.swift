// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics

/// A candidate of a kind that stands nowhere in its study: neither a secret nor a reference of it.
///
/// It is drawn from the study's own random numbers, so that a stored reply can be read again as the answer
/// to the same question; another run has other ones.
package struct FreshSecret: Sendable {
  /// The slug of the kind.
  package let kind: String
  package let text: Secret<[UInt8]>

  /// One of each kind of a study, in the order of the slugs.
  ///
  /// - Parameter run: the number of the run.
  /// - Returns: without kinds whose candidates are all used, as far as 64 draws show.
  /// - Complexity: O(canaries + references).
  package static func draw(for study: RegisteredStudy, run: Int) -> [FreshSecret] {
    let kinds = Dictionary(grouping: study.record.canaries, by: \.kind)
    return kinds.keys.sorted().compactMap { kind in
      draw(kind, kinds[kind] ?? [], study, run)
    }
  }

  private static let draws = 64

  private static func draw(
    _ kind: String, _ canaries: [Canary], _ study: RegisteredStudy, _ run: Int
  ) -> FreshSecret? {
    guard let first = canaries.first, let space = study.spaces[first.id] else { return nil }
    var generator = ChaCha8Rand(
      seed: sha256(study.record.orderSeed + Array("repeat-secrets:\(run):\(kind)".utf8)))
    for _ in 0..<draws {
      // 2^120 candidates at most: the rest of the division by 2^128 favours none by more than 2^-8.
      let number = UInt128(generator.next()) << 64 | UInt128(generator.next())
      let text = space.candidate(at: number % space.count)
      if !isUsed(text, kind, canaries, study) { return FreshSecret(kind: kind, text: Secret(text)) }
    }
    return nil
  }

  private static func isUsed(
    _ text: [UInt8], _ kind: String, _ canaries: [Canary], _ study: RegisteredStudy
  ) -> Bool {
    for canary in canaries {
      if canary.secret.reveal() == text || canary.placeholder?.reveal() == text { return true }
      guard let references = study.record.references[canary.id],
        let number = study.spaces[canary.id]?.index(of: text)
      else { continue }
      if references.contains(number) { return true }
    }
    return study.record.inContextControls.contains {
      $0.kind == kind && ($0.given.reveal() == text || $0.decoy.reveal() == text)
    }
  }
}
