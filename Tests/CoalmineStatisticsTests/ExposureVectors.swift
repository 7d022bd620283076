// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation

/// Exposure, extraction, dose-response, planning and what they stand on, by vector file.
let exposureVectors: [String: VectorMethod] = [
  "special_functions": specialFunctionOutputs,
  "skewnormal_distribution": { one in
    let distribution = try one.skewNormal()
    let x = try one.number("x")
    return [
      "logpdf": .number(try distribution.logDensity(x)),
      "logcdf": .number(try distribution.logCDF(x)),
      "logsf": .number(try distribution.logSF(x)),
      "cdf": .number(try distribution.cdf(x)),
      "sf": .number(exp(try distribution.logSF(x))),
    ]
  },
  "exposure_sampled": sampledExposureOutputs,
  "exposure_exact_search": exactSearchOutputs,
  "exposure_extrapolated": extrapolatedOutputs,
  "extraction": extractionOutputs,
  "kolmogorov_smirnov": kolmogorovSmirnovOutputs,
  "dose_response": doseResponseOutputs,
  "power": powerOutputs,
  "binomial_tails": { one in
    let (k, n, p) = (try one.integer("k"), try one.integer("n"), try one.number("p"))
    return [
      "log_p_at_least_k": .number(try Binomial.logAtLeast(k, of: n, p: p)),
      "log_p_at_most_k": .number(try Binomial.logAtMost(k, of: n, p: p)),
    ]
  },
  "clopper_pearson": { one in
    let (k, n) = (try one.integer("k"), try one.integer("n"))
    let confidence = try one.number("confidence")
    let both = try clopperPearson(k, of: n, confidence: confidence)
    return [
      "two_sided": VectorValue([both.lower, both.upper]),
      "one_sided_lower": .number(try clopperPearsonLower(k, of: n, confidence: confidence)),
      "one_sided_upper": .number(try clopperPearsonUpper(k, of: n, confidence: confidence)),
    ]
  },
]

extension VectorCase {
  fileprivate func skewNormal() throws -> SkewNormal {
    try SkewNormal(
      shape: try number("shape"), location: try number("loc"), scale: try number("scale"))
  }
}

private func specialFunctionOutputs(_ one: VectorCase) throws -> [String: VectorValue] {
  let value: Double
  switch try one.text("fn") {
  case "log_normal_cdf": value = Normal.logCDF(try one.number("x"))
  case "normal_quantile": value = Normal.quantile(try one.number("p"))
  case "log_regularized_incomplete_beta":
    value =
      Beta.logRegularized(try one.number("a"), try one.number("b"), at: try one.number("x")).lower
  case "log_gamma": value = Gamma.log(try one.number("x"))
  case "owens_t": value = owensT(try one.number("h"), try one.number("a"))
  default: throw VectorShape(one.id, "fn")
  }
  return ["value": .number(value)]
}

private func sampledExposureOutputs(_ one: VectorCase) throws -> [String: VectorValue] {
  // The files rank log-perplexities, lower is better.
  let score = -(try one.number("canary"))
  let references = try one.numbers("references").map { -$0 }
  let confidence = try one.number("confidence")
  let exposure = try Exposure.sampled(
    score: score, references: references, confidence: confidence)
  let ranks = try ReferenceRanks(score: score, references: references)
  let share = try clopperPearson(
    ranks.better + ranks.tied, of: references.count, confidence: confidence)
  return [
    "n_strictly_better": VectorValue(ranks.better),
    "n_tied": VectorValue(ranks.tied),
    "rank_optimistic": VectorValue(ranks.optimistic),
    "rank_conservative": VectorValue(exposure.rank),
    "rank_mid": .number(ranks.middle),
    "exposure_tfp": .number(ranks.interpolatedBits),
    "exposure_conservative": .number(exposure.bits),
    "exposure_optimistic": .number(ranks.bits(Double(ranks.optimistic))),
    "exposure_mid": .number(ranks.bits(ranks.middle)),
    "p_value": VectorValue(exposure.pValue),
    "log10_p_value": .number(ranks.log10PValue),
    "tail_probability_ci": VectorValue([share.lower, share.upper]),
    "exposure_ci": VectorValue([exposure.interval.lower, exposure.interval.upper]),
  ]
}

