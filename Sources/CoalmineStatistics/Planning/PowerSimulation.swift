// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The power of the decision, by simulated studies of a design.
///
/// Every simulated study is tested by the exact nulls that decide a real one: ``RankSum``,
/// ``MassTest``, ``ExtractionTest`` and permuted labels within kinds, each at its
/// share of α, with missing answers read against a finding. Scores are normal. Where a design says how
/// they tie, they fall into the levels that it names, see ``PlannedCanary/ties``; so the
/// nulls of a design are the same in all studies and are computed once. Scores of references are not
/// drawn: how many of m are above a secret's score is a binomial number.
///
/// Dense alternatives use the same random numbers, and so do sparse ones, so power never falls where
/// the leak grows. The same design, number of studies and seed give the same result.
///
///     let simulation = try PowerSimulation(design)
///     try simulation.run(.dense(auc: 0.75)).power
///     try simulation.smallestDenseAUC(power: 0.8, .counted)
///
/// Source: normal scores with a shift, the binormal model of Hanley and McNeil 1982,
/// https://doi.org/10.1148/radiology.143.1.7063747; the nulls are those of the tests.
public struct PowerSimulation: Sendable {
  public let design: PowerDesign
  /// Studies per alternative.
  public let studies: Int
  private let seed: [UInt8]
  private let subjects: [Subject]
  /// Held-out canaries by kind, in the order in which the kinds first came.
  private let heldOut: [Int]
  /// Those of them that were trained on all the same.
  private let strays: [Int]
  /// By kind, of the secrets that are compared; `nil` where they do not tie.
  private let secretLevels: [ScoreLevels?]
  /// Σ g, pairs won and secrets found from which on a component rejects, and ln of the mean of E.
  private let rankAtMost: Int
  private let winsAtLeast: Int
  private let hitsAtLeast: Int
  private let massAtLeast: Double

  /// An inserted canary.
  private struct Subject {
    let kind: Int
    let references: Int
    /// `nil` where its texts do not tie.
    let levels: ScoreLevels?
    let isThere: Bool
    /// `nil` where it takes no part in the test by mass.
    let logSpace: Double?
    /// The chance that its replies hold the secret if nothing was learned.
    let chance: Double
  }

  /// Computes the nulls of a design.
  ///
  /// - Parameters:
  ///   - studies: 100…1,000,000 per alternative.
  ///   - seed: 32 bytes; the default is fixed, so that plan and result are comparable.
  /// - Throws: `invalid_parameter`.
  /// - Complexity: that of one rank sum, and of ``CoinNull``.
  public init(
    _ design: PowerDesign, studies: Int = 10_000, seed: [UInt8] = Array(0..<32)
  ) throws(StatisticsError) {
    guard (100...1_000_000).contains(studies), seed.count == 32 else {
      throw .parameter("100 to 1,000,000 studies and a seed of 32 bytes")
    }
    self.design = design
    self.studies = studies
    self.seed = seed
    var places: [String: Int] = [:]
    for canary in design.canaries where places[canary.kind] == nil {
      places[canary.kind] = places.count
    }
    var heldOut = [Int](repeating: 0, count: places.count)
    var strays = heldOut
    var subjects: [Subject] = []
    for canary in design.canaries {
      guard let kind = places[canary.kind] else { continue }
      if canary.isInserted {
        subjects.append(
          Subject(
            kind: kind, references: canary.references,
            levels: canary.ties.isEmpty ? nil : ScoreLevels(canary.ties),
            isThere: canary.isAsAssigned,
            logSpace: canary.hasMass ? canary.spaceBits * ln2 : nil,
            chance: min(
              1,
              Double(max(design.candidatesSeen, canary.candidatesSeen)) * exp2(-canary.spaceBits))))
      } else {
        heldOut[kind] += 1
        if !canary.isAsAssigned { strays[kind] += 1 }
      }
    }
    self.subjects = subjects
    self.heldOut = heldOut
    self.strays = strays
    var secretLevels = [ScoreLevels?](repeating: nil, count: places.count)
    for (kind, counts) in design.tiedSecrets where !counts.isEmpty {
      if let place = places[kind] { secretLevels[place] = ScoreLevels(counts) }
    }
    self.secretLevels = secretLevels
    func level(_ component: EvidenceComponent) -> Double? {
      design.components.contains(component) ? design.weights[component] * design.alpha : nil
    }
    var sets: [Int: EquallyLikely] = [:]
    for subject in subjects where subject.levels == nil && sets[subject.references] == nil {
      sets[subject.references] =
        try RankedSecret(rank: 1, of: subject.references + 1).null
    }
    rankAtMost =
      level(.rank).map { level in
        SumOfEquallyLikely(
          subjects.compactMap { $0.levels?.null(of: $0.references + 1) ?? sets[$0.references] }
        ).critical(level: level)
      } ?? -1
    winsAtLeast =
      level(.coin).map { level in
        CoinNull(
          kinds: heldOut.indices.map { kind in (subjects.count { $0.kind == kind }, heldOut[kind]) }
        ).critical(level: level)
      } ?? .max
    massAtLeast = level(.mass).map { -log($0) } ?? .infinity
    var hits = Int.max
    if let level = level(.extraction) {
      hits = try Self.criticalHits(subjects.map(\.chance), level)
    }
    hitsAtLeast = hits
  }

