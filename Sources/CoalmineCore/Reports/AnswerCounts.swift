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

  /// What is not there, in one sentence that names no zero: `2 of 11102 answers were held back by the
  /// endpoint`; `nil` where every answer is there.
  package var lacking: String? {
    func part(_ count: Int, _ one: String, _ many: String) -> (Int, String)? {
      count > 0 ? (count, count == 1 ? one : many) : nil
    }
    let parts = [
      part(missing, "is missing", "are missing"),
      part(withheld, "was held back by the endpoint", "were held back by the endpoint"),
      part(unreadable, "could not be read", "could not be read"),
    ].compactMap(\.self)
    guard let first = parts.first else { return nil }
    let rest = parts.dropFirst().map { "\($0.0) \($0.1)" }
    let whose = tuned != nil && base != nil ? " of the tuned and the base run" : ""
    let start = "\(first.0) of \(Prose.count(due, "answer", "answers"))\(whose) \(first.1)"
    return ([start] + rest).joined(separator: rest.count == 1 ? " and " : ", ")
  }
}
