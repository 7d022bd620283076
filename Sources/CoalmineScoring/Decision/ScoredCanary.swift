// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// One canary with everything that was answered about it.
struct ScoredCanary: Sendable {
  let canary: Canary
  let scores: SecretScores
  let replies: CanaryReplies
  let result: CanaryResult

  init(_ canary: Canary, in evidence: Evidence) {
    self.canary = canary
    scores = SecretScores(canary, in: evidence)
    replies = CanaryReplies(canary, in: evidence)
    result = CanaryScoring.result(canary, scores, in: evidence)
  }
}
