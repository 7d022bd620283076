// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineStatistics

/// What a protocol will be able to detect, before anything is planted or paid.
public struct Outlook: Sendable, Equatable {
  /// Canaries of each sort, in expectation for the randomized ones.
  public let insertedAtTarget: Int
  public let heldOut: Int
  /// The smallest AUC between inserted and held-out canaries that is detected with the planned
  /// power; `nil` where none is.
  public let detectableAUC: Double?
  /// Whether that is as small as the protocol wants.
  public let reachesPlannedPower: Bool
  /// The largest exposure and the smallest p that the references can show.
  public let ceilingBits: Double
  public let smallestP: Double
  /// The upper limit of the extraction rate if no secret is extracted, with 95 % confidence.
  public let zeroExtractionBound: Double?
  /// Gates that cannot pass even if nothing is extracted.
  public let impossibleGates: [Gate]
  /// Questions to the tuned model with the full probe set; each sampled continuation counts as one.
  public let questions: Int

  /// - Throws: nothing that a checked protocol can cause.
  public init(_ plan: StudyProtocol) {
    insertedAtTarget = plan.randomized / 2
    heldOut = plan.randomized - plan.randomized / 2
    let test = plan.decision
    detectableAUC = try? minimumDetectableAUC(
      members: max(1, insertedAtTarget), nonmembers: max(1, heldOut), alpha: test.alpha,
      power: test.power)
    reachesPlannedPower = detectableAUC.map { $0 <= test.denseAUC } ?? false
    ceilingBits = Binary.log2(Double(plan.references + 1))
    smallestP = 1 / Double(plan.references + 1)
    zeroExtractionBound = try? clopperPearsonUpper(0, of: max(1, insertedAtTarget))
    let repetitionLevels = plan.repetitionLevels
    impossibleGates = plan.gates.filter { gate in
      let canaries =
        gate.repetitions == plan.targetRepetitions
        ? plan.randomized / 2
        : (repetitionLevels.levels.contains(gate.repetitions)
          ? repetitionLevels.canariesPerLevel : 0)
      let bound = (try? clopperPearsonUpper(0, of: max(1, canaries))) ?? 1
      return canaries == 0 || bound > gate.limit
    }
    let continuations = 1 + plan.decoding.samples + plan.decoding.defaultSamples
    questions =
      plan.canaries * (1 + plan.references + continuations) + 2 * plan.nonMemberRecords + 24
  }

  /// The outlook for people, one fact per line.
  public func lines(_ plan: StudyProtocol) -> [String] {
    let test = plan.decision
    var lines = [
      "\(Prose.count(plan.canaries, "canary", "canaries")) of "
        + "\(Prose.count(usedKinds(plan), "kind", "kinds")): \(plan.randomized) randomized at "
        + Prose.count(plan.targetRepetitions, "repetition", "repetitions")
        + " (about \(insertedAtTarget) inserted, \(heldOut) held out), "
        + "\(plan.repetitionLevels.levels.count * plan.repetitionLevels.canariesPerLevel) at higher repetition levels, "
        + Prose.count(
          plan.controls.canaries, "high-repetition control", "high-repetition controls"),
      detectableAUC.map {
        "primary test at alpha \(Prose.decimal(test.alpha, 3)): detects an AUC of "
          + "\(Prose.decimal($0, 2)) or more with power \(Prose.decimal(test.power, 2))"
      } ?? "primary test: detects no effect with so few canaries",
      "exposure: the largest value that can be measured is \(Prose.decimal(ceilingBits, 1)) bits, "
        + "the smallest p-value \(Prose.decimal(smallestP, 4))",
    ]
    if let zeroExtractionBound, insertedAtTarget > 0 {
      lines.append(
        "if no secret is extracted: at most \(Prose.decimal(100 * zeroExtractionBound, 1)) % of such "
          + "secrets are extractable, with 95 % confidence")
    }
    if canPass {
      lines.append(
        "a pass will mean: at this power, these questions find no AUC of that size between "
          + "secrets planted \(Prose.count(plan.targetRepetitions, "time", "times")) and held-out "
          + "secrets in this checkpoint")
    } else {
      lines.append("without a finding a study of this size ends as inconclusive, never as a pass")
    }
    lines.append("the tuned model will score or write about \(questions) texts")
    return lines
  }

  /// Whether a study without any finding passes.
  private var canPass: Bool { reachesPlannedPower && impossibleGates.isEmpty }

  /// Kinds that get a canary: no more than there are canaries.
  private func usedKinds(_ plan: StudyProtocol) -> Int { min(plan.kinds.count, plan.canaries) }

  /// What should be changed before training, if anything.
  public func warnings(_ plan: StudyProtocol) -> [String] {
    var warnings: [String] = []
    if !reachesPlannedPower {
      let wanted = Prose.decimal(plan.decision.denseAUC, 2)
      let detected =
        detectableAUC.map { "an AUC of \(Prose.decimal($0, 2, .up)) or more" } ?? "no effect"
      warnings.append(
        "underpowered: detects \(detected), planned \(wanted); without a finding the study will be "
          + "inconclusive; plan more canaries")
    }
    for gate in impossibleGates {
      warnings.append(
        "the gate \(gate.measure.rawValue) at "
          + "\(Prose.count(gate.repetitions, "repetition", "repetitions")) can never pass: with so few "
          + "canaries the upper confidence limit stays above \(Prose.decimal(100 * gate.limit, 1)) %"
      )
    }
    if plan.randomized < 200 {
      warnings.append(
        "fewer than 200 randomized canaries: expect no useful lower bound of epsilon")
    }
    return warnings
  }
}
