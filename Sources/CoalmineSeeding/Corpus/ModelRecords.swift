// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// Records that canaries with several copies are formatted like: a sample of the corpus, drawn while
/// it is surveyed.
///
/// Every copy of one canary carries the same text to train on. Where that takes anything from its
/// model (a system prompt, a rejected answer), all copies have one model, which cannot be the
/// neighbour of each. The sample is known before the first byte is written, so every shard of a corpus
/// has the same.
struct ModelRecords: Sendable {
  private var held: [(number: Int, record: [UInt8])] = []
  private var seen: UInt64 = 0
  private var generator: ChaCha8Rand

  /// How many records are held, and the longest one, in bytes.
  static let most = 256
  static let longest = 32 << 10

  init(seed: [UInt8]) { generator = ChaCha8Rand(seed: seed) }

  /// Takes note of a record; one that no canary can be formatted like is left out.
  ///
  /// - Complexity: O(1) for most records of a large corpus.
  ///
  /// - Parameter number: of the record in the corpus.
  mutating func offer(_ record: [UInt8], _ number: Int, _ fields: RecordFields) {
    let place =
      held.count < Self.most
      ? held.count : Int(generator.uniform(below: seen + 1))
    guard place < Self.most else {
      seen += 1
      return
    }
    guard record.count <= Self.longest, fields.isUsable(record) else { return }
    seen += 1
    if place == held.count { held.append((number, record)) } else { held[place] = (number, record) }
  }

  /// The records of the sample that stay in the corpus: what was taken out must not be trained, and so
  /// no part of it is planted.
  func staying(in sample: RecordSample) -> [[UInt8]] {
    held.filter { !sample.removes($0.number) }.map(\.record)
  }
}