  /// The smallest number of hits that is reached with a chance of at most `level`; one more than there
  /// are chances where none is.
  ///
  /// - Complexity: O(chances · hits · log hits).
  private static func criticalHits(_ chances: [Double], _ level: Double) throws(StatisticsError)
    -> Int
  {
    func isSeldom(_ hits: Int) throws(StatisticsError) -> Bool {
      guard hits <= chances.count else { return true }
      return try logPoissonBinomialAtLeast(hits, of: chances) <= log(level)
    }
    var (low, high) = (0, 1)
    while try !isSeldom(high) { (low, high) = (high, min(2 * high, chances.count + 1)) }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if try isSeldom(middle) { high = middle } else { low = middle }
    }
    return high
  }

  /// Simulates the studies of one alternative.
  ///
  /// - Throws: `nan`, `invalid_parameter` for an AUC outside ½…1 or more memorised secrets than are
  ///   inserted.
  /// - Complexity: O(studies · (canaries · mean rank + pairs of one kind)).
  public func run(_ leak: PlannedLeak) throws(StatisticsError) -> SimulatedPower {
    try run(leak) { _, _ in false }
  }

  /// Whether a leak is found as often as wanted: what ``run(_:)`` says, known before all studies are
  /// simulated.
  ///
  /// - Parameter power: in 0…1 open.
  /// - Throws: as ``run(_:)``.
  /// - Complexity: that of ``run(_:)`` at most; a fifth of it for leaks that are hardly found.
  public func finds(
    _ leak: PlannedLeak, power: Double, _ error: SimulationError
  ) throws(StatisticsError) -> Bool {
    func isEnough(_ found: Int) throws(StatisticsError) -> Bool {
      let result = SimulatedPower(leak: leak, studies: studies, found: found, foundBy: [:])
      return (error == .counted ? try result.limits().lower : result.power) >= power
    }
    // The fewest studies that are enough; one more than there are where not even all would be.
    var (low, high) = (-1, studies + 1)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if try isEnough(middle) { high = middle } else { low = middle }
    }
    let enough = high
    return try run(leak) { $0 >= enough || $0 + studies - $1 < enough }.found >= enough
  }

  /// - Parameter isDecided: whether no more studies are needed, given how many found the leak and how many
  ///   were simulated.
  private func run(
    _ leak: PlannedLeak, until isDecided: (_ found: Int, _ done: Int) -> Bool
  ) throws(StatisticsError) -> SimulatedPower {
    var gain = 0.0
    var memorised = 0
    switch leak {
    case .dense(let auc):
      if auc.isNaN { throw .nan }
      guard auc >= 0.5, auc <= 1 else { throw .parameter("an AUC must be in 0.5…1") }
      gain = PlannedLeak.gain(auc: auc, deviation: design.scoreDeviation)
    case .sparse(let count):
      guard (0...subjects.count).contains(count) else {
        throw .parameter("\(count) of \(subjects.count) secrets cannot be memorised")
      }
      memorised = count
    }
    var study = SimulatedStudy(
      random: ChaCha8Rand(seed: seed), design: design, heldOut: heldOut, strays: strays,
      secretLevels: secretLevels)
    var (found, foundBy) = (0, [Int](repeating: 0, count: 4))
    var order = Array(subjects.indices)
    let withMass = subjects.count { $0.logSpace != nil }
    for done in 0..<studies {
      if isDecided(found, done) { break }
      if case .sparse = leak { study.random.shuffle(&order) }
      study.begin()
      for (position, place) in order.enumerated() {
        let subject = subjects[place]
        study.add(
          kind: subject.kind, references: subject.references, levels: subject.levels,
          logSpace: subject.logSpace,
          chance: subject.chance, gain: subject.isThere ? gain : 0,
          isMemorised: position < memorised && subject.isThere)
      }
      let rejects = [
        study.steps <= rankAtMost,
        study.logMean(canaries: withMass) >= massAtLeast,
        study.hits >= hitsAtLeast, study.wins >= winsAtLeast,
      ]
      for component in rejects.indices where rejects[component] { foundBy[component] += 1 }
      if rejects.contains(true) { found += 1 }
    }
    let names: [EvidenceComponent] = [.rank, .mass, .extraction, .coin]
    return SimulatedPower(
      leak: leak, studies: studies, found: found,
      foundBy: Dictionary(uniqueKeysWithValues: zip(names, foundBy))
        .filter { design.components.contains($0.key) })
  }
}
