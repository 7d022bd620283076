// SPDX-License-Identifier: Apache-2.0

import Coalmine

/// What a run would take, for a terminal and as JSON.
enum EstimateText {
  static func lines(_ estimate: ProbeEstimate) -> [String] {
    let head = ["probe", "questions", "requests", "prompt bytes", "written tokens"]
    let rows = estimate.rows.map { row in
      [
        row.probe.rawValue, String(row.questions), row.requests.map(String.init) ?? "walked",
        row.promptBytes.map(String.init) ?? "by its tokens",
        row.writtenTokens.map { "at most \($0)" } ?? "by its tokens",
      ]
    }
    var lines = TextTable.lines([head] + rows)
    if let requests = estimate.requests, let bytes = estimate.promptBytes,
      let tokens = estimate.writtenTokens
    {
      lines.append(
        "in all: \(estimate.questions) questions in \(requests) requests, \(bytes) bytes of prompts "
          + "(English has about four to a token), at most \(tokens) tokens written")
    } else {
      lines.append(
        "in all: \(estimate.questions) questions; a walk asks a prefix for each token of a text, a "
          + "search for a rank up to its budget, and how many that makes the endpoint's tokens say")
    }
    lines.append("a check of three to forty small requests comes first; nothing was sent")
    return lines
  }

  static func fields(_ estimate: ProbeEstimate, _ root: inout JSONWriter.Object) throws {
    try root.field("questions", estimate.questions)
    try root.field("requests", estimate.requests)
    try root.field("prompt_bytes", estimate.promptBytes)
    try root.field("written_tokens", estimate.writtenTokens)
    try root.array("probes") { list in
      for row in estimate.rows {
        try list.object { object in
          try object.field("probe", row.probe.rawValue)
          try object.field("questions", row.questions)
          try object.field("requests", row.requests)
          try object.field("prompt_bytes", row.promptBytes)
          try object.field("written_tokens", row.writtenTokens)
        }
      }
    }
  }
}