private func exactSearchOutputs(_ one: VectorCase) throws -> [String: VectorValue] {
  if one.has("canary_logprob_nats") {
    let bound = try Exposure.massBound(
      logProbability: try one.number("canary_logprob_nats"),
      spaceBits: try one.number("space_size_log2"))
    return [
      "rank_upper_bound": VectorValue(bound.rank), "exposure_lower_bound": .number(bound.bits),
    ]
  }
  if one.has("rank") {
    guard let rank = UInt128(exactly: try one.integer("rank")) else {
      throw VectorShape(one.id, "rank")
    }
    return [
      "exposure": .number(
        try Exposure.bits(rank: rank, spaceBits: try one.number("space_size_log2")))
    ]
  }
  let chain = MarkovChain(
    rows: try one.table("row_logprobs"), alphabet: try one.integer("alphabet_size"),
    length: try one.integer("length"))
  guard try one.integer("start_row") == chain.alphabet,
    try one.integer("outside_column") == chain.alphabet
  else { throw VectorShape(one.id, "start_row") }
  let canary = try one.integers("canary")
  let tie = try one.number("tie_epsilon")
  let full = try chain.search(canary, topK: nil, tieEpsilon: tie, certificate: .mass)
  let top = try chain.search(
    canary, topK: try one.integer("top_k"), tieEpsilon: tie, certificate: .monotony)
  guard full.optimistic.lowerBound == full.optimistic.upperBound,
    full.conservative.lowerBound == full.conservative.upperBound
  else { throw VectorShape(one.id, "row_logprobs") }
  let optimistic = full.bits(full.optimistic)
  let range = top.bits(top.optimistic)
  return [
    "canary_logprob": .number(chain.logProbability(canary)),
    "space_size": .number(Double(full.candidates)),
    "n_strictly_better": .number(Double(full.optimistic.lowerBound) - 1),
    "n_tied": .number(
      Double(full.conservative.lowerBound) - Double(full.optimistic.lowerBound)),
    "rank_optimistic": .number(Double(full.optimistic.lowerBound)),
    "rank_conservative": .number(Double(full.conservative.lowerBound)),
    "exposure_optimistic": .number(optimistic.lower),
    "exposure_conservative": .number(full.exposure.bits),
    "topk_rank_bounds": VectorValue([
      Double(top.optimistic.lowerBound), Double(top.optimistic.upperBound),
    ]),
    "topk_exposure_bounds": VectorValue([range.lower, range.upper]),
  ]
}

private func extrapolatedOutputs(_ one: VectorCase) throws -> [String: VectorValue] {
  let canaries = try one.numbers("canaries")
  guard one.has("references") else {
    let distribution = try one.skewNormal()
    return [
      "exposure_bits": VectorValue(try canaries.map { try Extrapolation.bits(distribution, $0) })
    ]
  }
  let references = try one.numbers("references")
  let fit = try SkewNormalFit(references)
  let distribution = fit.distribution
  let distance = try KolmogorovSmirnov(references) { x throws(StatisticsError) in
    try distribution.cdf(x)
  }
  return [
    "min_negative_log_likelihood": .number(fit.negativeLogLikelihood),
    "shape": .number(distribution.shape),
    "loc": .number(distribution.location),
    "scale": .number(distribution.scale),
    "exposure_bits": VectorValue(try canaries.map { try Extrapolation.bits(distribution, $0) }),
    "ks_statistic": .number(distance.statistic),
    "flag": fit.isShapeUnbounded ? .text("shape_unbounded_or_large") : .null,
  ]
}

private func extractionOutputs(_ one: VectorCase) throws -> [String: VectorValue] {
  if one.has("greedy_match_teacher_forced") {
    let match = try TeacherForcedMatch(
      try one.integers("greedy_match_teacher_forced").map { $0 == 1 })
    return [
      "extraction_strength": .number(match.extractionStrength),
      "exact_memorization": .number(match.exactMemorization),
      "longest_matching_prefix_run": VectorValue(match.matchingPrefix),
    ]
  }
  if one.has("row_logits_or_logprobs") {
    let rule = try DecodingRule(
      temperature: try one.number("temperature"),
      topK: try one.optionalNumber("top_k").flatMap { Int(exactly: $0) },
      topP: try one.optionalNumber("top_p"))
    return [
      "sequence_logprob": .number(
        try rule.logProbability(
          of: try one.integers("tokens"), rows: try one.table("row_logits_or_logprobs")))
    ]
  }
  let extraction = try DiscoverableExtraction(
    logProbability: try one.number("sequence_logprob"))
  let within = try extraction.logProbability(within: try one.integer("n"))
  let p = try one.number("p")
  return [
    "log_probability_within_n": .number(within),
    "probability_within_n": .number(exp(within)),
    "n_needed": try extraction.samplesNeeded(probability: p).map { VectorValue($0) } ?? .null,
    "log10_n_needed": .number(try extraction.log10SamplesNeeded(probability: p)),
  ]
}

