// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation

/// The vector files of discrimination, tests and differential privacy.
let evaluationVectors: [String: VectorMethod] = [
  "auc_delong": aucVector,
  "roc_points": rocVector,
  "mann_whitney": mannWhitneyVector,
  "wilcoxon": wilcoxonVector,
  "mcnemar": mcNemarVector,
  "multiple_testing": multipleTestingVector,
  "dp_classical_gdp": gaussianPrivacyVector,
  "dp_one_run": oneRunVector,
  "dp_one_run_fdp": oneRunTradeOffVector,
]

@Sendable private func aucVector(_ one: VectorCase) throws -> [String: VectorValue] {
  guard !one.has("members_a") else {
    let pair = try PairedAUC(
      first: (one.numbers("members_a"), one.numbers("nonmembers_a")),
      second: (one.numbers("members_b"), one.numbers("nonmembers_b")))
    return [
      "auc_a": .number(pair.first.value), "auc_b": .number(pair.second.value),
      "difference": .number(pair.difference), "se_difference": VectorValue(pair.standardError),
      "z": VectorValue(pair.z), "p_two_sided": VectorValue(pair.pValue),
      "covariance": .list([
        .list([VectorValue(pair.first.variance), VectorValue(pair.covariance)]),
        .list([VectorValue(pair.covariance), VectorValue(pair.second.variance)]),
      ]),
    ]
  }
  let auc = try AUC(members: one.numbers("members"), nonmembers: one.numbers("nonmembers"))
  return [
    "auc": .number(auc.value), "delong_variance": VectorValue(auc.variance),
    "ci95_wald_clipped": ends(auc.waldInterval()), "ci95_logit": ends(auc.logitInterval()),
    "p_two_sided_vs_half_wald": VectorValue(auc.logPValueAgainstHalf.map { exp($0) }),
  ]
}

@Sendable private func rocVector(_ one: VectorCase) throws -> [String: VectorValue] {
  let members = try one.numbers("members")
  let nonmembers = try one.numbers("nonmembers")
  let curve = try ROCCurve(members: members, nonmembers: nonmembers)
  // The rates asked for stand in the case's own rows.
  let rows = try asked(one, "tpr_at_fpr", "fpr").map { rate -> VectorValue in
    let point = try curve.operatingPoint(at: rate)
    return .object([
      "fpr": .number(rate), "allowed_false_positives": VectorValue(point.allowedFalsePositives),
      "tp": VectorValue(point.truePositives), "tpr_conservative": .number(point.truePositiveRate),
      "tpr_ci95": ends(point.interval),
      "tpr_linear": .number(try curve.truePositiveRate(atFalsePositiveRate: rate, .linear)),
      "tpr_convex_hull": .number(
        try curve.truePositiveRate(atFalsePositiveRate: rate, .convexHull)),
    ])
  }
  return [
    "tpr_at_fpr": .list(rows), "average_precision": .number(curve.averagePrecision),
    "pr_auc_trapezoid_not_recommended": .number(precisionRecallTrapezoid(curve)),
    "max_balanced_accuracy": .number(curve.maximumBalancedAccuracy),
    "max_attack_advantage": .number(curve.maximumAdvantage),
    "best_threshold_inclusive": .number(curve.best.threshold),
  ]
}

/// Too high by design, and so no part of the library.
private func precisionRecallTrapezoid(_ curve: ROCCurve) -> Double {
  var area = 0.0
  var before = (recall: 0.0, precision: 1.0)
  for point in curve.points.dropFirst() {
    let recall = Double(point.truePositives) / Double(curve.members)
    let precision =
      Double(point.truePositives) / Double(point.truePositives + point.falsePositives)
    area += (recall - before.recall) * (precision + before.precision) / 2
    before = (recall, precision)
  }
  return area
}

@Sendable private func mannWhitneyVector(_ one: VectorCase) throws -> [String: VectorValue] {
  let x = try one.numbers("x")
  let y = try one.numbers("y")
  let normal = try mannWhitneyNormal(x, y)
  var outputs: [String: VectorValue] = [
    "u": .number(normal.u), "p_normal_cc_greater": .number(normal.p.greater),
    "p_normal_cc_two_sided": .number(normal.p.twoSided),
  ]
  if x.count + y.count <= 200 {
    let exact = try mannWhitney(x, y)
    outputs["p_exact_greater"] = .number(exact.p.greater)
    outputs["p_exact_two_sided"] = .number(exact.p.twoSided)
  }
  return outputs
}

@Sendable private func wilcoxonVector(_ one: VectorCase) throws -> [String: VectorValue] {
  let differences = try one.numbers("differences")
  let ranks = try SignedRanks(differences)
  let pratt = try SignedRanks(differences, zeros: .pratt)
  var outputs: [String: VectorValue] = [
    "w_plus": .number(ranks.positiveRankSum), "n_nonzero": VectorValue(ranks.nonzero),
    "p_normal_two_sided_no_cc": .number(ranks.normal().twoSided),
    "p_normal_two_sided_cc": .number(ranks.normal(correction: .half).twoSided),
    "p_normal_two_sided_no_cc_pratt": .number(pratt.normal().twoSided),
  ]
  if ranks.nonzero <= 200 {
    outputs["p_exact_greater"] = .number(try ranks.exact().greater)
    outputs["p_exact_two_sided"] = .number(try ranks.exact().twoSided)
  }
  return outputs
}

