// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Draws the records whose beginnings are the contexts of canaries, while the corpus is surveyed.
///
/// ```
/// units in the order of the grafts' own key   u7  u2  u9  u4 …    the first ones with an opening: contexts
/// the others, in the order of another key     u1  u8  u3 …        non-members, then members
/// ```
///
/// The two orders are independent, so which records become contexts says nothing of which of the others
/// become members. Nothing here depends on the random assignment of canaries.
///
/// Memory: the units that can still be drawn, with one opening per record of them.
struct GraftedRecords: Sendable {
  private var sampler: RecordSampler
  private var openings: [Int: RecordOpening] = [:]
  private var prunedAt = 1_024
  /// How many contexts are needed.
  let wanted: Int

  init(wanted: Int, seed: [UInt8]) {
    self.wanted = wanted
    sampler = RecordSampler(wanted: 0, spare: wanted, seed: seed)
  }

  /// Keeps a record, and every record of its unit, in the corpus.
  mutating func keep(text: [UInt8]?, group: [UInt8]?) { sampler.keep(text: text, group: group) }

  /// Takes note of a record; one without an opening follows its group.
  ///
  /// - Returns: whether it can be drawn as things stand.
  mutating func offer(
    _ record: [UInt8], _ number: Int, text: [UInt8]?, group: [UInt8]?, _ fields: RecordFields
  ) -> Bool {
    let opening = text == nil ? nil : RecordOpening(of: record, fields)
    let isTaken = sampler.offer(record: number, text: opening == nil ? nil : text, group: group)
    guard isTaken, let opening else { return isTaken }
    openings[number] = opening
    if openings.count >= prunedAt {
      let candidates = sampler.candidates
      openings = openings.filter { candidates.contains($0.key) }
      prunedAt = max(1_024, 2 * openings.count)
    }
    return true
  }

  var candidates: Set<Int> { sampler.candidates }

  /// How many contexts the corpus gives, up to the number that is needed.
  var available: Int { sampler.firstUnits(wanted).count }

  /// What was drawn, in the order of the draw; `nil` where there are too few.
  var drawn: [Graft]? {
    let units = sampler.firstUnits(wanted)
    guard units.count == wanted else { return nil }
    return units.compactMap { unit in
      openings[unit.first].map {
        Graft(opening: $0, records: unit.records, group: unit.group)
      }
    }
  }
}

/// The beginning of a record, and the records that are taken out for it.
struct Graft: Sendable, Equatable {
  let opening: RecordOpening
  /// Its own and those of its unit: of its group, or, without groups, with its text.
  let records: [Int]
  let group: [UInt8]?
}

extension CorpusSurvey {
  /// The canaries with the beginnings of records before their template texts; as they are where no records
  /// were drawn for them.
  ///
  /// Canary *i* in the order of names gets the *i*-th record of the draw, inserted or held out: given all
  /// contexts every assignment is as likely as before.
  ///
  /// - Parameter canaries: in the order of their names.
  public func grafted(_ canaries: [Canary]) -> [Canary] {
    guard !grafts.isEmpty else { return canaries }
    return zip(canaries, grafts).map { $0.grafted(onto: $1.opening.bytes) }
  }

  /// About how long a context of a record is, in bytes.
  public static let typicalContext = 150

  /// How many records are taken out so that their beginnings can be contexts, groups included.
  public var recordsForContexts: Int { sample.grafted.count }
}
