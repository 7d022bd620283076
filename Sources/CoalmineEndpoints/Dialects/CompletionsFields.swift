// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The fields that requests to `/v1/completions` share, whoever serves it.
enum CompletionsFields {
  /// Model and prompts.
  static func common(_ queries: [Query], to endpoint: Endpoint, _ body: inout JSONWriter.Object)
    throws
  {
    try body.field("model", endpoint.model)
    try body.array("prompt") { prompts in
      for query in queries { try prompts.value(utf8: query.prompt + query.target) }
    }
  }

  /// What continuations need, of queries of one probe.
  static func continuing(_ queries: [Query], seed: UInt64, _ body: inout JSONWriter.Object) throws {
    guard let first = queries.first else { return }
    // One limit serves the pack: the largest, so that no secret is cut off.
    try body.field("max_tokens", queries.reduce(0) { max($0, $1.maxTokens) })
    switch first.probe {
    case .sampledExtraction:
      try body.field("n", first.samples)
      try body.field("temperature", 1)
      try body.field("top_p", 1)
      // Inside what every server takes for a seed: 31 bits.
      try body.field("seed", Int(seed >> 33))
    case .defaultExtraction:
      try body.field("n", first.samples)
      try body.field("seed", Int(seed >> 33))
    default: try body.field("temperature", 0)
    }
  }
}
