// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Rules that look at several copies, or at the corpus as a whole.
extension Preflight {
  /// What deduplication of texts leaves of the copies among each other.
  static func duplicates(
    _ dropped: [(slug: String, what: String, dropped: [Bool])], _ tally: Tally
  ) -> [Finding] {
    dropped.filter { $0.dropped.contains(true) }.map { slug, what, dropped in
      tally.finding(
        slug, .deduplication, effect: "keeps one of \(what)",
        advice:
          "deduplicate first, and seed the corpus that comes out of it, or plan copies that differ "
          + "('coalmine plan --vary-copies'); repetition levels and controls need all their copies",
        losses: dropped.map { $0 ? 1 : 0 }, recordsHit: nil)
    }
  }

  /// Which copies each way of deduplication drops.
  static func dropped(
    _ copies: [PreflightSample.Copy]
  ) -> [(slug: String, what: String, dropped: [Bool])] {
    let texts = copies.map(\.text)
    let runs = Deduplication.NumberedRuns(texts)
    return [("exact-duplicates", "records with equal texts", Deduplication.exact(texts))]
      + zip(["near-duplicates-70", "near-duplicates-80"], Deduplication.thresholds).map {
        slug, threshold in
        (
          slug, "records whose five-word runs agree to \(Int(threshold * 100)) % or more",
          Deduplication.near(runs, threshold: threshold)
        )
      }
  }

  /// Copies of kinds whose template texts are in another language than the corpus.
  static func foreign(
    _ copies: [PreflightSample.Copy], _ corpus: String?, _ tally: Tally
  ) -> [Finding] {
    guard let corpus else { return [] }
    var prefixes: [String: Set<[UInt8]>] = [:]
    for copy in copies { prefixes[copy.kind, default: []].insert(copy.prefix) }
    let languages = prefixes.compactMapValues { texts in
      LanguageProfile.language(of: texts.map { RuleText($0) })
    }
    let losses = copies.map { copy in languages[copy.kind].map { $0 != corpus } ?? false ? 1.0 : 0 }
    guard losses.contains(1) else { return [] }
    let others = Set(languages.values).subtracting([corpus]).sorted().map(LanguageNames.name)
    return [
      tally.finding(
        "language", .language,
        effect: "drops records in \(others.joined(separator: " and ")): most of the corpus is in "
          + LanguageNames.name(corpus),
        advice:
          "use kinds whose template texts are in the language of the corpus: shipped ones are "
          + "in eight languages, and 'languages' in a kind of your own adds others", losses: losses,
        recordsHit: nil)
    ]
  }

  /// Copies that are cut at `limit` tokens before their secret ends, and copies that packing cuts.
  static func length(
    _ texts: [RuleText], _ copies: [PreflightSample.Copy], _ limit: Int, _ records: [RuleText],
    _ tally: Tally
  ) -> [Finding] {
    let limit = max(1, limit)
    let cut = zip(texts, copies).map { text, copy in
      tokens(in: copy.secret.map { Array(text.bytes[..<$0.upperBound]) } ?? text.bytes) > limit
    }
    var findings: [Finding] = []
    if cut.contains(true) {
      findings.append(
        tally.finding(
          "truncation", .length,
          effect: "cuts records at \(limit) tokens, estimated at four characters per token",
          advice: "raise the limit, or seed records that are short enough",
          losses: cut.map { $0 ? 1 : 0 }, recordsHit: records.count { tokens(in: $0.bytes) > limit }
        ))
    }
    let split = texts.map { min(1, Double(tokens(in: $0.bytes) - 1) / Double(limit)) }
    if split.contains(where: { $0 > 0 }) {
      findings.append(
        tally.finding(
          "packing", .length,
          effect: "joins records and cuts the result every \(limit) tokens, estimated at four "
            + "characters per token; a copy is cut if a cut falls into it",
          advice: "pack whole records, or count on fewer whole copies", losses: split,
          isExpectation: true, recordsHit: nil))
    }
    return findings
  }

  /// One token per four characters, and one per Chinese or Japanese character; at least one.
  package static func tokens(in text: [UInt8]) -> Int {
    var own = 0
    var others = 0
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      if RuleText.isWordOfItsOwn(scalar) { own += 1 } else { others += 1 }
    }
    return max(1, own + (others + 3) / 4)
  }
}
