// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Each membership score by hand, from the tokens that have a log-probability.
enum NaiveMembership {
  static func score(_ slug: String, _ study: SimulatedStudy, _ record: CorpusRecord) -> Double {
    let scored = study.tokens(of: record, in: study.tuned).filter { $0.logProbability != nil }
    let values = scored.compactMap(\.logProbability)
    let base = study.tokens(of: record, in: study.base).compactMap(\.logProbability)
    let mean = values.reduce(0, +) / Double(values.count)
    let before = base.reduce(0, +) / Double(base.count)
    let text = record.text.reveal()
    let size = Double(Deflate.compress(text, level: 6).count)
    switch slug {
    case "loss": return mean
    case "zlib": return mean / size
    case "zlib-total": return values.reduce(0, +) / size
    case "reference": return mean - before
    case "reference-ratio": return -values.reduce(0, +) / base.reduce(0, +)
    case "rmia": return log(exp(mean) / ((1.3 * exp(before) + 0.7) / 2))
    case "error-zone":
      let moved = zip(values, base).filter { exp($0.0) <= 0.5 }.map { $0.0 - $0.1 }
      return moved.filter { $0 > 0 }.reduce(0, +) / -moved.filter { $0 < 0 }.reduce(0, +)
    case "dc-pdd":
      var seen: [[UInt8]] = []
      var sum = 0.0
      for (token, own) in zip(scored, base) {
        let bytes = Array(text[token.range])
        if seen.contains(bytes) { continue }
        seen.append(bytes)
        sum += min(0.01, exp(token.logProbability ?? .nan) * -own)
      }
      return sum / Double(seen.count)
    default: return lowest(values)
    }
  }

  /// The mean of the lowest fifth.
  private static func lowest(_ values: [Double]) -> Double {
    var lowest: [Double] = []
    var left = values
    for _ in 0..<max(1, values.count / 5) {
      guard let place = left.indices.min(by: { left[$0] < left[$1] }) else { break }
      lowest.append(left.remove(at: place))
    }
    return lowest.reduce(0, +) / Double(lowest.count)
  }
}

extension SimulatedStudy {
  /// The scored tokens of a record; none where there are none.
  func tokens(of record: CorpusRecord, in answers: [Probe: [Subject: Outcome<Observation>]])
    -> [TokenScore]
  {
    guard case .measured(.likelihood(let tokens)) = answers[.recordLikelihood]?[.record(record.id)]
    else { return [] }
    return tokens
  }
}

extension StudyResult {
  /// The scores that ask the records as they are; `Records that are asked in other ways` tests the
  /// others.
  var ofRecordsAlone: [MembershipResult] {
    membership.filter { $0.needs.isDisjoint(with: [.furtherQuestions, .nextTokenRows]) }
  }
}
