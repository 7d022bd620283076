// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Draws records to take out and as many to mark, in one pass and without holding the corpus.
///
/// A unit is what must not be split: all records of one group, or, without groups, all records
/// with one text, since a non-member text that stands elsewhere in the corpus was trained on all
/// the same. Every unit gets a priority, HMAC-SHA256 of its name under the study's key, which puts
/// the units in a uniformly random order; the first ones that hold the wanted number of texts are
/// taken out, and the next ones that do are marked as members. Exchanging the two runs of units
/// maps orders to orders one to one, so members and non-members are exchangeable.
///
/// Memory: the `2 · wanted + spare` first units with a text among those seen so far, and the numbers of
/// their records; and codes of at most `20 · wanted` texts.
package struct RecordSampler {
  private let key: HMACSHA256
  private let wanted: Int
  /// How many units with a text are kept.
  private let most: Int
  private var units: [UInt128: Unit] = [:]
  /// The keys of `units`, rising.
  private var order: [UInt128] = []
  private var unitsWithText = 0
  /// The units that stay where they are.
  private var fixed: Set<UInt128> = []
  private var count: HoldOutCount

  private struct Unit {
    let group: [UInt8]?
    var records: [Int] = []
    /// The first record of each distinct text, by the text's tag.
    var texts: [UInt128: Int] = [:]
  }

  /// - Parameter spare: units that others may have drawn, or that ``firstUnits(_:)`` gives.
  package init(wanted: Int, spare: Int = 0, seed: [UInt8]) {
    self.wanted = max(0, wanted)
    most = 2 * max(0, wanted) + max(0, spare)
    count = HoldOutCount(most: max(0, wanted), spare: max(0, spare))
    self.key = HMACSHA256(key: seed)
  }

  /// Keeps a record, and every record of its unit, from being drawn.
  ///
  /// The first record of each file with separators stays: what stands before the second one would
  /// have nothing to separate. Called before the first ``offer(record:text:group:)``.
  mutating func keep(text: [UInt8]?, group: [UInt8]?) {
    if let unit = priority(text: text, group: group) { fixed.insert(unit) }
  }

  private func priority(text: [UInt8]?, group: [UInt8]?) -> UInt128? {
    group.map { tag(of: [0x67] + $0) } ?? text.flatMap { $0.isEmpty ? nil : tag(ofText: $0) }
  }

  /// Takes note of a record.
  ///
  /// - Parameters:
  ///   - text: its text; `nil` where it has none: it follows its group and is never scored.
  ///   - group: its group; `nil` without groups.
  /// - Returns: whether it can be drawn as things stand.
  /// - Complexity: O(units kept) for the first record of a unit that is kept, else O(text).
  @discardableResult
  package mutating func offer(record: Int, text: [UInt8]?, group: [UInt8]?) -> Bool {
    guard most > 0 else { return false }
    let tag = text.flatMap { $0.isEmpty ? nil : self.tag(ofText: $0) }
    guard let priority = group.map({ self.tag(of: [0x67] + $0) }) ?? tag, !fixed.contains(priority)
    else { return false }
    if let tag { count.note(unit: priority, text: tag) }
    // Behind the last unit of all that are kept: most records of a large corpus.
    if unitsWithText >= most, let last = order.last, priority > last { return false }
    if units[priority] == nil {
      units[priority] = Unit(group: group)
      order.insert(priority, at: place(of: priority))
    }
    units[priority]?.records.append(record)
    if let tag {
      if units[priority]?.texts.isEmpty == true { unitsWithText += 1 }
      if units[priority]?.texts[tag] == nil { units[priority]?.texts[tag] = record }
    }
    dropUnneeded()
    return units[priority] != nil
  }

  /// Every record that can still be drawn.
  var candidates: Set<Int> { Set(units.values.flatMap(\.records)) }

  /// Drops last units while enough units with a text stand before them.
  private mutating func dropUnneeded() {
    while let last = order.last, let unit = units[last],
      unitsWithText - (unit.texts.isEmpty ? 0 : 1) >= most
    {
      if !unit.texts.isEmpty { unitsWithText -= 1 }
      units[last] = nil
      order.removeLast()
    }
  }

  private func place(of priority: UInt128) -> Int {
    var low = 0
    var high = order.count
    while low < high {
      let middle = (low + high) / 2
      if order[middle] < priority { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// What was drawn; `nil` where the corpus is too small for it.
  package func sample() -> RecordSample? { sample(of: wanted) }

  /// What the corpus allows, by the sizes of its units alone.
  package func room(isGrouped: Bool) -> HoldOutRoom { count.room(isGrouped: isGrouped) }

  /// What a sampler for `texts` texts would have drawn; at most as many as this one is for.
  ///
  /// - Parameter grafts: what was drawn before; no record of theirs is drawn again.
  func sample(of wanted: Int, besides grafts: [Graft] = []) -> RecordSample? {
    var sample = RecordSample(grafts)
    let taken = sample.grafted
    var position = 0
    for membership in [CorpusRecord.Membership.nonmember, .member] {
      var texts = 0
      while texts < wanted {
        guard position < order.count, let unit = units[order[position]] else { return nil }
        position += 1
        if unit.records.contains(where: taken.contains) { continue }
        sample.add(unit.records, membership, unit.group, texts: unit.texts)
        texts += unit.texts.count
      }
    }
    return sample
  }

  /// The first units with a text, fewer where there are fewer.
  func firstUnits(_ number: Int) -> [(records: [Int], first: Int, group: [UInt8]?)] {
    var found: [(records: [Int], first: Int, group: [UInt8]?)] = []
    for priority in order where found.count < number {
      guard let unit = units[priority], let first = unit.texts.values.min() else { continue }
      found.append((unit.records, first, unit.group))
    }
    return found
  }

  /// The numbers of distinct texts of the units that are held and were not drawn before.
  private func textCounts(besides grafts: [Graft]) -> [Int] {
    let taken = Set(grafts.flatMap(\.records))
    return units.values.filter { !$0.records.contains(where: taken.contains) }.map(\.texts.count)
  }

  /// How many distinct texts are held; all of the corpus where ``sample()`` gives `nil`.
  package var availableTexts: Int { availableTexts(besides: []) }

  func availableTexts(besides grafts: [Graft]) -> Int {
    textCounts(besides: grafts).reduce(0, +)
  }

  /// The largest number that could be wanted of these units in whatever order they came: the first
  /// half may take almost a whole unit more than it needs, and as many texts must be left.
  package var possibleTexts: Int { possibleTexts(besides: []) }

  func possibleTexts(besides grafts: [Graft]) -> Int {
    let counts = textCounts(besides: grafts)
    let largest = counts.max() ?? 0
    return largest == 0 ? 0 : max(0, (counts.reduce(0, +) - largest + 1) / 2)
  }

  /// The name that ``RecordSample/scored`` uses for a text.
  package func tag(ofText text: [UInt8]) -> UInt128 { tag(of: [0x74] + text) }

  private func tag(of bytes: [UInt8]) -> UInt128 {
    key.code(for: bytes).prefix(16).reduce(0) { $0 << 8 | UInt128($1) }
  }
}

/// The records that were drawn, by their numbers in the corpus.
package struct RecordSample: Sendable {
  /// Records whose beginnings are contexts of canaries, and those of their units: taken out, and neither
  /// members nor non-members.
  package private(set) var grafted: Set<Int> = []
  /// Every record of a drawn unit: taken out (`nonmember`) or marked (`member`).
  package private(set) var membership: [Int: CorpusRecord.Membership] = [:]
  /// The groups of drawn records, where there are groups.
  package private(set) var group: [Int: [UInt8]] = [:]
  /// The first record of each distinct text of each drawn unit, by the text's tag.
  package private(set) var scored: [UInt128: [Int]] = [:]

  fileprivate mutating func add(
    _ records: [Int], _ side: CorpusRecord.Membership, _ group: [UInt8]?, texts: [UInt128: Int]
  ) {
    for record in records {
      membership[record] = side
      self.group[record] = group
    }
    for (tag, record) in texts { scored[tag, default: []].append(record) }
  }

  /// A sample that was drawn before.
  init(_ drawn: [DrawnRecord]) {
    for one in drawn {
      if let side = one.membership {
        membership[one.record] = side
      } else {
        grafted.insert(one.record)
      }
      group[one.record] = one.group
      if let tag = one.textTag { scored[tag, default: []].append(one.record) }
    }
  }

  /// - Parameter grafts: nothing else is drawn yet.
  init(_ grafts: [Graft]) {
    for graft in grafts {
      for record in graft.records {
        grafted.insert(record)
        group[record] = graft.group
      }
    }
  }

  /// Every drawn record, in the order of the corpus.
  var drawn: [DrawnRecord] {
    var tags: [Int: UInt128] = [:]
    for (tag, records) in scored { for record in records { tags[record] = tag } }
    return (Array(membership.keys) + grafted).sorted().map { record in
      DrawnRecord(
        record: record, membership: membership[record], group: group[record],
        textTag: tags[record])
    }
  }

  /// Whether a record is taken out.
  package func removes(_ record: Int) -> Bool {
    membership[record] == .nonmember || grafted.contains(record)
  }

  /// A drawn record as the study keeps it; its name holds its number.
  func corpusRecord(
    _ number: Int, _ membership: CorpusRecord.Membership, text: [UInt8],
    _ conversation: RecordConversation?
  ) -> CorpusRecord {
    let digits = String(number)
    let name = "record-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    return CorpusRecord(
      id: name, membership: membership,
      group: group[number].map { String(decoding: $0, as: UTF8.self) }, text: Secret(text),
      conversation: conversation)
  }

  /// How many records are taken out.
  package var removals: Int {
    membership.values.count { $0 == .nonmember } + grafted.count
  }
}
