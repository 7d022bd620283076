// SPDX-License-Identifier: Apache-2.0

/// What is to be written about work under way, and when. It knows no clock and no terminal: both are
/// given.
///
/// ```swift
/// var line = ProgressLine(.log(first: 10, every: 60))
/// line.update(WorkDone("probing tuned", done: 120, of: 480, .items("requests")), at: 75)
/// // probing tuned: 120 of 480 requests, 3.2/s, about 2 min left
/// ```
public struct ProgressLine: Sendable {
  /// Where the lines go.
  public enum Place: Sendable, Equatable {
    /// One line that is drawn again in place, at the begin of each stage and at most ten times per
    /// second, and goes at the end.
    case terminal(columns: Int)
    /// A line per `every` seconds at most, the first one after `first`; one more at the end where
    /// any was written.
    case log(first: Double, every: Double)
  }

  private let place: Place
  private var work: WorkDone?
  /// Where the current stage began.
  private var begun: (seconds: Double, done: Int64) = (0, 0)
  private var lastWritten: Double?
  private var lastUpdate = 0.0
  private var firstUpdate: Double?

  public init(_ place: Place) { self.place = place }

  /// Takes a state in.
  ///
  /// - Parameter seconds: of a clock that never goes back.
  /// - Returns: what is to be written as it is; `nil` for nothing.
  public mutating func update(_ work: WorkDone, at seconds: Double) -> String? {
    let isNewStage = self.work?.stage != work.stage
    if isNewStage { begun = (seconds, work.done) }
    if firstUpdate == nil { firstUpdate = seconds }
    self.work = work
    lastUpdate = seconds
    switch place {
    case .terminal(let columns):
      // However short it is, a stage is seen.
      let isDue = isNewStage || lastWritten.map { seconds - $0 >= 0.1 } ?? true
      guard isDue else { return nil }
      lastWritten = seconds
      return "\r" + Self.drawn(work, rate(at: seconds), columns: columns) + "\u{1B}[K"
    case .log(let first, let every):
      let isDue =
        if let lastWritten { seconds - lastWritten >= every } else {
          seconds - (firstUpdate ?? seconds) >= first
        }
      guard isDue else { return nil }
      lastWritten = seconds
      return Self.said(work, rate(at: seconds)) + "\n"
    }
  }

  /// Ends it.
  ///
  /// - Returns: what is to be written as it is; `nil` for nothing.
  public mutating func finish(at seconds: Double) -> String? {
    defer { (work, lastWritten, firstUpdate) = (nil, nil, nil) }
    guard let work, let lastWritten else { return nil }
    switch place {
    case .terminal: return "\r\u{1B}[K"
    case .log:
      // The same line twice would say nothing new.
      guard lastUpdate > lastWritten else { return nil }
      return Self.said(work, rate(at: lastUpdate)) + "\n"
    }
  }

  /// Per second since the stage began; `nil` in its first second, and before anything was done.
  private func rate(at seconds: Double) -> Double? {
    guard let work, seconds - begun.seconds >= 1, work.done > begun.done else { return nil }
    return Double(work.done - begun.done) / (seconds - begun.seconds)
  }
}

/// The words of a line.
extension ProgressLine {
  static let cells = 20

  /// `probing tuned: 120 of 480 requests, 3.2/s, about 2 min left`.
  static func said(_ work: WorkDone, _ rate: Double?) -> String {
    let rest = facts(work, rate)
    return rest.isEmpty ? work.stage : "\(work.stage): \(rest)"
  }

  /// The same with a bar, no wider than the terminal: a line that wraps could not be drawn over.
  static func drawn(_ work: WorkDone, _ rate: Double?, columns: Int) -> String {
    var line = said(work, rate)
    if let total = work.total, total > 0 {
      let share = min(1, max(0, Double(work.done) / Double(total)))
      let filled = Int(share * Double(cells))
      let bar =
        "[" + String(repeating: "#", count: filled)
        + String(repeating: ".", count: cells - filled) + "] "
      if bar.count + line.count < columns { line = bar + line }
    }
    return String(line.prefix(max(1, columns - 1)))
  }

  private static func facts(_ work: WorkDone, _ rate: Double?) -> String {
    var parts: [String] = []
    let name: String
    switch work.unit {
    case .bytes: name = ""
    case .items(let items): name = items.isEmpty ? "" : " " + items
    }
    if let total = work.total {
      let known = work.totalMayGrow ? " known so far" : ""
      parts.append("\(amount(work.done, work.unit)) of \(amount(total, work.unit))\(name)\(known)")
    } else if work.done > 0 {
      parts.append("\(amount(work.done, work.unit))\(name)")
    }
    if let rate {
      parts.append("\(amount(rate, work.unit))/s")
      if let total = work.total, total > work.done {
        let left = duration(Double(total - work.done) / rate)
        parts.append(work.totalMayGrow ? "at least \(left) left" : "about \(left) left")
      }
    }
    return parts.joined(separator: ", ")
  }

  private static func amount(_ count: Int64, _ unit: WorkDone.Unit) -> String {
    unit == .bytes ? amount(Double(count), unit) : String(count)
  }

  private static func amount(_ value: Double, _ unit: WorkDone.Unit) -> String {
    guard unit == .bytes else { return oneDecimal(value) }
    let steps = ["bytes", "kB", "MB", "GB", "TB"]
    var (value, step) = (value, 0)
    while value >= 999.5, step + 1 < steps.count {
      value /= 1_000
      step += 1
    }
    return (step == 0 ? String(Int(value)) : oneDecimal(value)) + " " + steps[step]
  }

  private static func oneDecimal(_ value: Double) -> String {
    if value >= 100 { return String(Int(value.rounded())) }
    let tenths = Int((value * 10).rounded())
    return value > 0 && tenths == 0 ? "below 0.1" : "\(tenths / 10).\(tenths % 10)"
  }

  /// Seconds below 90, minutes below 90, hours.
  static func duration(_ seconds: Double) -> String {
    // A rate near 0 gives more seconds than an integer holds.
    let seconds = min(seconds, 1e9)
    if seconds < 90 { return "\(max(1, Int(seconds.rounded()))) s" }
    if seconds < 90 * 60 { return "\(Int((seconds / 60).rounded())) min" }
    return "\(Int((seconds / 3_600).rounded())) h"
  }
}
