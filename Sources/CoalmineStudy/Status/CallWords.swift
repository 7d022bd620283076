// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension CallOptions {
  /// The options as words of a shell; a path that cannot be written as one is left out.
  ///
  ///     CallOptions(batch: true, maxCost: 5).words  // ["--batch", "--max-cost 5"]
  package var words: [String] {
    var words: [String] = []
    if batch { words.append("--batch") }
    if let concurrency { words.append("--concurrency \(concurrency)") }
    if let promptsPerRequest { words.append("--prompts-per-request \(promptsPerRequest)") }
    if let rankBudget { words.append("--rank-budget \(rankBudget)") }
    if plainScore { words.append("--score plain") }
    if let path = prices.flatMap(ShellWord.path) { words.append("--prices \(path)") }
    if let maxCost {
      // Whole dollars without a point.
      let text = maxCost < 1e15 ? Int64(exactly: maxCost).map { String($0) } : nil
      words.append("--max-cost \(text ?? String(maxCost))")
    }
    return words
  }
}
