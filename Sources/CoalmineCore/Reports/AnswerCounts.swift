// SPDX-License-Identifier: Apache-2.0

/// How many answers are due, and how many of them are not there.
public struct AnswerCounts: Codable, Sendable, Equatable {
  /// Questions of one run.
  public struct Count: Codable, Sendable, Equatable {
    /// Questions that its probe set asks.
    public var due = 0
    /// Questions without any answer yet.
    public var missing = 0
    /// Questions whose answer the endpoint held back.
    public var withheld = 0
    /// Questions whose answer failed for another reason.
    public var unreadable = 0

    public init(due: Int = 0, missing: Int = 0, withheld: Int = 0, unreadable: Int = 0) {
      self.due = due
      self.missing = missing
      self.withheld = withheld
      self.unreadable = unreadable
    }
  }

  /// `nil` where no tuned model was probed: then nothing is due yet.
  public let tuned: Count?
  /// `nil` where no base run counts.
  public let base: Count?

  public init(tuned: Count?, base: Count?) {
    self.tuned = tuned
    self.base = base
  }

  private func sum(_ part: (Count) -> Int) -> Int {
    [tuned, base].compactMap(\.self).reduce(0) { $0 + part($1) }
  }

  public var due: Int { sum(\.due) }
  public var missing: Int { sum(\.missing) }
  public var withheld: Int { sum(\.withheld) }
  public var unreadable: Int { sum(\.unreadable) }
}