private func kolmogorovSmirnovOutputs(_ one: VectorCase) throws -> [String: VectorValue] {
  if one.has("d") {
    return ["sf": .number(exp(Kolmogorov.logSF(try one.integer("n"), try one.number("d"))))]
  }
  if one.has("x", "y") {
    return outputs(try KolmogorovSmirnov(try one.numbers("x"), try one.numbers("y")))
  }
  if one.has("x") {
    let log = Kolmogorov.logLimitSF(try one.number("x"))
    return ["sf": .number(exp(log)), "log_sf": .number(log)]
  }
  let distribution: SkewNormal
  switch try one.text("distribution") {
  case "normal":
    distribution = try SkewNormal(
      shape: 0, location: try one.number("loc"), scale: try one.number("scale"))
  case "skewnormal": distribution = try one.skewNormal()
  default: throw VectorShape(one.id, "distribution")
  }
  return outputs(
    try KolmogorovSmirnov(try one.numbers("sample")) { x throws(StatisticsError) in
      try distribution.cdf(x)
    })
}

private func outputs(_ test: KolmogorovSmirnov) -> [String: VectorValue] {
  [
    "d": .number(test.statistic), "d_plus": VectorValue(test.above),
    "d_minus": VectorValue(test.below), "p_exact": VectorValue(test.logExactP.map { exp($0) }),
    "p_asymptotic": .number(exp(test.logLimitP)),
  ]
}

private func doseResponseOutputs(_ one: VectorCase) throws -> [String: VectorValue] {
  if one.has("log2_repetitions") {
    let doses = try one.numbers("log2_repetitions")
    let exposures = try one.numbers("exposure")
    let line = try LinearDoseResponse(
      logDoses: doses, responses: exposures.map { .measured($0) })
    return [
      "slope": .number(line.slope), "intercept": .number(line.intercept),
      "slope_se": .number(line.slopeError),
      "slope_ci95": VectorValue([line.slopeInterval.lower, line.slopeInterval.upper]),
      "p_two_sided": .number(line.pValue), "r_squared": .number(line.rSquared),
      "spearman": .number(try RankCorrelation.spearman(doses, exposures)),
      "kendall_tau_b": .number(try RankCorrelation.kendallTauB(doses, exposures)),
    ]
  }
  let fit = try IsotonicFit(
    doses: try one.numbers("x"), responses: try one.numbers("y"),
    weights: try one.numbers("weights"))
  return ["x_unique": VectorValue(fit.doses), "fitted": VectorValue(fit.fitted)]
}

private func powerOutputs(_ one: VectorCase) throws -> [String: VectorValue] {
  switch try one.text("kind") {
  case "n_for_zero_failures_upper_bound":
    return [
      "n": VectorValue(
        try trialsForZeroHits(
          rate: try one.number("max_rate"), alpha: try one.number("alpha")))
    ]
  case "max_eps_one_run_pure":
    let epsilon = try EpsilonPlanning.ceiling(
      guesses: try one.integer("guesses"), alpha: try one.number("alpha"))
    return ["eps": .number(epsilon), "log_form": .number(epsilon)]
  case "guesses_needed_all_correct":
    return [
      "guesses": VectorValue(
        try EpsilonPlanning.guessesNeeded(
          epsilon: try one.number("eps"), alpha: try one.number("alpha")))
    ]
  case "auc_hanley_mcneil":
    let auc = try one.number("auc")
    let (m, n) = (try one.integer("n_members"), try one.integer("n_nonmembers"))
    let errors = try AUCErrors(auc: auc, members: m, nonmembers: n)
    return [
      "se": .number(errors.error), "se_null": .number(errors.nullError),
      "power": .number(
        try aucPower(
          auc: auc, members: m, nonmembers: n, alpha: try one.number("alpha_one_sided"))),
    ]
  case "exact_binomial_power":
    let plan = try RatePower(
      nullRate: try one.number("null_rate"), trueRate: try one.number("true_rate"),
      trials: try one.integer("n"), alpha: try one.number("alpha"))
    return [
      "critical_count": VectorValue(plan.criticalCount), "size": .number(plan.size),
      "power": .number(plan.power),
    ]
  case "sampled_exposure_power":
    let plan = try RankPower(
      references: try one.integer("references"), trueBits: try one.number("true_exposure_bits"),
      alpha: try one.number("alpha"))
    return [
      "max_sampled_exposure": .number(plan.ceilingBits), "min_p": .number(plan.smallestP),
      "critical_better": VectorValue(plan.criticalBetter), "power": .number(plan.power),
    ]
  default: throw VectorShape(one.id, "kind")
  }
}
