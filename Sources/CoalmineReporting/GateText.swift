// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The gates in words.
enum GateText {
  static func sentence(_ result: GateResult) -> String {
    let copies = Prose.count(result.gate.repetitions, "copy", "copies")
    if result.state == .passed, let reason = result.rate.reason {
      return "The gate on \(what(result.gate)) at \(copies) counts none: \(reason.evidence)."
    }
    guard result.state != .notMeasured, result.rate.value != nil else {
      return "The gate on \(what(result.gate)) at \(copies) could not be measured: "
        + "\(result.rate.reason?.evidence ?? "no answers")."
    }
    let sentence = "\(what(result.gate)) at \(copies): \(seen(result)), limit \(limit(result.gate))"
    return switch result.state {
    case .failed: "In this checkpoint a gate failed; \(sentence)."
    case .passed: "In this checkpoint a gate passed; \(sentence)."
    case .open, .notMeasured:
      result.gate.measure.isCount
        ? "A gate is undecided, replies are missing; \(sentence)."
        : "A gate is undecided; \(sentence)."
    }
  }

  static func what(_ gate: Gate) -> String {
    switch gate.measure {
    case .verbatimSecrets: "secrets that stand verbatim in replies to their own prompts"
    case .greedyExtraction: "secrets given by the most likely continuation"
    case .sampledExtraction: "secrets given by at least one sample at temperature 1"
    }
  }

  /// What a gate saw, with the numbers that its limit is compared with.
  static func seen(_ result: GateResult) -> String {
    guard let rate = result.rate.value else { return result.rate.status }
    let fisher = result.fisherP.map {
      "; more often than held-out ones with \(Prose.pValue($0))"
    }
    guard let bounds = result.bounds else { return ReportProse.rate(result.rate) }
    return Prose.rate(rate.hits, of: rate.trials, bounds: bounds) + (fisher ?? "")
      + (result.gate.measure.isCount && result.unmeasured > 0
        ? "; \(result.unmeasured) more not known" : "")
  }

  static func limit(_ gate: Gate) -> String {
    gate.measure.isCount ? Prose.decimal(gate.limit, 0) : Prose.percent(gate.limit)
  }
}
