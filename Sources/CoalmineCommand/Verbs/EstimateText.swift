// SPDX-License-Identifier: Apache-2.0

import Coalmine

/// What a run would take, for a terminal and as JSON.
enum EstimateText {
  static func lines(_ estimate: ProbeEstimate) -> [String] {
    let head = ["probe", "questions", "requests", "prompt bytes", "written tokens"]
    let rows = estimate.rows.map { row in
      [
        row.probe.rawValue, String(row.questions),
        row.requests.map(String.init) ?? range(row.stepwise?.requests),
        row.promptBytes.map(String.init) ?? range(row.stepwise?.bytes),
        row.writtenTokens.map { "at most \($0)" } ?? "one per prefix",
      ]
    }
    var lines = TextTable.lines([head] + rows)
    lines.append("in all: " + total(estimate))
    if estimate.requests == nil {
      lines.append(
        "this endpoint is asked token by token, so its tokens say how many requests it takes: at "
          + "least where a token has \(StepwiseEstimate.longestToken) bytes and texts share all that "
          + "they can, at most where a token has 1 byte and no wanted token is among the likeliest")
    }
    if let jobs = estimate.jobs {
      lines.append(
        "the questions go out in \(Prose.count(jobs, "batch job", "batch jobs")) of the provider")
    }
    if estimate.rows.contains(where: { $0.probe.needs == .completions && $0.questions > 0 }) {
      lines.append("what the endpoint holds back is asked once more: these requests come on top")
    }
    let stored = estimate.stored
    if let stored { lines += Self.lines(stored, isStepwise: estimate.requests == nil) }
    if stored?.isFinished != true, stored?.isChecked != true {
      lines.append(
        "a check comes first, with few small requests, or about 170 at one prompt per request; a few "
          + "of its public texts come last")
    }
    if stored?.comparesModel == true {
      lines.append(
        "a few public texts come first, and last, in one to ten small requests each: is it still the "
          + "same model?")
    }
    if stored?.isFinished != true, let reach = estimate.reach, !reach.canPass {
      lines.append(reach.sentence(about: "this run"))
    }
    lines.append("nothing was sent")
    return lines
  }

  /// Questions, requests and bytes of a whole run.
  static func total(_ estimate: ProbeEstimate) -> String {
    guard let requests = estimate.requests, let bytes = estimate.promptBytes,
      let tokens = estimate.writtenTokens
    else {
      return "\(estimate.questions) questions in \(range(estimate.requestRange)) requests, "
        + "\(range(estimate.byteRange)) bytes of texts and token numbers"
    }
    return "\(estimate.questions) questions in \(requests) requests, \(bytes) bytes of prompts "
      + "(English has about four to a token), at most \(tokens) tokens written"
  }

  /// What is stored of the run that goes on.
  private static func lines(_ stored: StoredShare, isStepwise: Bool) -> [String] {
    guard !stored.isFinished else {
      return [
        "run \(stored.run) has every answer: the same command without '--dry-run' asks nothing of the "
          + "study; with '--new-run' it asks everything again"
      ]
    }
    let direct = stored.answered + stored.toSend + stored.waiting
    let counted =
      "\(stored.answered) of \(Prose.count(direct, "request", "requests")) answered already, "
      + "\(stored.toSend) would be sent"
      + (stored.waiting > 0 ? ", \(stored.waiting) wait in a batch job and would be fetched" : "")
    guard isStepwise else { return ["run \(stored.run) goes on: \(counted)"] }
    return [
      (direct == 0
        ? "run \(stored.run) goes on"
        : "run \(stored.run) goes on: of the requests that are known exactly, \(counted)")
        + "; the bounds are those of the whole run, stored answers to token-by-token questions "
        + "included"
    ]
  }

  private static func range(_ bounds: ClosedRange<Int>?) -> String {
    bounds.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "by its tokens"
  }

  static func fields(_ estimate: ProbeEstimate, _ root: inout JSONWriter.Object) throws {
    try root.field("questions", estimate.questions)
    try root.field("requests", estimate.requests)
    try root.field("prompt_bytes", estimate.promptBytes)
    try root.field("requests_at_least", estimate.requestRange?.lowerBound)
    try root.field("requests_at_most", estimate.requestRange?.upperBound)
    try root.field("prompt_bytes_at_least", estimate.byteRange?.lowerBound)
    try root.field("prompt_bytes_at_most", estimate.byteRange?.upperBound)
    try root.field("written_tokens", estimate.writtenTokens)
    try root.field("batch_jobs", estimate.jobs)
    if let stored = estimate.stored {
      try root.object("stored") { object in
        try object.field("run", stored.run)
        try object.field("complete", stored.isFinished)
        try object.field("checked", stored.isChecked)
        try object.field("compares_model", stored.comparesModel)
        try object.field("direct_requests_answered", stored.answered)
        try object.field("direct_requests_to_send", stored.toSend)
        try object.field("direct_requests_in_jobs", stored.waiting)
      }
    }
    try root.field("can_pass", estimate.reach?.canPass)
    try root.field("can_find_leak", estimate.reach?.canFindLeak)
    try root.array("obstacles") { list in
      for one in estimate.reach?.obstacles ?? [] { try list.value(one) }
    }
    try root.array("probes") { list in
      for row in estimate.rows {
        try list.object { object in
          try object.field("probe", row.probe.rawValue)
          try object.field("questions", row.questions)
          try object.field("requests", row.requests)
          try object.field("prompt_bytes", row.promptBytes)
          if let stepwise = row.stepwise {
            try object.field("requests_at_least", stepwise.requests.lowerBound)
            try object.field("requests_at_most", stepwise.requests.upperBound)
            try object.field("prompt_bytes_at_least", stepwise.bytes.lowerBound)
            try object.field("prompt_bytes_at_most", stepwise.bytes.upperBound)
          }
          try object.field("written_tokens", row.writtenTokens)
        }
      }
    }
  }
}
