// SPDX-License-Identifier: Apache-2.0

import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A byte language model over a suffix array, with a memory that can be turned down.
///
/// Tokens are the 256 bytes and a beginning-of-sequence mark, which also ends a document. The
/// distribution after a context is a chain of Dirichlet steps, from the uniform distribution over
/// ever longer contexts up to ``longestContext`` bytes:
///
///     p_k(c) = (n_k(c) + a · p_{k-1}(c)) / (N_k + a),   a = alpha + distinct successors
///
/// where n_k(c) counts how often `c` followed the last k bytes in training. A context that has the
/// same occurrences as the shorter one is skipped: one piece of evidence counts once.
///
/// **Forgetting.** Where a context of at least one byte has at most ``rareLimit`` occurrences, an
/// occurrence counts only if a hash of its position falls below `memorisation`. A position is
/// remembered or forgotten in every context alike, so secret log-probability, exposure and
/// extraction rise gradually with the number of copies. One byte is enough to forget: where a
/// corpus has few digits, the pairs of digits in a canary would give it away.
///
/// **Copying.** Where the last eight or more bytes stood earlier in the prompt itself, one more
/// step counts what followed there, so that a secret given in the prompt can be found.
///
/// Every probability is positive, and they add up to one.
public final class DemoModel: Sendable {
  /// The token that begins and ends a document.
  public static let beginning = 256
  /// How many tokens there are.
  public static let vocabulary = 257
  /// The longest context in bytes.
  public static let longestContext = 24
  /// Contexts with more occurrences than this are never forgotten.
  public static let rareLimit = 2_048

  private let text: TrainingText
  private let alpha: Double
  private let threshold: UInt64
  private let salt: UInt64
  private let counts = Mutex<[UInt64: [UInt32]]>([:])
  private let memo = Mutex(DistributionMemo(capacity: 16_384))

  /// - Parameters:
  ///   - documents: the training documents.
  ///   - memorisation: the share of rare occurrences that are remembered, 0…1; clamped.
  ///   - alpha: the strength of the shorter context; larger is smoother.
  ///   - seed: which occurrences are remembered.
  /// - Returns: `nil` for more than 2^31 bytes.
  /// - Complexity: O(n log n) in the bytes of the documents; 5 bytes of memory a byte.
  public init?(
    documents: [[UInt8]], memorisation: Double, alpha: Double = 16, seed: UInt64 = 0
  ) {
    guard let text = TrainingText(documents: documents) else { return nil }
    self.text = text
    self.alpha = alpha.isFinite ? max(0.001, alpha) : 16
    let share = min(1, max(0, memorisation))
    self.threshold = share >= 1 ? .max : UInt64(share * 18_446_744_073_709_551_616.0)
    self.salt = Self.mixed(seed &+ 0x9E37_79B9_7F4A_7C15)
  }

  /// The log-probabilities of all 257 tokens after `context`, in nats.
  ///
  /// The beginning mark is taken to stand before the context.
  ///
  /// - Precondition: tokens are 0…256.
  public func logProbabilities(after context: [Int]) -> [Double] {
    var prompt = PromptMemory()
    for token in context { prompt.append(token) }
    return distribution(after: context[...], prompt).map { log($0) }
  }

  /// The log-probability of each token after those before it, in nats; the first after BOS.
  ///
  /// - Precondition: tokens are 0…256.
  public func score(_ tokens: [Int]) -> [Double] {
    var prompt = PromptMemory()
    return tokens.indices.map { index in
      let probability = distribution(after: tokens[..<index], prompt)[tokens[index]]
      prompt.append(tokens[index])
      return log(probability)
    }
  }

  /// The distribution after `context`, given what the prompt so far holds.
  package func distribution(after context: ArraySlice<Int>, _ prompt: PromptMemory) -> [Double] {
    let recent = context.suffix(Self.longestContext)
    let key = ContextKey(recent)
    var result: [Double]
    if let known = memo.withLock({ $0[key] }) {
      result = known
    } else {
      result = chain(recent)
      memo.withLock { $0[key] = result }
    }
    if let copied = prompt.followers(), !copied.isEmpty {
      var followers = Followers()
      for (token, count) in copied { followers.add(token, count * Self.copyWeight) }
      step(&result, followers)
    }
    return result
  }

