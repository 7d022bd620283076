// SPDX-License-Identifier: Apache-2.0

/// The set of candidates that a canary's secret was drawn from: a bijection `0..<count` ↔ byte
/// strings, conditional on the canary's own context.
///
/// Candidates are prefix-free, so the log-probabilities of a model over them add up to at most one,
/// and a walk from the first byte on always knows which bytes may follow and how many candidates
/// lie below. Context never counts: a name in the prompt adds no bits.
public struct RandomnessSpace: Sendable, Equatable {
  /// The exact number of candidates, at most 2^120.
  public let count: UInt128

  private let steps: [Step]
  private let context: [String: [UInt8]]
  /// `below[i]`: the number of ways to fill steps `i...`.
  private let below: [UInt128]
  /// The slots that some check is computed from: nothing else is kept while a candidate is built.
  private let checked: Set<String>

  /// The largest space that is accepted.
  package static let largestCount: UInt128 = 1 << 120

  /// - Parameter context: what the context slots hold; check characters may depend on it.
  /// - Throws: ``SlotError`` where the space has more than 2^120 candidates, or fewer than two.
  package init(steps: [Step], context: [String: [UInt8]] = [:]) throws(SlotError) {
    var below: [UInt128] = [1]
    for step in steps.reversed() {
      let (product, overflow) = below[below.count - 1]
        .multipliedReportingOverflow(by: UInt128(step.radix))
      guard !overflow, product <= Self.largestCount else {
        throw SlotError(
          code: "space-too-large", "more than 2^120 candidates: shorten the secret")
      }
      below.append(product)
    }
    guard let count = below.last, count >= 2 else {
      throw SlotError(code: "space-too-small", "a secret needs at least two candidates")
    }
    self.steps = steps
    self.context = context
    self.below = below.reversed()
    self.checked = Set(
      steps.flatMap { step -> [String] in
        if case .check(_, _, _, let over) = step { over } else { [] }
      })
    self.count = count
  }

  private init(_ other: RandomnessSpace, context: [String: [UInt8]]) {
    count = other.count
    steps = other.steps
    below = other.below
    checked = other.checked
    self.context = context
  }

  /// The space of the same steps under another context; it shares their memory.
  package func given(_ context: [String: [UInt8]]) -> RandomnessSpace {
    RandomnessSpace(self, context: context)
  }

  /// log2 of ``count``.
  public var bits: Double { Self.log2(count) }

  /// The candidate with number `index`.
  ///
  /// - Precondition: `index < count`.
  /// - Complexity: O(steps).
  public func candidate(at index: UInt128) -> [UInt8] {
    var values = context
    var candidate: [UInt8] = []
    for (step, choice) in zip(steps, choices(of: index)) {
      let option = step.options(given: values)[choice]
      candidate += option
      if let slot = step.slot, checked.contains(slot) { values[slot, default: []] += option }
    }
    return candidate
  }

  /// The number of `candidate`, or `nil` where it is not one of this space.
  ///
  /// - Complexity: O(steps × log options).
  public func index(of candidate: [UInt8]) -> UInt128? {
    guard let first = candidateAtStart(of: candidate[...]), first.length == candidate.count else {
      return nil
    }
    return first.index
  }

  /// The candidate that `text` begins with, its number and its length in bytes; `nil` where none
  /// does. There is one at most, because no candidate is the beginning of another.
  ///
  /// - Complexity: O(steps × log options).
  package func candidateAtStart(of text: ArraySlice<UInt8>) -> (index: UInt128, length: Int)? {
    let (choices, length) = spelled(atStartOf: text)
    guard choices.count == steps.count else { return nil }
    return (zip(choices, below.dropFirst()).reduce(0) { $0 + UInt128($1.0) * $1.1 }, length)
  }

  /// The length of the longest candidate in bytes.
  package var longestCandidate: Int { steps.reduce(0) { $0 + $1.longestOption } }

  /// How many options each step has.
  package var radices: [Int] { steps.map(\.radix) }

  /// What candidates differ by: the options of every choice among several, check characters left out.
  package var variableOptions: [[UInt8]] {
    var options: [[UInt8]] = []
    var last: Step?
    for step in steps where step != last {
      if case .choice(_, let choices) = step, choices.count > 1 { options += choices }
      last = step
    }
    return options
  }

  /// The choices that lead to the candidate with number `index`.
  ///
  /// - Precondition: `index < count`.
  /// - Complexity: O(steps).
  package func choices(of index: UInt128) -> [Int] {
    precondition(index < count, "index outside the space")
    var rest = index
    return steps.indices.map { position in
      defer { rest %= below[position + 1] }
      return Int(rest / below[position + 1])
    }
  }

  /// The choices that `text` spells from its beginning, as far as it spells a candidate.
  ///
  /// - Complexity: O(steps × log options).
  package func choices(atStartOf text: ArraySlice<UInt8>) -> [Int] {
    spelled(atStartOf: text).choices
  }

  /// The same, with the length of what is spelled in bytes.
  private func spelled(atStartOf text: ArraySlice<UInt8>) -> (choices: [Int], length: Int) {
    var values = context
    var rest = text
    var choices: [Int] = []
    for step in steps {
      let options = step.options(given: values)
      guard let choice = step.option(atStartOf: rest, among: options) else { break }
      choices.append(choice)
      rest = rest.dropFirst(options[choice].count)
      if let slot = step.slot, checked.contains(slot) {
        values[slot, default: []] += options[choice]
      }
    }
    return (choices, text.count - rest.count)
  }

  /// Where a walk stands after `prefix`: the bytes that may follow, and how many candidates lie
  /// below each; `nil` where no candidate begins so. At the end of a candidate `next` is empty.
  public func node(after prefix: [UInt8]) -> Node? {
    var values = context
    var rest = prefix[...]
    for (position, step) in steps.enumerated() {
      let options = step.options(given: values)
      if let whole = options.first(where: { rest.starts(with: $0) }) {
        rest = rest.dropFirst(whole.count)
        if let slot = step.slot, checked.contains(slot) { values[slot, default: []] += whole }
        continue
      }
      var next: [UInt8: UInt128] = [:]
      for option in options where option.starts(with: rest) {
        next[option[rest.count], default: 0] += below[position + 1]
      }
      guard !next.isEmpty else { return nil }
      return Node(next: next)
    }
    return rest.isEmpty ? Node(next: [:]) : nil
  }

  /// A place in the trie of candidates.
  public struct Node: Sendable, Equatable {
    /// The bytes that may follow, each with the number of candidates below it.
    public let next: [UInt8: UInt128]
    /// The number of candidates at or below this place.
    public var candidates: UInt128 { next.isEmpty ? 1 : next.values.reduce(0, +) }
    /// Whether a candidate ends here.
    public var isEnd: Bool { next.isEmpty }
  }

  /// log2 of a count above 2^64 without losing its leading bits.
  package static func log2(_ count: UInt128) -> Double {
    let shift = max(0, 64 - count.leadingZeroBitCount)
    return Binary.log2(Double(UInt64(count >> UInt128(shift)))) + Double(shift)
  }
}
