// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineStatistics

let scoreVectors: [String: VectorMethod] = [
  "text_similarity": { one in
    one.has("unit") ? try textSimilarity(one) : try tokenSimilarity(one)
  },
  "likelihood_scores": { one in
    one.has("gamma") ? try prefixScores(one) : try likelihoodScores(one)
  },
  "min_k": { one in
    let values = try one.numbers("token_logprobs")
    let fraction = try one.number("fraction")
    let score = try minKScore(values, fraction: fraction)
    return [
      "score": .number(score),
      "count": VectorValue(try minKCount(values.count, fraction: fraction)),
      "naive_count_int_n_times_k": VectorValue(Int(Double(values.count) * fraction)),
    ]
  },
  "min_k_plus_plus": { one in
    if one.has("top_logprobs", "vocab_size") {
      let moments = try NextTokenMoments(
        top: one.numbers("top_logprobs"), vocabularySize: one.integer("vocab_size"))
      return [
        "residual_mass": .number(moments.residual),
        "mean_uniform_tail": .number(moments.mean),
        "variance_uniform_tail": .number(moments.variance),
      ]
    }
    let rows = try one.table("row_logprobs")
    let result = try MinKPlusPlus(
      rows: rows, tokens: one.integers("tokens"), fraction: one.number("fraction"))
    let moments = try rows.map { try NextTokenMoments(row: $0) }
    return [
      "mean": VectorValue(moments.map(\.mean)),
      "variance": VectorValue(moments.map(\.variance)),
      "z": VectorValue(result.z),
      "count": VectorValue(result.count),
      "score": .number(result.score),
    ]
  },
  "other_scores": { one in
    switch try one.text("method") {
    case "dc_pdd": try corpusCalibration(one)
    case "surp": try surprisingTokens(one)
    case "rmia_offline": try offlineRMIA(one)
    case "lira_offline": try offlineLiRA(one)
    default: throw VectorShape(one.id, "method")
    }
  },
]

private func textSimilarity(_ one: VectorCase) throws -> [String: VectorValue] {
  guard try one.text("unit") == "unicode_scalar" else { throw VectorShape(one.id, "unit") }
  let a = Array(try one.text("a").unicodeScalars)
  let b = Array(try one.text("b").unicodeScalars)
  return [
    "levenshtein": VectorValue(EditDistance.levenshtein(a, b)),
    "levenshtein_similarity": .number(EditDistance.levenshteinSimilarity(a, b)),
    "lcs_subsequence": VectorValue(commonSubsequenceLength(a, b)),
    "longest_common_substring": VectorValue(longestCommonRun(a, b)),
    "indel_distance": VectorValue(EditDistance.indel(a, b)),
    "indel_ratio": .number(EditDistance.indelRatio(a, b)),
    "length_a": VectorValue(a.count),
    "length_b": VectorValue(b.count),
  ]
}

private func tokenSimilarity(_ one: VectorCase) throws -> [String: VectorValue] {
  func tokens(_ name: String) throws -> [String] {
    guard case .list(let values)? = one.inputs[name] else { throw VectorShape(one.id, name) }
    return try values.map { value in
      guard case .text(let token) = value else { throw VectorShape(one.id, name) }
      return token
    }
  }
  func parts(_ rouge: Rouge) -> VectorValue {
    .object([
      "precision": .number(rouge.precision), "recall": .number(rouge.recall),
      "f1": .number(rouge.f1),
    ])
  }
  let reference = try tokens("reference_tokens")
  let candidate = try tokens("hypothesis_tokens")
  func score(_ smoothing: BleuSmoothing) -> VectorValue {
    .number(bleu(reference: reference, candidate: candidate, smoothing: smoothing))
  }
  return [
    "rouge1": parts(try Rouge.nGram(order: 1, reference: reference, candidate: candidate)),
    "rouge2": parts(try Rouge.nGram(order: 2, reference: reference, candidate: candidate)),
    "rougeL": parts(
      Rouge.longestCommonSubsequence(reference: reference, candidate: candidate)),
    "longest_common_token_run": VectorValue(longestCommonRun(reference, candidate)),
    "token_levenshtein": VectorValue(EditDistance.levenshtein(reference, candidate)),
    "bleu4_unsmoothed": score(.none),
    "bleu4_exp_smoothed": score(.exponential),
    "bleu4_exp_smoothed_effective_order": score(.exponentialEffectiveOrder),
  ]
}

