// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineStatistics

/// How often each component was looked at, run by run, on each checkpoint.
///
/// The first run that completes a component decides with its first share of α. Every other run has
/// the place at which it was begun among those that asked it, and one that was begun first and did
/// not complete it first takes the place of the run that did.
struct RunLooks {
  private let runs: [RunRecord]
  /// The names that replies of a run bear.
  private let served: [Int: Set<String>]
  private let places: [Int: [EvidenceComponent: Int]]

  init(
    _ runs: [RunRecord], _ study: StudyRecord, _ plan: StudyProtocol, _ ledger: Ledger
  ) throws {
    self.runs = runs
    served = try Dictionary(
      uniqueKeysWithValues: runs.map { run in
        (run.number, Set(try ledger.served(run: run.number).compactMap(\.model.name)))
      })
    let decodings = [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction].filter {
      plan.decoding.samples(of: $0) != 0
    }
    let references = study.canaries.reduce(0) {
      $0 + ReferenceCount.due($1, asked: plan.references)
    }
    let parts: [(components: [EvidenceComponent], probes: [Probe], due: (Set<Probe>) -> Int)] = [
      (
        [.rank, .mass, .coin], [.sequenceLikelihood],
        { _ in study.canaries.count + references }
      ),
      (
        [.extraction], decodings,
        { asked in
          study.canaries.count
            * asked.reduce(0) { $0 + (plan.decoding.samples(of: $1) ?? 1) }
        }
      ),
    ]
    var places: [Int: [EvidenceComponent: Int]] = [:]
    for part in parts {
      for group in Self.checkpoints(runs, served) {
        let asking = group.filter { !Set($0.probeSet.probes).isDisjoint(with: part.probes) }
        let ends = try asking.map { run -> Int64? in
          let asked = Set(run.probeSet.probes).intersection(part.probes)
          let (count, last) = try ledger.observationEnd(run: run.number, probes: asked)
          return count >= part.due(asked) ? last : nil
        }
        let completed = ends.indices.filter { ends[$0] != nil }
        let first = completed.min { (ends[$0] ?? .max) < (ends[$1] ?? .max) }
        for place in asking.indices {
          let look = first.map { place == $0 ? 1 : place == 0 ? $0 + 1 : place + 1 } ?? place + 1
          for component in part.components {
            places[asking[place].number, default: [:]][component] = look
          }
        }
      }
    }
    self.places = places
  }

  func of(_ run: Int) -> [EvidenceComponent: Int] { places[run] ?? [:] }

  func checkpoint(of run: Int) -> Set<Int> {
    let group = Self.checkpoints(runs, served).first { $0.contains { $0.number == run } }
    return Set((group ?? []).map(\.number))
  }

  /// Runs that asked for one model name, and whose replies do not name different ones.
  private static func checkpoints(_ runs: [RunRecord], _ served: [Int: Set<String>])
    -> [[RunRecord]]
  {
    var groups: [(model: String, names: Set<String>, runs: [RunRecord])] = []
    for run in runs {
      let names = served[run.number] ?? []
      let place = groups.firstIndex {
        $0.model == run.model
          && (names.isEmpty || $0.names.isEmpty || !names.isDisjoint(with: $0.names))
      }
      if let place {
        groups[place].runs.append(run)
        groups[place].names.formUnion(names)
      } else {
        groups.append((run.model, names, [run]))
      }
    }
    return groups.map(\.runs)
  }
}
