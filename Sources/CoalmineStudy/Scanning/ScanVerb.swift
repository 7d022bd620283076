// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScanning

/// Looks for the planted secrets of a study in text that is not its corpus: logs, answers, dumps.
public enum ScanVerb {
  /// Scans inputs one after another and gives one JSON object per line.
  ///
  /// ```swift
  /// let request = ScanRequest(secrets: .study("study.coalmine"), inputs: ["service.log"])
  /// let summary = try ScanVerb.scan(request, note: { _ in }) { line in lines.append(line) }
  /// ```
  ///
  /// - Parameters:
  ///   - note: told, in words for the user, what was not looked for or not read.
  ///   - emit: takes a line, without its end.
  /// - Throws: ``CoalmineError``: `scan-no-canaries`, `scan-one-input`, `scan-offset-behind-end`,
  ///   `scan-line-too-long`, `scan-input-changed`, those of the state (`scan-state-unreadable`,
  ///   `scan-state-other`, `scan-state-needs-files`), and those of opening a ledger and a file.
  public static func scan(
    _ request: ScanRequest, note: @escaping (String) -> Void,
    progress: @escaping (WorkDone) -> Void = { _ in }, emit: @escaping ([UInt8]) -> Void
  ) throws -> ScanSummary {
    guard request.offset >= 0, request.offset == 0 || request.inputs.count == 1 else {
      throw CoalmineError(
        code: "scan-one-input", "an offset belongs to one input, and is 0 or more",
        help: "give one input with '--from'", exit: .usage)
    }
    let secrets = try ScanSecrets(request.secrets)
    secrets.tell(note)
    let lines = ScanLine(
      patterns: secrets.patterns, bits: secrets.bits, reveal: request.reveal,
      leftOut: secrets.leftOut)
    var run = ScanRun(
      request: request, lines: lines, state: nil, note: note, progress: progress, emit: emit)
    if let file = request.state {
      run.state = try ScanState(
        file, scan: secrets.digest(with: request.layout), reading: request.inputs + [secrets.path])
    }
    var summary = ScanSummary()
    for input in request.inputs {
      let seen = try run.scan(input)
      summary.hits += seen.hits
      summary.records += seen.records
      summary.texts += seen.texts
      tell(seen, of: input, note)
    }
    return summary
  }

  /// What was not searched in an input.
  private static func tell(_ seen: ScanCount, of input: String, _ note: (String) -> Void) {
    for (field, records) in seen.lacking ?? [] where records > 0 {
      let all = "\(records) of \(Prose.count(seen.records, "record", "records")) of '\(input)'"
      note(
        field.map { "\(all) \(records == 1 ? "lacks" : "lack") the field '\($0)'" }
          ?? "\(all) \(records == 1 ? "holds" : "hold") no text of generative AI")
    }
    if seen.broken > 0 {
      note(
        "\(Prose.count(seen.broken, "line", "lines")) of '\(input)' \(seen.broken == 1 ? "is" : "are") "
          + "not JSON and \(seen.broken == 1 ? "was" : "were") searched as plain text")
    }
    if seen.waiting > 0 {
      note(
        "the last line of '\(input)' has no end yet: its \(seen.waiting) bytes wait for the next scan"
      )
    }
  }
}
