// SPDX-License-Identifier: Apache-2.0

/// The documented formula of the demo model, by reading the whole corpus for every context.
///
/// No suffix array, no memory of earlier answers, no reversal: for a context of k tokens it looks
/// at every place of the joined documents whether the k tokens before it are the context.
struct NaiveModel {
  static let mark = 256

  /// `^doc^doc^`, as tokens.
  let joined: [Int]
  let alpha: Double

  init(_ documents: [[UInt8]], alpha: Double = 16) {
    var joined = [Self.mark]
    for document in documents {
      // 0xFF is the byte that stands for the mark inside the model; it is stored as "?".
      joined += document.map { $0 == 0xFF ? 0x3F : Int($0) } + [Self.mark]
    }
    self.joined = joined
    self.alpha = alpha
  }

  /// The distribution after `prompt`.
  func distribution(after prompt: [Int]) -> [Double] {
    var result = [Double](repeating: 1 / 257, count: 257)
    var before: Double?
    for length in 0...24 {
      guard let context = context(prompt, length) else { break }
      var counts = [Double](repeating: 0, count: 257)
      // The first mark follows nothing, and nothing follows the last one.
      for place in joined.indices where place >= max(1, length) {
        if Array(joined[(place - length)..<place]) == context { counts[joined[place]] += 1 }
      }
      let total = counts.reduce(0, +)
      guard total > 0 else { break }
      // The same occurrences as the shorter context: one piece of evidence counts once.
      if total != before {
        before = total
        result = Self.step(result, counts, alpha)
      }
    }
    if let copied = copied(prompt) { result = Self.step(result, copied, alpha) }
    return result
  }

  /// The last `length` tokens of the mark and the prompt; `nil` where there are not so many, or
  /// where a mark lies inside.
  private func context(_ prompt: [Int], _ length: Int) -> [Int]? {
    let all = [Self.mark] + prompt
    guard length <= all.count else { return nil }
    let context = Array(all.suffix(length))
    // A mark begins a document: nothing stands before it.
    return context.dropFirst().contains(Self.mark) || context.contains(0xFF) ? nil : context
  }

  private static func step(_ shorter: [Double], _ counts: [Double], _ alpha: Double) -> [Double] {
    let total = counts.reduce(0, +)
    let strength = alpha + Double(counts.filter { $0 > 0 }.count)
    return shorter.indices.map {
      (counts[$0] + strength * shorter[$0]) / (total + strength)
    }
  }

  /// What followed the longest earlier run of at least eight tokens that ends the prompt, of the
  /// latest sixteen such runs; each counts 256 times.
  private func copied(_ prompt: [Int]) -> [Double]? {
    guard prompt.count > 8 else { return nil }
    let tail = Array(prompt.suffix(8))
    let places = (8..<prompt.count).filter { Array(prompt[($0 - 8)..<$0]) == tail }.suffix(16)
    let runs = places.map { place in
      (0..<min(place, 24)).prefix { prompt[place - 1 - $0] == prompt[prompt.count - 1 - $0] }.count
    }
    guard let longest = runs.max() else { return nil }
    var counts = [Double](repeating: 0, count: 257)
    for (place, run) in zip(places, runs) where run == longest { counts[prompt[place]] += 256 }
    return counts
  }
}
