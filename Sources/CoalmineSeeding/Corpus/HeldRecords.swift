// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The bytes of records that a survey may still draw, for a seeding whose other passes happen
/// elsewhere.
///
/// Memory: the records of the sampler's units, and as many that it dropped since.
struct HeldRecords: Sendable {
  /// A record, and where it stands.
  struct Held: Sendable {
    /// Where its bytes begin in the corpus.
    let offset: Int64
    /// With what separates it from the record before, and its line break.
    let bytes: [UInt8]
    let content: [UInt8]
  }

  private(set) var records: [Int: Held] = [:]
  private var prunedAt = 1_024

  /// - Parameter start: where the line begins in the corpus, its byte order mark included.
  mutating func hold(
    _ line: CorpusLine, _ number: Int, at start: Int64, among candidates: () -> Set<Int>
  ) {
    records[number] = Held(
      offset: start + Int64(line.mark.count), bytes: line.lead + line.content + line.ending,
      content: line.content)
    guard records.count >= prunedAt else { return }
    let candidates = candidates()
    records = records.filter { candidates.contains($0.key) }
    prunedAt = max(1_024, 2 * records.count)
  }
}
