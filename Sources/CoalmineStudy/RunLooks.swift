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
  private let checkpoints: [[RunRecord]]
  private let places: [Int: [EvidenceComponent: Int]]

  init(
    _ runs: [RunRecord], _ study: StudyRecord, _ plan: StudyProtocol, _ ledger: Ledger
  ) throws {
    let served = try Dictionary(
      uniqueKeysWithValues: runs.map { run in
        (run.number, Set(try ledger.served(run: run.number).compactMap(\.model.name)))
      })
    let checks = try runs.reduce(into: [:]) {
      $0[$1.number] = try ledger.capabilities(run: $1.number)
    }
    checkpoints = Self.checkpoints(runs, served, checks)
    let decodings = [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction].filter {
      plan.decoding.samples(of: $0) != 0
    }
    let references = study.canaries.reduce(0) {
      $0 + ReferenceCount.due($1, asked: plan.references)
    }
    func scores(_ asked: Set<Probe>) -> Set<Probe> { asked.intersection([.sequenceLikelihood]) }
    func writes(_ asked: Set<Probe>) -> Set<Probe> { asked.intersection(decodings) }
    // Of what a run asked, the probes that a component reads: where no secret was scored, ranks and
    // mass are read from replies.
    let parts: [(components: [EvidenceComponent], reads: (Set<Probe>) -> Set<Probe>)] = [
      ([.rank, .mass], { scores($0).isEmpty ? writes($0) : scores($0) }),
      ([.coin], scores), ([.extraction], writes),
    ]
    func due(_ read: Set<Probe>) -> Int {
      read.contains(.sequenceLikelihood)
        ? study.canaries.count + references
        : study.canaries.count * read.reduce(0) { $0 + (plan.decoding.samples(of: $1) ?? 1) }
    }
    var places: [Int: [EvidenceComponent: Int]] = [:]
    for part in parts {
      for group in checkpoints {
        let asking = group.filter { !part.reads(Set($0.probeSet.probes)).isEmpty }
        let ends = try asking.map { run -> Int64? in
          let read = part.reads(Set(run.probeSet.probes))
          let (count, last) = try ledger.observationEnd(run: run.number, probes: read)
          return count >= due(read) ? last : nil
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
    let group = checkpoints.first { $0.contains { $0.number == run } }
    return Set((group ?? []).map(\.number))
  }

  /// Runs that asked for one model name, whose replies do not name different ones, and whose public
  /// texts, put in the same way, do not tell one model from another.
  ///
  /// - Parameters:
  ///   - served: the names that replies of a run bear, by its number.
  ///   - checks: what a check saw of the endpoint of a run.
  private static func checkpoints(
    _ runs: [RunRecord], _ served: [Int: Set<String>], _ checks: [Int: Capabilities]
  ) -> [[RunRecord]] {
    var groups: [(names: Set<String>, runs: [RunRecord])] = []
    for run in runs {
      let names = served[run.number] ?? []
      let possible = groups.indices.compactMap { place -> (place: Int, isKnown: Bool)? in
        let group = groups[place]
        let isNamedSo =
          group.runs[0].model == run.model
          && (names.isEmpty || group.names.isEmpty || !names.isDisjoint(with: group.names))
        // What was put to the model in another way says nothing of the model.
        let compared = group.runs.map { other -> PublicAnswers.Comparison in
          other.dialect == run.dialect && other.presentation == run.presentation
            ? Self.compared(checks[other.number], checks[run.number]) : .unknown
        }
        let isOther = compared.contains { if case .different = $0 { true } else { false } }
        // Under another name it is the same model where public texts have the same scores.
        let isKnown = compared.contains(.same)
        guard !isOther, isNamedSo || isKnown && checks[run.number]?.publicAnswers?.areScores == true
        else { return nil }
        return (place, isKnown)
      }
      // A model whose answers are known again belongs to its own; of the others the latest.
      if let found = possible.last(where: \.isKnown) ?? possible.last {
        groups[found.place].runs.append(run)
        groups[found.place].names.formUnion(names)
      } else {
        groups.append((names, [run]))
      }
    }
    return groups.map(\.runs)
  }

  private static func compared(_ left: Capabilities?, _ right: Capabilities?)
    -> PublicAnswers.Comparison
  {
    guard let mine = left?.publicAnswers, let theirs = right?.publicAnswers else { return .unknown }
    return mine.compared(
      with: theirs, noiseNats: max(left?.noiseNats ?? 0, right?.noiseNats ?? 0))
  }
}
