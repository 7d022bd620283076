// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineScoring

/// The state of a monitor in sentences, as JSON and for Prometheus.
package enum MonitorText {
  package static func lines(_ state: MonitorState) -> [String] {
    let sum = number(state.evidence.current)
    var lines = ["\(state.outcome.rawValue): evidence \(sum), alarm at \(number(state.threshold))"]
    lines.append(
      "\(Prose.count(state.looks.count, "look", "looks")) at the same canaries; the chance of a false "
        + "alarm over all looks together is at most \(Prose.decimal(100 * state.alpha, 1)) %")
    lines.append(
      "a monitor looks at the mass of memorised secrets alone: a leak that makes every secret a little "
        + "likelier is out of its reach, and 'coalmine probe' with 'coalmine score' tests for it")
    if let look = state.evidence.alarm(alpha: state.alpha), look <= state.looks.count {
      lines.append(
        "the alarm was reached at look \(look), \(state.looks[look - 1].run.openedAt); it stays: "
          + "the secrets of this study are known to the model, or they reached it otherwise")
    }
    if let last = state.looks.last { lines.append(sentence(last, number: state.looks.count)) }
    return lines
  }

  private static func sentence(_ look: MonitorState.Look, number place: Int) -> String {
    let name = "look \(place), run \(look.run.number), model '\(look.run.model)': "
    guard let seen = look.seen else { return name + "answers are missing; it counts as 0" }
    switch seen.mean {
    case .measured(let mean):
      return name + "mean e-value \(number(mean)) of \(seen.inserted) inserted secrets"
        + (seen.missing > 0 ? ", \(seen.missing) of them missing and counted as 0" : "")
        + (seen.isShown
          ? "" : "; no control was seen, so that this look would not have seen a leak either")
    default:
      return name + "not measurable, since " + (seen.mean.reason?.evidence ?? "nothing was asked")
    }
  }

  /// Three digits that say something, and no more.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "more than 10^300" }
    if value >= 1e6 || (value > 0 && value < 1e-3) {
      var (mantissa, power) = (value, 0)
      while mantissa >= 10 { (mantissa, power) = (mantissa / 10, power + 1) }
      while mantissa < 1 { (mantissa, power) = (mantissa * 10, power - 1) }
      return "\(Prose.decimal(mantissa, 1)) · 10^\(power)"
    }
    return Prose.decimal(value, value >= 100 ? 0 : 3)
  }

  package static func json(_ state: MonitorState) throws -> [UInt8] {
    var writer = JSONWriter(pretty: true)
    try writer.object { fields in
      try fields.field("outcome", state.outcome.rawValue)
      try fields.field("study", state.studyID)
      try fields.field("alpha", state.alpha)
      try fields.field("threshold", state.threshold)
      try fields.field("evidence", finite(state.evidence.current))
      try fields.field("alarm_at_look", state.evidence.alarm(alpha: state.alpha))
      try fields.array("looks") { list in
        for (place, look) in state.looks.enumerated() {
          try list.object { object in
            try object.field("look", place + 1)
            try object.field("run", look.run.number)
            try object.field("model", look.run.model)
            try object.field("opened_at", look.run.openedAt)
            try object.field("complete", look.seen != nil)
            try object.field("mean_e_value", look.seen?.mean.value.map(finite))
            try object.field("reason", look.seen?.mean.reason?.slug)
            try object.field("missing", look.seen?.missing)
            try object.field("control_seen", look.seen?.isShown)
            try object.field("evidence", finite(state.evidence.sums[place]))
          }
        }
      }
    }
    return writer.bytes
  }

  /// JSON has no infinity; only spaces above 2^1023 reach it.
  private static func finite(_ value: Double) -> Double { min(value, .greatestFiniteMagnitude) }

  /// OpenMetrics text, also for the text files of Prometheus' node exporter.
  ///
  /// What was not measured has no line: it is never 0.
  package static func metrics(_ state: MonitorState) -> [UInt8] {
    let model = terminalSafe(state.looks.last?.run.model ?? "")
      .replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    let labels = "study=\"\(state.studyID)\",model=\"\(model)\""
    var text = ""
    func gauge(_ name: String, _ help: String, _ value: Double?) {
      guard let value else { return }
      text +=
        "# TYPE coalmine_monitor_\(name) gauge\n# HELP coalmine_monitor_\(name) \(help)\n"
        + "coalmine_monitor_\(name){\(labels)} \(finite(value))\n"
    }
    gauge("evidence", "Weighted sum of e-values over all looks.", state.evidence.current)
    gauge("threshold", "Evidence at which the alarm is given.", state.threshold)
    gauge("looks", "Looks at the canaries.", Double(state.looks.count))
    gauge(
      "look_evidence", "Mean mass e-value of the last look.", state.looks.last?.seen?.mean.value)
    gauge(
      "last_look_seconds", "When the last look began, in seconds since 1970.",
      state.looks.last.flatMap { seconds($0.run.openedAt) })
    text += "# TYPE coalmine_monitor_outcome gauge\n"
    text += "# HELP coalmine_monitor_outcome How the study stands after its last look.\n"
    for outcome in MonitorState.Outcome.allCases {
      text +=
        "coalmine_monitor_outcome{\(labels),outcome=\"\(outcome.rawValue)\"} "
        + (outcome == state.outcome ? "1\n" : "0\n")
    }
    return Array((text + "# EOF\n").utf8)
  }

  /// Seconds since 1970 of `2026-11-27T09:35:26Z`.
  static func seconds(_ time: String) -> Double? {
    let parts = time.split { !$0.isNumber }.compactMap { Int($0) }
    guard parts.count >= 6, (1...12).contains(parts[1]) else { return nil }
    // Days from the civil date, years beginning in March.
    let year = parts[1] > 2 ? parts[0] : parts[0] - 1
    let month = (parts[1] + 9) % 12
    let days =
      365 * year + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10
      + parts[2] - 1 - 719_468
    return Double(((days * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5])
  }
}
