// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics

/// What decided, as JSON.
enum DecisionJSON {
  static func write(_ decision: DecisionResult, to root: inout JSONWriter.Object) throws {
    try root.field("edition", decision.edition.rawValue)
    try root.field("planned_access", decision.plannedAccess.rawValue)
    try root.field("access", decision.access?.rawValue)
    try root.field("alpha", decision.alpha)
    try root.field("inserted", decision.inserted)
    try root.field("held_out", decision.heldOut)
    try root.field("p_value", decision.combinedP)
    try root.object("plain_rank") { object in
      try object.field("used", decision.plainRank != nil)
      try object.field("p_value", decision.plainRank?.value)
    }
    try root.array("components") { list in
      for component in decision.components {
        try list.object { try write(component, to: &$0) }
      }
    }
    try root.object("power") { object in
      try object.field("simulated", decision.power != nil)
      try object.field("wanted", decision.power?.wanted)
      try object.field("studies", decision.power?.studies)
      try object.field("reached", decision.power?.isReached)
      try object.field("suffices", decision.power?.suffices)
      try object.object("dense") { try write(decision.power?.dense, "auc", to: &$0) }
      try object.object("sparse") { try write(decision.power?.sparse, "secrets", to: &$0) }
    }
  }

  private static func write(
    _ leak: AchievedPower.Leak?, _ size: String, to root: inout JSONWriter.Object
  ) throws {
    try root.field(size, leak?.size)
    try root.field("power", leak?.power)
  }

  private static func write(_ component: ComponentResult, to root: inout JSONWriter.Object) throws {
    try root.field("component", component.component.rawValue)
    try root.field("source", component.source.rawValue)
    try root.field("weight", component.weight)
    try root.field("look", component.look)
    try root.field("level", component.level)
    try root.field("score", component.score?.rawValue)
    try JSONFormat.status(component.outcome, to: &root)
    let value = component.outcome.value
    try root.field("p_value", value?.pValue)
    try root.field("p_value_if_missing_leak", value?.pValueForPass)
    try root.field("missing", value?.missing)
    try root.field("finds_leak", component.findsLeak)
    try root.object("statistic") { try write(value, to: &$0) }
    try root.object("controls") { object in
      try JSONFormat.status(component.controls, to: &object)
      try object.field("p_value", component.controls.value)
      try object.field("shown", component.isShown)
    }
  }

  /// Of each component its own fields; the others are null.
  private static func write(
    _ value: ComponentResult.Value?, to root: inout JSONWriter.Object
  ) throws {
    var auc: Double?
    var log10Mean: Double?
    var found: Int?
    var expected: Double?
    var relabellings: Int?
    var exact: Bool?
    var leftOut: Int?
    switch value?.statistic {
    case .rank(let value): auc = value
    case .mass(let mean): (log10Mean, leftOut) = (mean.isFinite ? mean : nil, value?.leftOut)
    case .extraction(let hits, let chance): (found, expected) = (hits, chance)
    case .coin(let value, let drawn, let isExact):
      (auc, relabellings, exact) = (value, drawn, isExact)
    case nil: break
    }
    try root.field("auc", auc)
    try root.field("log10_mean_e_value", log10Mean)
    try root.field("left_out", leftOut)
    try root.field("found", found)
    try root.field("expected", expected)
    try root.field("relabellings", relabellings)
    try root.field("exact", exact)
  }

  static func write(_ checks: ValidityChecks, to root: inout JSONWriter.Object) throws {
    try root.object("training") { object in
      try JSONFormat.status(checks.training.pValue, to: &object)
      try object.field("seen", checks.training.isSeen)
      try object.field("p_value", checks.training.pValue.value)
      try object.field("component", checks.training.component?.rawValue)
      try object.field("controls", checks.training.controls)
      try object.field("repetitions", checks.training.repetitions)
      try object.field("stand_ins", checks.training.areStandIns)
      try object.field("missing", checks.training.missing)
    }
    try root.object("held_out") { object in
      try JSONFormat.status(checks.heldOut.pValue, to: &object)
      try object.field("two_sided_p_value", checks.heldOut.pValue.value)
      try object.field("test", checks.heldOut.test?.rawValue)
      try object.field("canaries", checks.heldOut.canaries)
      try object.field("broken", checks.heldOut.isBroken)
    }
    try root.object("base") { object in
      try object.field("checked", checks.base != nil)
      try object.field("run", checks.base?.run)
      try object.field("component", checks.base?.component.rawValue)
      try object.field("p_value", checks.base?.pValue.value)
      try object.field("mass_p_value", checks.base?.massPValue.value)
      try object.field("contaminated", checks.base?.isContaminated)
    }
    try root.object("retrieval") { object in
      try object.field("possible", checks.retrieval != nil)
      try object.field("seen", checks.retrieval?.isSeen)
      try object.field("excluded", checks.retrieval?.isExcludedForPass)
      try object.field("p_value", checks.retrieval?.pValue.value)
      try object.field("p_value_if_missing_answers_leak", checks.retrieval?.pValueForPass.value)
      try object.field("component", checks.retrieval?.component?.rawValue)
      try object.field("canaries", checks.retrieval?.canaries)
      try object.field("missing", checks.retrieval?.missing)
      try object.field("needed", checks.retrieval?.needed)
    }
    try root.object("in_context") { object in
      try JSONFormat.status(checks.inContext.seen, to: &object)
      try object.field("seen", checks.inContext.seen.value)
      try object.field("secrets", checks.inContext.secrets)
      try object.field("scored_higher", checks.inContext.scoredHigher)
      try object.field("p_value", checks.inContext.pValue)
      try object.field("written_back", checks.inContext.writtenBack)
    }
  }

  static func write(_ answers: AnswerCounts, to root: inout JSONWriter.Object) throws {
    for (name, count) in [("tuned", answers.tuned), ("base", answers.base)] {
      try root.object(name) { object in
        try object.field("due", count?.due)
        try object.field("missing", count?.missing)
        try object.field("withheld", count?.withheld)
        try object.field("unreadable", count?.unreadable)
      }
    }
  }

  static func write(_ privacy: Outcome<PrivacyResult>, to root: inout JSONWriter.Object) throws {
    try JSONFormat.status(privacy, to: &root)
    let value = privacy.value
    try root.field("epsilon_lower_bound", value?.epsilon)
    try root.field("epsilon_lower_bound_if_gaussian", value?.gaussianEpsilon)
    try root.field("delta", value?.delta)
    try root.field("confidence", value?.confidence)
    try root.field("canaries", value?.canaries)
    try root.field("guesses", value?.guesses)
    try root.field("correct", value?.correct)
    try root.field("detectable_epsilon", value?.detectableEpsilon)
    try root.field("ceiling", value?.ceiling)
    try root.field("change", value.map { ($0.change ?? .addOrRemove).rawValue })
  }

  static func write(_ secret: NamedSecret, to root: inout JSONWriter.Object) throws {
    try root.field("canary", secret.canary)
    try root.field("rank_p_value", secret.rankP)
    try root.field("mass_p_value", secret.massP)
    try root.field("verbatim_p_value", secret.verbatimP)
    try root.field("p_value", secret.pValue)
    try root.field("adjusted_p_value", secret.adjustedP)
  }
}
