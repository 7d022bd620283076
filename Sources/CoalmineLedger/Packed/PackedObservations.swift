// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import GRDB

/// The observations of a run in a few lists, decoded one at a time where they are asked for: about 25
/// bytes for the score of a secret of one token, where dictionaries take a kilobyte.
///
/// It gives what ``Ledger/observations(run:of:)`` gives.
struct PackedObservations: ObservationLookup {
  private let subjects: SubjectNumbers
  private let tables: [Probe: Table]
  private let bodies: PackedBodies
  let listsTokens: Bool

  /// One row of the ledger.
  struct Entry {
    let name: UInt32
    let member: UInt32
    let sample: UInt32
    /// Of its body.
    let place: Int

    var key: (UInt32, UInt32, UInt32) { (name, member, sample) }
  }

  /// The rows of one probe, by subject and sample.
  private struct Table {
    /// Where the rows of a name begin; one more than there are names.
    let starts: [UInt32]
    let members: [UInt32]
    let places: [Int]
    /// Empty where no subject has more than its first sample.
    let samples: [UInt32]

    /// The rows of a subject.
    func rows(_ place: SubjectNumbers.Place) -> Range<Int> {
      guard place.name + 1 < starts.count else { return 0..<0 }
      let end = Int(starts[place.name + 1])
      var (low, high) = (Int(starts[place.name]), end)
      // Where no row is missing, the first look finds it.
      let guess = low + place.member
      if guess < high, members[guess] == place.member, samples.isEmpty { return guess..<guess + 1 }
      while low < high {
        let middle = (low + high) / 2
        if members[middle] < place.member { low = middle + 1 } else { high = middle }
      }
      while high < end, members[high] == place.member { high += 1 }
      return low..<high
    }
  }

  /// - Parameter entries: taken out, so that no second list of them stands beside it.
  /// - Returns: `nil` where a question has two answers, or the samples of one do not go together.
  init?(
    taking entries: inout [Probe: [Entry]], _ subjects: SubjectNumbers, _ bodies: PackedBodies,
    listsTokens: Bool
  ) {
    self.subjects = subjects
    self.bodies = bodies
    self.listsTokens = listsTokens
    var tables: [Probe: Table] = [:]
    for probe in Array(entries.keys) {
      guard var own = entries.removeValue(forKey: probe) else { continue }
      own.sort { $0.key < $1.key }
      guard zip(own, own.dropFirst()).allSatisfy({ $0.key < $1.key }) else { return nil }
      var starts = [UInt32](repeating: 0, count: subjects.count + 1)
      for entry in own { starts[Int(entry.name) + 1] += 1 }
      for name in 1..<starts.count { starts[name] += starts[name - 1] }
      tables[probe] = Table(
        starts: starts, members: own.map(\.member), places: own.map(\.place),
        samples: own.contains { $0.sample > 0 } ? own.map(\.sample) : [])
    }
    self.tables = tables
    guard tables.values.filter({ !$0.samples.isEmpty }).allSatisfy(goTogether) else { return nil }
  }

  func outcome(_ probe: Probe, _ subject: Subject) -> Outcome<Observation>? {
    guard let table = tables[probe], let place = subjects.find(subject) else { return nil }
    return outcome(table.rows(place), table)
  }

  func all() -> [Probe: [Subject: Outcome<Observation>]] {
    tables.mapValues { table in
      var all: [Subject: Outcome<Observation>] = [:]
      for name in 0..<table.starts.count - 1 {
        for row in Int(table.starts[name])..<Int(table.starts[name + 1]) {
          let place = SubjectNumbers.Place(name: name, member: Int(table.members[row]))
          if let subject = subjects.subject(place) {
            all[subject] = outcome(table.rows(place), table)
          }
        }
      }
      return all
    }
  }

  private func outcome(_ rows: Range<Int>, _ table: Table) -> Outcome<Observation>? {
    guard let first = rows.first else { return nil }
    if rows.count == 1, table.samples.isEmpty { return bodies.outcome(at: table.places[first]) }
    var samples = SampleSet()
    for row in rows {
      guard let outcome = bodies.outcome(at: table.places[row]),
        samples.add(Int(table.samples.isEmpty ? 0 : table.samples[row]), outcome)
      else { return nil }
    }
    return samples.outcome
  }

  /// Whether the samples of every subject come to something together.
  private func goTogether(_ table: Table) -> Bool {
    for name in 0..<table.starts.count - 1 {
      var row = Int(table.starts[name])
      while row < Int(table.starts[name + 1]) {
        let rows = table.rows(SubjectNumbers.Place(name: name, member: Int(table.members[row])))
        guard outcome(rows, table) != nil else { return false }
        row = rows.upperBound
      }
    }
    return true
  }
}

extension Ledger {
  /// The observations of a run for whoever looks up many of them, each row read once.
  ///
  /// - Throws: ``CoalmineError`` with code `ledger-damaged` where ``observations(run:of:)`` does.
  /// - Complexity: O(rows · log rows); memory of the bodies and about 16 bytes a row.
  package func observationLookup(run: Int) throws -> any ObservationLookup {
    guard version >= 4 else { return ObservationTable(try observations(run: run)) }
    return try read { db in
      let statement = try db.makeStatement(
        sql: "SELECT probe, subject, sample, status, body FROM observation WHERE run = ?")
      let rows = try Row.fetchCursor(statement, arguments: [run])
      let stored = try SealedWriter.sum(Seal.Key(table: .observation, run: Int64(run)), db)
      var entries: [Probe: [PackedObservations.Entry]] = [:]
      var subjects = SubjectNumbers()
      var bodies = PackedBodies()
      var lists: [Probe: Bool] = [:]
      // Rows of one probe follow each other.
      var (probe, name, own) = (Probe?.none, [UInt8](), [PackedObservations.Entry]())
      while try rows.next() != nil {
        let row = RawRow(statement)
        if probe == nil || !row.bytes(0).elementsEqual(name) {
          if let probe { entries[probe] = own }
          name = Array(row.bytes(0))
          guard let next = Probe(rawValue: String(decoding: name, as: UTF8.self)) else {
            throw damaged("an observation")
          }
          probe = next
          own = entries.removeValue(forKey: next) ?? []
          if own.isEmpty, entries.isEmpty { own.reserveCapacity(Int(min(stored?.rows ?? 0, 1 << 26))) }
        }
        guard let probe, let place = subjects.add(slug: row.bytes(1)),
          let sample = UInt32(exactly: row.integer(2)),
          let body = bodies.add(
            status: row.bytes(3), row.bytes(4), lists: &lists[probe, default: false])
        else { throw damaged("an observation") }
        own.append(
          PackedObservations.Entry(
            name: UInt32(place.name), member: UInt32(place.member), sample: sample, place: body))
      }
      if let probe { entries[probe] = own }
      own = []
      guard
        let packed = PackedObservations(
          taking: &entries, subjects, bodies, listsTokens: lists[.sampledExtraction] ?? false)
      else { throw damaged("an observation") }
      return packed
    }
  }
}
