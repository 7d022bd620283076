// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What the usual steps of a training pipeline would do to the planted copies of a study.
///
///     var sample = PreflightSample()
///     _ = try Seeder(survey: survey, canaries: canaries, randomness: randomness)
///       .rehearse(into: &sample)
///     let preflight = Preflight(sample, maxTokens: 2048)
public struct Preflight: Sendable, Equatable {
  /// Planted copies, and canaries with at least one.
  public let copies: Int
  public let canaries: Int
  /// Records of the corpus's own with a text, and how many of them were looked at.
  public let records: Int
  public let sampledRecords: Int
  /// The language of most sampled records, a two-letter code; `nil` where it was not told.
  public let language: String?
  /// The rules that hit a copy: those that leave the corpus's own records alone first.
  public let findings: [Finding]
  /// How the canaries compare with the corpus's own records.
  public let likeness: [Likeness]
  /// How many copies deduplication leaves, by the number of copies that a canary has, rising; empty
  /// where a study keeps a preflight of an earlier version.
  public let repetitions: [RepetitionsLeft]

  /// What one rule does.
  public struct Finding: Sendable, Equatable {
    public let rule: String
    public let family: RuleFamily
    /// What the pipeline does to a record that is hit.
    public let effect: String
    public let advice: String
    /// Copies that would be dropped, cut, or lose their secret; an expected number where
    /// ``isExpectation``.
    public let lost: Double
    public let isExpectation: Bool
    /// Canaries with no copy left.
    public let canariesLost: Int
    /// By kind, in the order of their names.
    public let kinds: [KindLoss]
    /// How many of the sampled records the rule would hit; `nil` where that was not computed.
    public let recordsHit: Int?
  }

  /// What one rule does to the copies of one kind.
  public struct KindLoss: Sendable, Equatable {
    public let kind: String
    public let copies: Int
    public let lost: Double
  }

  /// - Parameter maxTokens: where training cuts a record; no rule about length without it.
  /// - Complexity: O(bytes of copies and sample · rules + pairs of distinct copies).
  public init(_ sample: PreflightSample, maxTokens: Int? = nil) {
    let all = sample.copies
    // Equal texts have their secret in one place, so each is looked at once.
    var places: [[UInt8]: Int] = [:]
    var distinct: [(text: RuleText, secret: Range<Int>?)] = []
    let copied = all.map { copy -> Int in
      if let place = places[copy.text] { return place }
      places[copy.text] = distinct.count
      distinct.append((RuleText(copy.text), copy.secret))
      return distinct.count - 1
    }
    let texts = copied.map { distinct[$0].text }
    let records = sample.records.map { RuleText($0) }
    let tally = Tally(sample.copies)
    var findings: [Finding] = []
    for rule in TextRule.all {
      let hit = distinct.map { rule.hits($0.text, $0.secret) }
      guard hit.contains(true) else { continue }
      findings.append(
        tally.finding(
          rule, copied.map { hit[$0] }, recordsHit: records.count { rule.hits($0, nil) }))
    }
    let dropped = Self.dropped(all)
    findings += Self.duplicates(dropped, tally)
    let language = LanguageProfile.main(of: records)
    findings += Self.foreign(all, language, tally)
    if let maxTokens { findings += Self.length(texts, all, maxTokens, records, tally) }
    self.copies = all.count
    self.canaries = tally.canaries
    self.records = sample.recordsSeen
    self.sampledRecords = records.count
    self.language = language
    let count = records.count
    self.findings = findings.enumerated().sorted { left, right in
      let (first, second) = (left.element, right.element)
      let excess = (first.excess(of: all.count, count), second.excess(of: all.count, count))
      return excess.0 != excess.1 ? excess.0 > excess.1 : left.offset < right.offset
    }.map(\.element)
    repetitions = RepetitionsLeft.all(
      all, dropped.map { ($0.slug, $0.dropped) })
    likeness = Likeness.all(
      canaries: Self.firstCopies(all, texts), records: records, lengths: sample.lengths,
      language: language)
  }

  /// The findings of rules that a pipeline for this corpus can have: a rule that would drop half of
  /// the corpus's own records is hardly in use.
  public var likely: [Finding] {
    findings.filter { finding in
      finding.recordsHit.map { 2 * $0 < max(1, sampledRecords) } ?? true
    }
  }

  /// The text of one copy per canary.
  private static func firstCopies(_ copies: [PreflightSample.Copy], _ texts: [RuleText])
    -> [RuleText]
  {
    var seen: Set<String> = []
    return zip(copies, texts).filter { seen.insert($0.0.canary).inserted }.map(\.1)
  }
}

extension Preflight.Finding {
  /// The share of copies that are lost, less the share of the corpus's own records.
  func excess(of copies: Int, _ records: Int) -> Double {
    lost / Double(max(1, copies)) - Double(recordsHit ?? 0) / Double(max(1, records))
  }
}

/// Copies counted by canary and kind.
struct Tally {
  private let copies: [PreflightSample.Copy]
  private let perCanary: [String: Int]
  private let perKind: [String: Int]

  init(_ copies: [PreflightSample.Copy]) {
    self.copies = copies
    perCanary = copies.reduce(into: [:]) { $0[$1.canary, default: 0] += 1 }
    perKind = copies.reduce(into: [:]) { $0[$1.kind, default: 0] += 1 }
  }

  var canaries: Int { perCanary.count }

  func finding(_ rule: TextRule, _ hits: [Bool], recordsHit: Int?) -> Preflight.Finding {
    finding(
      rule.slug, rule.family, effect: rule.effect, advice: rule.advice,
      losses: hits.map { $0 ? 1 : 0 }, recordsHit: recordsHit)
  }

  /// - Parameter losses: of each copy: 1 for one that is lost, or the probability of that.
  func finding(
    _ slug: String, _ family: RuleFamily, effect: String, advice: String, losses: [Double],
    isExpectation: Bool = false, recordsHit: Int?
  ) -> Preflight.Finding {
    var byCanary: [String: Double] = [:]
    var byKind: [String: Double] = [:]
    for (copy, loss) in zip(copies, losses) {
      byCanary[copy.canary, default: 0] += loss
      byKind[copy.kind, default: 0] += loss
    }
    let gone = byCanary.count { $0.value >= Double(perCanary[$0.key] ?? 0) }
    return Preflight.Finding(
      rule: slug, family: family, effect: effect, advice: advice, lost: losses.reduce(0, +),
      isExpectation: isExpectation, canariesLost: gone,
      kinds: perKind.keys.sorted().map {
        Preflight.KindLoss(kind: $0, copies: perKind[$0] ?? 0, lost: byKind[$0] ?? 0)
      }, recordsHit: recordsHit)
  }
}
