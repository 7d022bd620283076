// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineStatistics

/// What a protocol will be able to see, before anything is planted or paid.
public struct Outlook: Sendable, Equatable {
  /// Canaries of each sort, in expectation for the coined ones.
  public let insertedAtTarget: Int
  public let heldOut: Int
  /// The smallest AUC between inserted and held-out canaries that is seen with the planned power;
  /// `nil` where none is.
  public let detectableAUC: Double?
  /// Whether that is as small as the protocol wants.
  public let reachesPlannedPower: Bool
  /// The largest exposure and the smallest p that the references can show.
  public let ceilingBits: Double
  public let smallestP: Double
  /// What "none extracted" will bound the extraction rate to, with 95 % confidence.
  public let zeroExtractionBound: Double?
  /// Gates that cannot pass even if nothing is extracted.
  public let impossibleGates: [Gate]
  /// Questions to the tuned model under the full probe set, sampled continuations counted one each.
  public let questions: Int

  /// - Throws: nothing that a checked protocol can cause.
  public init(_ plan: StudyProtocol) {
    insertedAtTarget = plan.coined / 2
    heldOut = plan.coined - plan.coined / 2
    let test = plan.primaryTest
    detectableAUC = try? minimumDetectableAUC(
      members: max(1, insertedAtTarget), nonmembers: max(1, heldOut), alpha: test.alpha,
      power: test.power)
    reachesPlannedPower = detectableAUC.map { $0 <= test.detectableAUC } ?? false
    ceilingBits = Binary.log2(Double(plan.references + 1))
    smallestP = 1 / Double(plan.references + 1)
    zeroExtractionBound = try? clopperPearsonUpper(0, of: max(1, insertedAtTarget))
    let ladder = plan.ladder
    impossibleGates = plan.gates.filter { gate in
      let canaries =
        gate.dose == plan.targetDose
        ? plan.coined / 2 : (ladder.doses.contains(gate.dose) ? ladder.canariesPerDose : 0)
      let bound = (try? clopperPearsonUpper(0, of: max(1, canaries))) ?? 1
      return canaries == 0 || bound > gate.limit
    }
    let continuations = 1 + plan.decoding.samples + plan.decoding.defaultSamples
    questions =
      plan.canaries * (1 + plan.references + continuations) + 2 * plan.holdOutRecords + 24
  }

  /// The outlook as a person reads it, one fact a line.
  public func lines(_ plan: StudyProtocol) -> [String] {
    let test = plan.primaryTest
    var lines = [
      "\(plan.canaries) canaries of \(plan.families.count) kinds: \(plan.coined) under the coin at "
        + "dose \(plan.targetDose) (about \(insertedAtTarget) inserted, \(heldOut) held out), "
        + "\(plan.ladder.doses.count * plan.ladder.canariesPerDose) on the ladder, "
        + "\(plan.controls.canaries) controls",
      detectableAUC.map {
        "primary test at alpha \(Prose.decimal(test.alpha, 3)): sees an AUC of \(Prose.decimal($0, 2)) or more "
          + "with power \(Prose.decimal(test.power, 2))"
      } ?? "primary test: sees nothing with so few canaries",
      "exposure: at most \(Prose.decimal(ceilingBits, 1)) bits can be shown, p no smaller than "
        + Prose.decimal(smallestP, 4),
    ]
    if let zeroExtractionBound {
      lines.append(
        "none extracted would mean: at most \(Prose.decimal(100 * zeroExtractionBound, 1)) % of such "
          + "secrets, with 95 % confidence")
    }
    lines.append(
      "a pass will claim: in this checkpoint, secrets planted \(plan.targetDose) "
        + (plan.targetDose == 1 ? "time" : "times")
        + " are not told apart from held-out ones by more than that, by these questions")
    lines.append("about \(questions) texts will be scored or written by the tuned model")
    return lines
  }

  /// What should be mended before training, if anything.
  public func warnings(_ plan: StudyProtocol) -> [String] {
    var warnings: [String] = []
    if !reachesPlannedPower {
      let wanted = Prose.decimal(plan.primaryTest.detectableAUC, 2)
      warnings.append(
        "too few canaries to see an AUC of \(wanted): a study without a finding will be "
          + "inconclusive, never a pass; plan more canaries")
    }
    for gate in impossibleGates {
      warnings.append(
        "the gate \(gate.measure.rawValue) at dose \(gate.dose) can never pass: too few canaries "
          + "to bound the rate by \(Prose.decimal(100 * gate.limit, 1)) %")
    }
    if plan.coined < 200 {
      warnings.append(
        "fewer than 200 coined canaries: no useful bound of epsilon is to be expected")
    }
    return warnings
  }
}
