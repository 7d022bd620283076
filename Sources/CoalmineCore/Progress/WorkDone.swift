// SPDX-License-Identifier: Apache-2.0

/// How far a piece of work is.
public struct WorkDone: Sendable, Equatable {
  /// What is counted.
  public enum Unit: Sendable, Equatable {
    case bytes
    /// Things of that name, in the plural.
    case items(String)
  }

  /// What is being done, `probing tuned`.
  public let stage: String
  public let done: Int64
  /// How much it is in all; `nil` where that is not known.
  public let total: Int64?
  public let unit: Unit
  /// Whether the total is what is known now, and may become more.
  public let totalMayGrow: Bool

  public init(
    _ stage: String, done: Int64 = 0, of total: Int64? = nil, _ unit: Unit = .items(""),
    totalMayGrow: Bool = false
  ) {
    self.stage = stage
    self.done = done
    self.total = total
    self.unit = unit
    self.totalMayGrow = totalMayGrow
  }
}

/// Called while work goes on; a library says how far it is and prints nothing.
public typealias ProgressReport = @Sendable (WorkDone) -> Void

/// Counts bytes, and reports every mebibyte.
public struct ByteMeter {
  private let stage: String
  private let total: Int64
  private let report: ProgressReport
  private var done: Int64 = 0
  private var reported: Int64 = 0

  public init(_ stage: String, of total: Int64, _ report: @escaping ProgressReport) {
    self.stage = stage
    self.total = total
    self.report = report
    report(WorkDone(stage, done: 0, of: total, .bytes))
  }

  public mutating func add(_ count: Int) {
    done += Int64(count)
    guard done - reported >= 1 << 20 else { return }
    reported = done
    report(WorkDone(stage, done: done, of: total, .bytes))
  }
}
