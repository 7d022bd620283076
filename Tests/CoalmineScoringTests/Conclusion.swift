// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics

/// One combination of what decides a verdict, and what the rules say of it.
struct Conclusion: Sendable, CustomStringConvertible {
  enum Test: CaseIterable { case finds, overwhelms, findsNothing, couldFind, notMeasured }
  enum Control: CaseIterable { case seen, notSeen, notMeasured }
  enum Base: CaseIterable { case none, clean, contaminated }
  enum Power: CaseIterable { case reached, short, floorsUndercut, notSimulated }
  enum Limit: CaseIterable {
    case none, passed, rateFailed, verbatimFailed, open, openForReplies, notMeasured
  }
  enum Answers: CaseIterable { case all, missing, unprobed }
  enum Access: CaseIterable { case asPlanned, weaker, generationOnly }

  let test: Test
  let control: Control
  let drawIsBroken: Bool
  let base: Base
  let power: Power
  let gate: Limit
  let answers: Answers
  let access: Access
  let severalModels: Bool

  var description: String {
    "test \(test), control \(control), draw broken \(drawIsBroken), base \(base), power \(power), "
      + "gate \(gate), answers \(answers), access \(access), several models \(severalModels)"
  }

  /// All that can happen; where nothing was asked, nothing else is measured.
  static let all: [Conclusion] = {
    var all: [Conclusion] = []
    for test in Test.allCases {
      for control in Control.allCases {
        for drawIsBroken in [false, true] {
          for base in Base.allCases {
            for power in Power.allCases {
              for gate in Limit.allCases {
                for answers in Answers.allCases {
                  guard answers != .unprobed || isUnasked(test, control, gate) else { continue }
                  for access in Access.allCases {
                    all.append(
                      Conclusion(
                        test: test, control: control, drawIsBroken: drawIsBroken, base: base,
                        power: power, gate: gate, answers: answers, access: access,
                        severalModels: all.count % 7 == 3))
                  }
                }
              }
            }
          }
        }
      }
    }
    return all
  }()

  private static func isUnasked(_ test: Test, _ control: Control, _ gate: Limit) -> Bool {
    test == .notMeasured && control == .notMeasured && [.none, .notMeasured].contains(gate)
  }

  // MARK: - What the rules say

  var findsLeak: Bool {
    [.finds, .overwhelms].contains(test) || [.rateFailed, .verbatimFailed].contains(gate)
  }

  var verdict: Verdict {
    if findsLeak {
      if drawIsBroken || base == .contaminated { return .inconclusive }
      let needsNoControl = test == .overwhelms || gate == .verbatimFailed
      return control == .seen || needsNoControl ? .leak : .inconclusive
    }
    if answers != .all { return .incomplete }
    let passes =
      test == .findsNothing && control == .seen && !drawIsBroken && base != .contaminated
      && power == .reached && [.none, .passed].contains(gate) && access != .weaker
      && !severalModels
    return passes ? .pass : .inconclusive
  }

  // MARK: - The same as the program sees it

  private static let why = Reason("not-answered", "no answer arrived")

  var judgement: Judgement {
    Judgement(
      edition: .second, namedScore: base == .none ? .plain : .tunedMinusBase, decision: decision,
      checks: checks, gates: gates,
      answers: AnswerCounts(
        tuned: answers == .unprobed
          ? nil : .init(due: 100, missing: answers == .missing ? 3 : 0), base: nil),
      severalModels: severalModels)
  }

  private var decision: DecisionResult {
    let p: (leak: Double, pass: Double)? =
      switch test {
      case .finds: (0.02, 0.02)
      case .overwhelms: (0.000_1, 0.000_1)
      case .findsNothing: (0.6, 0.6)
      case .couldFind: (0.6, 0.001)
      case .notMeasured: nil
      }
    let rank = ComponentResult(
      component: .rank, weight: 1, look: 1, level: 0.05, score: .plain,
      outcome: p.map {
        .measured(
          .init(
            statistic: .rank(auc: 0.6), pValue: $0.leak, pValueForPass: $0.pass,
            missing: $0.leak == $0.pass ? 0 : 9))
      } ?? .notMeasurable(Self.why),
      controls: .measured(0.000_1), isShown: true)
    let planned: PlannedAccess = access == .generationOnly ? .textOnly : .textScoring
    return DecisionResult(
      edition: .second, plannedAccess: planned,
      access: answers == .unprobed ? nil : access == .weaker ? .textOnly : planned, alpha: 0.05,
      inserted: 37, heldOut: 35, components: [rank], power: achieved, combinedP: p?.leak,
      plainRank: nil)
  }

  private var achieved: AchievedPower? {
    guard power != .notSimulated else { return nil }
    let reached = power == .short ? 0.4 : 0.9
    return AchievedPower(
      wanted: 0.8, dense: .init(size: 0.75, power: reached), sparse: .init(size: 2, power: reached),
      studies: 1_000, undercutFloors: power == .floorsUndercut ? ["alpha is 0.5"] : [])
  }

  private var checks: ValidityChecks {
    let training: Outcome<Double> =
      switch control {
      case .seen: .measured(0.000_1)
      case .notSeen: .measured(0.4)
      case .notMeasured: .notMeasurable(Self.why)
      }
    return ValidityChecks(
      training: TrainingControl(
        pValue: training, component: .rank, controls: 8, repetitions: 64, areStandIns: false,
        missing: 0),
      heldOut: HeldOutControl(pValue: .measured(drawIsBroken ? 0.000_1 : 0.5), canaries: 35),
      base: base == .none
        ? nil
        : BaseCheck(
          run: 1, component: .rank, pValue: .measured(base == .contaminated ? 0.001 : 0.5),
          massPValue: .measured(0.5)),
      inContext: InContextResult(seen: .measured(true), secrets: 8, writtenBack: 8))
  }

  private var gates: [GateResult] {
    func result(
      _ measure: Gate.Measure, _ state: GateResult.State, _ hits: Int, unmeasured: Int = 0
    ) -> [GateResult] {
      let rate = (try? clopperPearson(hits, of: 37)).map {
        Rate(hits: hits, trials: 37, interval: $0)
      }
      return [
        GateResult(
          gate: Gate(measure: measure, repetitions: 1, limit: measure.isCount ? 0 : 0.15),
          state: state,
          rate: state == .notMeasured
            ? .notMeasurable(Self.why) : rate.map { .measured($0) } ?? .failed(Self.why),
          bounds: nil, unmeasured: unmeasured)
      ]
    }
    switch gate {
    case .none: return []
    case .passed: return result(.greedyExtraction, .passed, 0)
    case .rateFailed: return result(.greedyExtraction, .failed, 20)
    case .verbatimFailed: return result(.verbatimSecrets, .failed, 2)
    case .open: return result(.greedyExtraction, .open, 4)
    case .openForReplies: return result(.verbatimSecrets, .open, 0, unmeasured: 5)
    case .notMeasured: return result(.greedyExtraction, .notMeasured, 0)
    }
  }
}
