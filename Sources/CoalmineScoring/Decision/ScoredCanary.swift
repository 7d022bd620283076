// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// One canary with everything that was answered about it. A class: canaries are put into many groups.
final class ScoredCanary: Sendable {
  let canary: Canary
  let scores: SecretScores
  let replies: CanaryReplies
  /// What the replies say where the model only wrote.
  let generated: GeneratedSecret?
  let result: CanaryResult

  /// - Parameter replies: those of the canary; `nil` to read them by themselves.
  init(_ canary: Canary, _ replies: CanaryReplies? = nil, in evidence: Evidence) {
    self.canary = canary
    scores = SecretScores(canary, in: evidence)
    let replies = replies ?? CanaryReplies(canary, in: evidence)
    self.replies = replies
    generated = GeneratedSecret.read(canary, replies, in: evidence)
    result = CanaryScoring.result(canary, scores, generated, in: evidence)
  }
}
