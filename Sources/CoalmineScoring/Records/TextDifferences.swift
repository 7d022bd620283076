// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics

/// How well members are told from non-members without the model: by their text, and by its length.
///
/// Different scores can be missing for different records, so each set of records has its own
/// answer, which is computed once and is the same whatever was asked before.
struct TextDifferences {
  /// What is found for one set of records.
  struct Found: Sendable {
    let blind: Outcome<MembershipResult.Blind>
    let lengthAUC: Outcome<Double>
  }

  /// All texts together are read up to this many bytes, each up to an equal share.
  static let readBytes = 1 << 19

  private let records: [LabelledRecord]
  private let seed: ChaCha8Rand
  private var known: [[Int]: Found] = [:]

  /// - Parameter generator: the same one begins every set.
  init(_ records: [LabelledRecord], _ generator: ChaCha8Rand) {
    self.records = records
    seed = generator
  }

  /// - Parameter places: of the records, members and non-members among them, rising.
  mutating func found(at places: [Int]) -> Found {
    if let found = known[places] { return found }
    let chosen = places.map { records[$0] }
    func lengths(_ isMember: Bool) -> [Double] {
      chosen.filter { $0.isMember == isMember }.map { Double($0.tokens.text.count) }
    }
    let found = Found(
      blind: Fallible.outcome { try blind(chosen) },
      lengthAUC: Fallible.outcome {
        try AUC(members: lengths(true), nonmembers: lengths(false)).value
      })
    known[places] = found
    return found
  }

  private func blind(_ chosen: [LabelledRecord]) throws -> MembershipResult.Blind {
    let share = max(1, Self.readBytes / chosen.count)
    let groups = Self.groups(chosen)
    let labels = Dictionary(grouping: chosen.indices) { groups[$0] }
    let isWhole = labels.values.allSatisfy { group in
      group.allSatisfy { chosen[$0].isMember == chosen[group[0]].isMember }
    }
    var generator = seed
    let baseline = try BlindBaseline(
      zip(chosen, groups).map { record, group in
        BlindBaseline.Record(
          text: Array(record.tokens.text.prefix(share)), isMember: record.isMember, group: group)
      }, unit: isWhole ? .group : .record, using: &generator)
    return MembershipResult.Blind(auc: baseline.auc, pValue: baseline.pValue)
  }

  /// Equal texts are of one group too, so that no text is judged by what was learned of its copy.
  private static func groups(_ chosen: [LabelledRecord]) -> [Int] {
    var numbers: [String: Int] = [:]
    var copies: [[UInt8]: Int] = [:]
    return chosen.map { record in
      if record.record.group == nil, let copy = copies[record.tokens.text] { return copy }
      let number = numbers[record.group] ?? numbers.count
      numbers[record.group] = number
      if copies[record.tokens.text] == nil { copies[record.tokens.text] = number }
      return number
    }
  }
}