private func likelihoodScores(_ one: VectorCase) throws -> [String: VectorValue] {
  let bytes = Array(try one.text("text").utf8)
  let size = Deflate.zlibSize(of: bytes)
  let values = try one.numbers("token_logprobs")
  let lower = try one.numbers("lowercase_token_logprobs")
  let reference = try one.numbers("reference_token_logprobs")
  let loss = try lossScore(values)
  return [
    "n_tokens": VectorValue(values.count),
    "utf8_bytes": VectorValue(bytes.count),
    "sum_logprob_nats": .number(loss * Double(values.count)),
    "mean_logprob_nats": .number(loss),
    "perplexity": .number(try perplexity(values)),
    "log_perplexity_bits_total": .number(try logPerplexityBits(values)),
    "bits_per_byte": .number(try bitsPerByte(values, byteCount: bytes.count)),
    "zlib_level6_bytes": VectorValue(size),
    "score_loss": .number(loss),
    "score_zlib": .number(try zlibScore(values, compressedSize: size)),
    "score_zlib_total": .number(try zlibTotalScore(values, compressedSize: size)),
    "score_lowercase_ratio": .number(try lowercaseRatioScore(values, lowercased: lower)),
    "score_lowercase_difference": .number(
      try lowercaseDifferenceScore(values, lowercased: lower)),
    "score_reference_difference": .number(
      try referenceDifferenceScore(values, reference: reference)),
    "score_reference_ratio": .number(try referenceRatioScore(values, reference: reference)),
  ]
}

private func prefixScores(_ one: VectorCase) throws -> [String: VectorValue] {
  let alone = try one.numbers("logprobs")
  let nonmembers = try one.numbers("logprobs_given_nonmember_prefix")
  let members = try one.numbers("logprobs_given_member_prefix")
  return [
    "recall": .number(try reCaLLScore(alone, afterNonmembers: nonmembers)),
    "con_recall": .number(
      try conReCaLLScore(
        alone, afterNonmembers: nonmembers, afterMembers: members, gamma: one.number("gamma"))),
  ]
}

private func corpusCalibration(_ one: VectorCase) throws -> [String: VectorValue] {
  let counts = try one.integers("corpus_counts")
  guard try one.integer("vocab_size") == counts.count else {
    throw VectorShape(one.id, "vocab_size")
  }
  let result = try CorpusCalibration(
    tokens: one.integers("token_ids"), logProbabilities: one.numbers("token_logprobs"),
    corpusCounts: counts, cap: one.number("cap"))
  return ["score": .number(result.score), "n_terms": VectorValue(result.terms)]
}

private func surprisingTokens(_ one: VectorCase) throws -> [String: VectorValue] {
  let result = try SurprisingTokens(
    logProbabilities: one.numbers("token_logprobs"),
    entropies: one.numbers("token_entropies_nats"), percentile: one.number("percentile"),
    maximumEntropy: one.number("entropy_max_nats"))
  return [
    "threshold_linear_percentile": .number(result.threshold),
    "selected": VectorValue(result.selected.map { Double($0) }),
    "score": VectorValue(result.score),
  ]
}

private func offlineRMIA(_ one: VectorCase) throws -> [String: VectorValue] {
  let targets = try one.numbers("population_target_logp")
  let references = try one.table("population_reference_logp")
  guard targets.count == references.count else {
    throw VectorShape(one.id, "population_reference_logp")
  }
  let result = try OfflineRMIA(
    record: ModelScores(
      target: one.number("target_logp"), references: one.numbers("reference_logp")),
    population: zip(targets, references).map { ModelScores(target: $0, references: $1) },
    a: one.number("offline_a"), gamma: one.number("gamma"))
  return ["score": .number(result.score), "log_ratio_x": .number(result.logRatio)]
}

private func offlineLiRA(_ one: VectorCase) throws -> [String: VectorValue] {
  let result = try OfflineLiRA(
    score: one.number("score"), outScores: one.numbers("out_scores"))
  return [
    "mean": .number(result.mean), "sd_ddof1": .number(result.standardDeviation),
    "z": .number(result.z), "log_p_normal": .number(result.logNormalP),
    "t_predictive": .number(result.predictiveT),
    "p_t_predictive": .number(result.predictiveP),
  ]
}