@Sendable private func mcNemarVector(_ one: VectorCase) throws -> [String: VectorValue] {
  let test = try McNemar(
    onlyFirst: one.integer("only_first"), onlySecond: one.integer("only_second"))
  return [
    "p_exact": .number(exp(try test.logExact())), "log_p_exact": .number(try test.logExact()),
    "p_mid": .number(exp(try test.logMid())), "chi2": .number(test.chiSquare),
    "p_chi2": .number(exp(test.logChiSquareP)), "chi2_cc": .number(test.correctedChiSquare),
    "p_chi2_cc": .number(exp(test.logCorrectedChiSquareP)),
  ]
}

@Sendable private func multipleTestingVector(_ one: VectorCase) throws -> [String: VectorValue] {
  let p = try one.numbers("p_values")
  let holm = try adjustedPValues(p, by: .holm)
  let hochberg = try adjustedPValues(p, by: .benjaminiHochberg)
  return [
    "bonferroni": VectorValue(try adjustedPValues(p, by: .bonferroni)),
    "holm": VectorValue(holm), "bh": VectorValue(hochberg),
    "by": VectorValue(try adjustedPValues(p, by: .benjaminiYekutieli)),
    "holm_reject_05": .list(holm.map { .flag($0 <= 0.05) }),
    "bh_reject_05": .list(hochberg.map { .flag($0 <= 0.05) }),
  ]
}

@Sendable private func gaussianPrivacyVector(_ one: VectorCase) throws -> [String: VectorValue] {
  if one.has("eps", "mu") {
    let privacy = try GaussianPrivacy(mu: one.number("mu"))
    let epsilon = try one.number("eps")
    return [
      "delta": .number(try privacy.delta(epsilon: epsilon)),
      "log_delta": .number(try privacy.logDelta(epsilon: epsilon)),
    ]
  }
  if one.has("mu", "delta") {
    let privacy = try GaussianPrivacy(mu: one.number("mu"))
    return ["eps": .number(try privacy.epsilon(delta: one.number("delta")))]
  }
  if one.has("fpr", "fnr") {
    let mu = try gaussianMu(
      falsePositiveRate: one.number("fpr"), falseNegativeRate: one.number("fnr"))
    return ["mu": .number(mu), "mu_lower_bound": .number(max(0, mu))]
  }
  let bound = try ClassicalEpsilon(
    truePositives: one.integer("tp"), members: one.integer("n_members"),
    falsePositives: one.integer("fp"), nonmembers: one.integer("n_nonmembers"),
    delta: one.number("delta"), alpha: one.number("alpha"))
  return [
    "fnr_upper": .number(bound.falseNegativeUpper), "fpr_upper": .number(bound.falsePositiveUpper),
    "eps_tpr_fpr": .number(bound.fromPositives), "eps_tnr_fnr": .number(bound.fromNegatives),
    "eps_lower_bound": .number(bound.lowerBound), "mu_lower_bound": .number(bound.muLowerBound),
  ]
}

@Sendable private func oneRunVector(_ one: VectorCase) throws -> [String: VectorValue] {
  let audit = try OneRunEpsilon(
    canaries: one.integer("m"), guesses: one.integer("guesses"), correct: one.integer("correct"),
    delta: one.number("delta"))
  let rows = try asked(one, "p_values", "eps").map { epsilon -> VectorValue in
    let logP = try audit.logP(epsilon: epsilon)
    return .object(["eps": .number(epsilon), "p": .number(exp(logP)), "log_p": .number(logP)])
  }
  var bounds: [String: VectorValue] = [:]
  if case .object(let levels)? = one.expected["eps_lower_bound"] {
    for level in levels.keys {
      guard let alpha = Double(level) else { throw VectorShape(one.id, level) }
      bounds[level] = .number(try audit.lowerBound(alpha: alpha))
    }
  }
  return ["p_values": .list(rows), "eps_lower_bound": .object(bounds)]
}

@Sendable private func oneRunTradeOffVector(_ one: VectorCase) throws -> [String: VectorValue] {
  let audit = try OneRunTradeOff(
    canaries: one.integer("m"), guesses: one.integer("guesses"), correct: one.integer("correct"))
  let alpha = try one.number("alpha")
  let rows = try asked(one, "statistic_at_mu", "mu").map { mu -> VectorValue in
    let statistic = try audit.statistic(.gaussian(mu: mu), alpha: alpha)
    return .object(["mu": .number(mu), "r_plus_h_minus_guess_share": .number(statistic)])
  }
  return [
    "mu_lower_bound": .number(try audit.muLowerBound(alpha: alpha)),
    "statistic_at_mu": .list(rows),
  ]
}

private func ends(_ interval: Interval?) -> VectorValue {
  interval.map { VectorValue([$0.lower, $0.upper]) } ?? .null
}

/// The points at which a case wants a curve: the values of `key` in the rows it expects.
private func asked(_ one: VectorCase, _ output: String, _ key: String) throws -> [Double] {
  guard case .list(let rows)? = one.expected[output] else { return [] }
  return try rows.map { row in
    guard case .object(let fields) = row, case .number(let value)? = fields[key] else {
      throw VectorShape(one.id, "\(output).\(key)")
    }
    return value
  }
}
