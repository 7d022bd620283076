// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The statistics of one simulated study at a time.
///
/// A score is N(0, sd² + σ²) for every text of a canary, relative to its own level; the log of the
/// e-value that goes with it has the same spread and is placed so that E has mean 1 without noise.
struct SimulatedStudy {
  var random: ChaCha8Rand
  /// Σ g.
  private(set) var steps = 0
  /// Pairs of one kind in which the inserted canary is above.
  private(set) var wins = 0
  /// Inserted secrets that stand in their replies.
  private(set) var hits = 0
  private var mass = 0.0

  private let design: PowerDesign
  /// The deviation of a measured score, and ln of the mean of E at gain 0 without noise.
  private let deviation: Double
  private let centre: Double
  private let scales: Bool
  private let generates: Bool
  private let heldOut: [Int]
  private let strays: [Int]
  private let secretLevels: [ScoreLevels?]
  /// Scores of held-out canaries by kind, rising; a missing one, and one that was trained on, is above
  /// all.
  private var levels: [[Double]]
  private let binomial = BinomialDraw()
  /// The second number of a pair of normal ones.
  private var spare: Double?

  /// The probability of a memorised secret, in nats.
  static let logVerbatim = log(0.9)

  init(
    random: ChaCha8Rand, design: PowerDesign, heldOut: [Int], strays: [Int],
    secretLevels: [ScoreLevels?]
  ) {
    self.random = random
    self.design = design
    self.heldOut = heldOut
    self.strays = strays
    self.secretLevels = secretLevels
    let square = design.scoreDeviation * design.scoreDeviation
    deviation = (square + design.noise * design.noise).squareRoot()
    centre = -square / 2
    // By weight, so that a component that was not shown changes no other's random numbers.
    scales = design.weights.components.contains { $0 != .extraction }
    generates = design.weights[.extraction] > 0
    levels = heldOut.map { [Double](repeating: 0, count: $0) }
  }

  /// Forgets the last study and draws the held-out canaries of the next.
  mutating func begin() {
    (steps, wins, hits, mass) = (0, 0, 0, 0)
    guard design.weights[.coin] > 0 else { return }
    for kind in heldOut.indices {
      for place in 0..<heldOut[kind] {
        let score = deviation * normal()
        levels[kind][place] =
          isMissing() || place < strays[kind] ? .infinity : compared(score, kind: kind)
      }
      levels[kind].sort()
    }
  }

  /// Draws an inserted canary.
  mutating func add(
    kind: Int, references: Int, levels own: ScoreLevels?, logSpace: Double?, chance: Double,
    gain: Double, isMemorised: Bool
  ) {
    if generates {
      let byChance = random.unitInterval() < chance
      if !isMissing(), byChance || isMemorised { hits += 1 }
    }
    guard scales else { return }
    let draw = normal()
    let score = isMemorised ? .infinity : deviation * draw + gain
    let gaps =
      design.missingShare > 0
      ? binomial.draw(references, chance: design.missingShare, using: &random) : 0
    let above = binomial.draw(
      references - gaps, chance: Normal.sf(score / deviation), using: &random)
    if isMissing() {
      steps += RankedSecret.grid
      return
    }
    if let own {
      steps += own.steps(own.level(of: score / deviation), gaps: gaps, of: references + 1)
    } else {
      steps += RankedSecret.steps(doubledRank: 2 * (1 + gaps + above), of: references + 1)
    }
    wins += below(compared(score, kind: kind), in: levels[kind])
    // A number that all texts have is nobody's probability.
    guard let logSpace, own?.isOne != true else { return }
    let logValue =
      isMemorised
      ? logSpace + Self.logVerbatim + design.noise * draw : score + centre
    mass += exp(min(logSpace, logValue) - design.noise * design.noise / 2)
  }

  /// A score as other secrets of its kind are compared with it: where they tie, its level.
  private func compared(_ score: Double, kind: Int) -> Double {
    secretLevels[kind].map { -Double($0.level(of: score / deviation)) } ?? score
  }

  /// ln of the average of E, divided by what noise may add.
  func logMean(canaries: Int) -> Double { log(mass / Double(canaries)) }

  /// How many of the rising numbers are smaller.
  private func below(_ score: Double, in rising: [Double]) -> Int {
    var (low, high) = (0, rising.count)
    while low < high {
      let middle = (low + high) / 2
      if rising[middle] < score { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func isMissing() -> Bool {
    design.missingShare > 0 && random.unitInterval() < design.missingShare
  }

  private mutating func normal() -> Double {
    if let number = spare {
      spare = nil
      return number
    }
    let (first, second) = random.normalPair()
    spare = second
    return first
  }
}
