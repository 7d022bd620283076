// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore

/// The canaries of a file, checked against each other.
struct ImportedStudy {
  /// In the order of the file.
  let canaries: [ImportedCanary]
  /// Their kinds, in the order in which the file first names them.
  let kinds: [String]
  let digest: [UInt8]

  /// - Throws: ``CoalmineError`` with file and line: `id-twice`, `canary-twice`, `no-canaries`,
  ///   `nothing-inserted`, or what is wrong with a row.
  init(_ path: String, _ catalogue: Catalogue) throws(CoalmineError) {
    let file = try ImportFile(path)
    var canaries: [ImportedCanary] = []
    var ids: [String: ImportPlace] = [:]
    var texts: [[[UInt8]]: ImportPlace] = [:]
    var kinds: [String] = []
    try file.forEachRow { (row) throws(CoalmineError) in
      let canary = try ImportedCanary(row, catalogue)
      if let earlier = ids.updateValue(row.place, forKey: canary.id) {
        throw Self.idTwice(row.place, earlier)
      }
      if let earlier = texts.updateValue(row.place, forKey: [canary.prefix, canary.secret]) {
        throw row.place.error(
          "canary-twice", "line \(earlier.line) has this prefix with this secret already",
          help: "write one row, with all its copies in 'repetitions'")
      }
      if !kinds.contains(canary.kind) { kinds.append(canary.kind) }
      canaries.append(canary)
    }
    let place = ImportPlace(path: path, line: 1)
    guard !canaries.isEmpty else { throw place.error("no-canaries", "the file holds no canary") }
    guard canaries.contains(where: { !$0.isControl && $0.repetitions > 0 }) else {
      throw place.error(
        "nothing-inserted", "no canary but controls has 'repetitions' above 0: nothing could leak")
    }
    self.canaries = canaries
    self.kinds = kinds
    self.digest = file.digest
  }

  /// How often canaries were inserted that are no controls, rising.
  var levels: [Int] {
    Set(canaries.lazy.filter { !$0.isControl && $0.repetitions > 0 }.map(\.repetitions)).sorted()
  }

  /// The standard protocol, its numbers those of the file. The target repetitions are the
  /// smallest number there is: the case nearest to a secret that stands in a corpus by accident.
  func standardProtocol(nonmembers: Int) -> StudyProtocol {
    var plan = StudyProtocol.standard(kinds: kinds)
    let target = levels[0]
    let higher = Array(levels.dropFirst())
    func count(_ repetitions: Int) -> Int {
      canaries.count { !$0.isControl && $0.repetitions == repetitions }
    }
    plan.targetRepetitions = target
    plan.randomized = count(0) + count(target)
    plan.repetitionLevels = StudyProtocol.RepetitionLevels(
      levels: higher, canariesPerLevel: higher.map(count).min() ?? 0)
    let controls = canaries.filter(\.isControl)
    plan.controls = StudyProtocol.Controls(
      canaries: controls.count,
      repetitions: controls.map(\.repetitions).min() ?? plan.controls.repetitions)
    plan.gates = plan.gates.map { Gate(measure: $0.measure, repetitions: target, limit: $0.limit) }
    plan.nonMemberRecords = nonmembers
    return plan
  }

  /// Refuses a protocol that is about other canaries.
  ///
  /// - Throws: ``CoalmineError`` `kind-not-planned` or `repetitions-not-present`.
  func check(_ plan: StudyProtocol) throws(CoalmineError) {
    if let stranger = canaries.first(where: { !plan.kinds.contains($0.kind) }) {
      throw stranger.place.error(
        "kind-not-planned", "the protocol does not name the kind '\(stranger.kind)'",
        help: "add it to 'kinds', or leave the row out")
    }
    guard levels.contains(plan.targetRepetitions) else {
      throw CoalmineError(
        code: "repetitions-not-present",
        "no canary was inserted at the protocol's target repetitions of \(plan.targetRepetitions)",
        help:
          "the repetition levels of the file are \(levels.map(String.init).joined(separator: ", "))",
        exit: .badConfiguration)
    }
  }

  static func idTwice(_ place: ImportPlace, _ earlier: ImportPlace) -> CoalmineError {
    let other = earlier.path == place.path ? "line \(earlier.line)" : "the members' file"
    return place.error("id-twice", "the 'id' stands in \(other) already; every row needs its own")
  }
}
