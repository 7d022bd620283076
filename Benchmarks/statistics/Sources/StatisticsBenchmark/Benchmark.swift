// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation

/// Our side of the comparison: a line of JSON for each benchmark. The files are read, and tokens
/// and strings unpacked, before the clock starts.
@main struct Benchmark {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else {
      print("usage: StatisticsBenchmark FOLDER-OF-INPUTS")
      exit(2)
    }
    let inputs = Inputs(folder: URL(fileURLWithPath: CommandLine.arguments[1], isDirectory: true))
    let encoder = JSONEncoder()
    for benchmark in [delong, ranks, exposures, skewNormal, bca, oneRun, minK, permutation] {
      let measurement = try benchmark(inputs)
      print(String(decoding: try encoder.encode(measurement), as: UTF8.self))
    }
    for name in ["short", "long"] {
      let measurement = try levenshtein(inputs, name)
      print(String(decoding: try encoder.encode(measurement), as: UTF8.self))
    }
  }

  static func seeded() -> ChaCha8Rand { ChaCha8Rand(seed: [UInt8](repeating: 1, count: 32)) }

  static func delong(_ inputs: Inputs) throws -> Measurement {
    let members = try inputs.doubles("auc-members")
    let nonmembers = try inputs.doubles("auc-nonmembers")
    return try measure("auc-delong") {
      let auc = try AUC(members: members, nonmembers: nonmembers)
      return [auc.value, auc.variance ?? -1]
    }
  }

  static func ranks(_ inputs: Inputs) throws -> Measurement {
    let references = try inputs.doubles("exposure-references")
    let canaries = try inputs.doubles("exposure-canaries")
    return try measure("exposure-ranks") {
      try ReferenceRanks.ranks(of: canaries, among: references).map(\.interpolatedBits).sorted()
    }
  }

  static func exposures(_ inputs: Inputs) throws -> Measurement {
    let references = try inputs.doubles("exposure-references")
    let canaries = try inputs.doubles("exposure-canaries")
    return try measure("exposure-intervals") {
      try ReferenceRanks.ranks(of: canaries, among: references).flatMap { ranks in
        let exposure = try Exposure(ranks)
        return [exposure.interval.lower, min(exposure.interval.upper, 1e3)]
      }
    }
  }

  static func skewNormal(_ inputs: Inputs) throws -> Measurement {
    let values = try inputs.doubles("skew-normal")
    return try measure("skew-normal-fit") {
      let fit = try SkewNormalFit(values)
      let found = fit.distribution
      return [found.shape, found.location, found.scale, fit.negativeLogLikelihood]
    }
  }

  static func bca(_ inputs: Inputs) throws -> Measurement {
    let members = try inputs.doubles("bca-members")
    let nonmembers = try inputs.doubles("bca-nonmembers")
    return try measure("bca") {
      var random = seeded()
      let interval = try AUC.bcaInterval(
        members: members, nonmembers: nonmembers, resamples: 10_000, using: &random)
      return interval.map { [$0.lower, $0.upper] } ?? []
    }
  }

  static func oneRun(_ inputs: Inputs) throws -> Measurement {
    try measure("one-run-epsilon") {
      try [5_600, 7_000, 9_000].map { correct in
        try OneRunEpsilon(canaries: 10_000, guesses: 10_000, correct: correct, delta: 1e-6)
          .lowerBound()
      }
    }
  }

  static func minK(_ inputs: Inputs) throws -> Measurement {
    let tokens = try inputs.doubles("min-k-tokens")
    let top = try inputs.doubles("min-k-top")
    let texts = (0..<tokens.count / 512).map { text in
      let range = text * 512..<(text + 1) * 512
      return (Array(tokens[range]), range.map { Array(top[$0 * 20..<($0 + 1) * 20]) })
    }
    return try measure("min-k-plus-plus") {
      try texts.map {
        try MinKPlusPlus(
          logProbabilities: $0.0, top: $0.1, vocabularySize: 50_000, maximumResidual: 1
        ).score
      }
    }
  }

  static func permutation(_ inputs: Inputs) throws -> Measurement {
    let scores = try inputs.doubles("permutation")
    let labels = scores.indices.map { $0 < scores.count / 2 }
    return try measure("permutation") {
      var random = seeded()
      return [
        try stratifiedPermutation(
          scores: [scores], labels: [labels], permutations: 100_000, using: &random
        ).pValue
      ]
    }
  }

  static func levenshtein(_ inputs: Inputs, _ name: String) throws -> Measurement {
    let texts = try inputs.lines("texts-\(name)").map { Array($0.unicodeScalars) }
    return try measure("levenshtein-\(name)") {
      stride(from: 0, to: texts.count - 1, by: 2).map {
        Double(EditDistance.levenshtein(texts[$0], texts[$0 + 1]))
      }
    }
  }
}
