// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// How far canaries stand out from the records of the corpus, on one measure.
///
/// It describes a file and tests nothing: canaries of one kind share their template text, so they
/// are no independent draws.
public struct Likeness: Sendable, Equatable {
  public let measure: Measure
  /// The medians of canaries and records.
  public let canaryMedian: Double
  public let recordMedian: Double
  /// The share of sampled records that are at least as unusual as the median canary: twice the share
  /// of records on its side of the distribution, itself included, at most 1.
  public let asUnusual: Double
  /// D of Kolmogorov and Smirnov between canaries and records, 0…1.
  public let distance: Double

  /// What is measured of a text.
  public enum Measure: String, Sendable, CaseIterable {
    /// In characters.
    case length
    /// The share of characters, white space not counted.
    case digits
    case punctuation
    /// The share of letters that are of the corpus's main script.
    case script
    /// The share of words that are stop words of the corpus's language.
    case stopWords = "stop-words"
  }

  /// One entry per measure that can be computed.
  package static func all(
    canaries: [RuleText], records: [RuleText], lengths: [Int], language: String?
  ) -> [Likeness] {
    guard !canaries.isEmpty, !records.isEmpty else { return [] }
    var scripts: [Script: Int] = [:]
    for record in records { scripts.merge(Script.counts(in: record.scalars), uniquingKeysWith: +) }
    let script = LanguageProfile.main(of: scripts)
    return Measure.allCases.compactMap { measure in
      func value(_ text: RuleText) -> Double? {
        switch measure {
        case .length: Double(text.scalars.count)
        case .digits: share(of: text) { $0.properties.generalCategory == .decimalNumber }
        case .punctuation: share(of: text, RuleText.isPunctuation)
        case .script: script.map { scriptShare(of: text, $0) }
        case .stopWords: language.flatMap { LanguageProfile.stopWordShare(text, $0) }
        }
      }
      let own = canaries.compactMap(value)
      let others = measure == .length ? lengths.map(Double.init) : records.compactMap(value)
      return own.isEmpty || others.isEmpty ? nil : Likeness(measure, own, others)
    }
  }

  /// - Precondition: both samples have values, and none is NaN.
  package init?(_ measure: Measure, _ canaries: [Double], _ records: [Double]) {
    guard let test = try? KolmogorovSmirnov(canaries, records) else { return nil }
    let median = Self.median(canaries)
    let below = records.count { $0 <= median }
    let above = records.count { $0 >= median }
    self.measure = measure
    canaryMedian = median
    recordMedian = Self.median(records)
    asUnusual = min(1, 2 * Double(min(below, above)) / Double(records.count))
    distance = test.statistic
  }

  /// The middle value, or the mean of the two in the middle.
  package static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  private static func share(of text: RuleText, _ holds: (Unicode.Scalar) -> Bool) -> Double {
    let filled = text.scalars.count { !$0.isBlank }
    return filled == 0 ? 0 : Double(text.scalars.count(where: holds)) / Double(filled)
  }

  /// Chinese characters and Japanese syllables count as one script: Japanese is written with both.
  private static func scriptShare(of text: RuleText, _ script: Script) -> Double {
    let counts = Script.counts(in: text.scalars)
    let letters = counts.values.reduce(0, +)
    let own =
      script == .han || script == .kana
      ? (counts[.han] ?? 0) + (counts[.kana] ?? 0) : counts[script] ?? 0
    return letters == 0 ? 1 : Double(own) / Double(letters)
  }
}