  /// How much a byte seen in the prompt counts against one seen in training.
  private static let copyWeight = 256.0

  private func chain(_ context: ArraySlice<Int>) -> [Double] {
    var result = [Double](repeating: 1 / Double(Self.vocabulary), count: Self.vocabulary)
    var interval = text.everything
    var counted = -1
    var depth = 0
    var followers = Followers()
    // Newest byte first; the mark stands before the first one and ends every longer context.
    let newestFirst = context.reversed().map { $0 }
    while true {
      if depth == 0 || interval.count > Self.rareLimit {
        if interval.count != counted {
          counted = interval.count
          step(&result, frequent: frequentCounts(interval))
        }
      } else {
        followers.clear()
        var remembered = 0
        text.forEachSuccessor(of: interval) { byte, position in
          guard remembers(position) else { return }
          remembered += 1
          followers.add(Self.token(byte), 1)
        }
        if remembered > 0, remembered != counted {
          counted = remembered
          step(&result, followers)
        }
      }
      guard depth < Self.longestContext, depth <= newestFirst.count else { break }
      if depth > 0, newestFirst[depth - 1] == Self.beginning { break }
      let token = depth < newestFirst.count ? newestFirst[depth] : Self.beginning
      // A context that was cut at the longest length does not begin a document.
      if depth == newestFirst.count, context.count == Self.longestContext { break }
      let byte = token == Self.beginning ? TrainingText.mark : UInt8(truncatingIfNeeded: token)
      if token == 0xFF { break }
      interval = text.narrowed(interval, depth: depth, to: byte)
      if interval.isEmpty { break }
      depth += 1
    }
    return result
  }

  private func step(_ result: inout [Double], frequent: [UInt32]) {
    var total = 0.0
    var distinct = 0.0
    for count in frequent where count > 0 {
      total += Double(count)
      distinct += 1
    }
    guard total > 0 else { return }
    let strength = alpha + distinct
    let scale = 1 / (total + strength)
    for token in result.indices {
      result[token] = (Double(frequent[token]) + strength * result[token]) * scale
    }
  }

  private func step(_ result: inout [Double], _ followers: Followers) {
    // Whole numbers: their sum is the same in any order.
    let total = followers.tokens.reduce(0) { $0 + followers.counts[$1] }
    guard total > 0 else { return }
    let strength = alpha + Double(followers.tokens.count)
    let scale = 1 / (total + strength)
    for token in result.indices { result[token] *= strength * scale }
    for token in followers.tokens { result[token] += followers.counts[token] * scale }
  }

  /// How often each token followed a context.
  private struct Followers {
    private(set) var counts = [Double](repeating: 0, count: DemoModel.vocabulary)
    /// Those that followed at all.
    private(set) var tokens: [Int] = []

    mutating func add(_ token: Int, _ count: Double) {
      if counts[token] == 0 { tokens.append(token) }
      counts[token] += count
    }

    mutating func clear() {
      for token in tokens { counts[token] = 0 }
      tokens.removeAll(keepingCapacity: true)
    }
  }

  /// The successors of a frequent context; there are few such contexts, so they are kept.
  private func frequentCounts(_ interval: Range<Int>) -> [UInt32] {
    let key = UInt64(interval.lowerBound) << 32 | UInt64(interval.upperBound)
    if let known = counts.withLock({ $0[key] }) { return known }
    var counts = [UInt32](repeating: 0, count: Self.vocabulary)
    text.forEachSuccessor(of: interval) { byte, _ in counts[Self.token(byte)] += 1 }
    self.counts.withLock { $0[key] = counts }
    return counts
  }

  private func remembers(_ position: Int) -> Bool {
    threshold == .max || Self.mixed(UInt64(position) ^ salt) < threshold
  }

  private static func token(_ byte: UInt8) -> Int {
    byte == TrainingText.mark ? beginning : Int(byte)
  }

  /// A well-mixed 64-bit hash: multiply and shift, twice.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var value = value
    value = (value ^ (value >> 32)) &* 0xD6E8_FEB8_6659_FD93
    value = (value ^ (value >> 32)) &* 0xD6E8_FEB8_6659_FD93
    return value ^ (value >> 32)
  }
}
