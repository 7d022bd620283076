// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The bytes of an observation, the column `body`; the first byte tells what follows.
enum ObservationForm {
  static func encode(_ outcome: Outcome<Observation>) -> [UInt8] {
    var writer = BinaryWriter()
    switch outcome {
    case .measured(.likelihood(let tokens)):
      let isBounded = tokens.contains(where: \.isUpperBound)
      let isListed = tokens.contains { $0.alternatives != nil }
      writer.append(UInt8(isListed ? 7 : isBounded ? 4 : 0))
      for token in tokens {
        writer.append(UInt32(clamping: token.range.lowerBound))
        writer.append(UInt32(clamping: token.range.upperBound))
        // The bit pattern of a NaN stands for "none given"; a NaN itself never gets this far.
        writer.append(token.logProbability?.bitPattern ?? UInt64.max)
        guard isBounded || isListed else { continue }
        writer.append(UInt8((token.isUpperBound ? 1 : 0) + (token.alternatives == nil ? 0 : 2)))
        guard let alternatives = token.alternatives else { continue }
        for value in [
          alternatives.moments.mean, alternatives.moments.variance, alternatives.moments.residual,
        ] { writer.append(value) }
      }
    case .measured(.rankTrail(let trail)):
      let isUsual = trail.rowError == RankTrail.leastRowError
      writer.append(UInt8(isUsual ? 3 : 5))
      if !isUsual { writer.append(trail.rowError) }
      writer.append(trail.logProbability)
      writer.append(trail.tieEpsilon)
      writer.append(UInt32(clamping: trail.budget))
      writer.append(UInt32(clamping: trail.batch))
      for step in trail.steps {
        writer.append(counted: step.path)
        writer.append(UInt32(step.choices.count))
        for (symbol, value) in step.choices.sorted(by: { $0.key < $1.key }) {
          writer.append(UInt32(clamping: symbol))
          writer.append(value)
        }
      }
    case .measured(.completions(let texts)):
      let listsTokens = texts.contains { !$0.steps.isEmpty }
      writer.append(UInt8(listsTokens ? 6 : 1))
      for text in texts {
        writer.append(counted: Array(text.ending.rawValue.utf8))
        writer.append(counted: text.text)
        if listsTokens { WrittenTokenForm.append(text.steps, to: &writer) }
      }
    case .measured(.choice(let choice)):
      writer.append(UInt8(8))
      writer.append(UInt32(clamping: choice.place))
      for probability in choice.probabilities { writer.append(probability) }
    case .notMeasurable(let reason), .censored(let reason), .failed(let reason):
      writer.append(UInt8(2))
      writer.append(counted: Array(reason.slug.utf8))
      writer.append(counted: Array(reason.evidence.utf8))
    }
    return writer.bytes
  }

  static func decode(status: String, _ bytes: [UInt8]) -> Outcome<Observation>? {
    var reader = BinaryReader(bytes)
    let kind = reader.integer(UInt8.self)
    guard (status == "measured") == [0, 1, 3, 4, 5, 6, 7, 8].contains(kind) else { return nil }
    switch kind {
    case 0, 4, 7:
      var tokens: [TokenScore] = []
      while !reader.isAtEnd {
        guard let lower = reader.integer(UInt32.self), let upper = reader.integer(UInt32.self),
          let pattern = reader.integer(UInt64.self), lower <= upper
        else { return nil }
        let value = pattern == UInt64.max ? nil : Double(bitPattern: pattern)
        let flags = kind == 0 ? 0 : reader.integer(UInt8.self)
        guard value?.isNaN != true, let flags, flags <= (kind == 7 ? 3 : 1) else { return nil }
        let alternatives = flags & 2 == 0 ? nil : alternatives(&reader)
        guard flags & 2 == 0 || alternatives != nil else { return nil }
        tokens.append(
          TokenScore(
            range: Int(lower)..<Int(upper), logProbability: value, isUpperBound: flags & 1 == 1,
            alternatives: alternatives))
      }
      return .measured(.likelihood(tokens))
    case 1, 6:
      var texts: [Completion] = []
      while !reader.isAtEnd {
        guard let ending = reader.counted(), let text = reader.counted(),
          let known = Completion.Ending(rawValue: String(decoding: ending, as: UTF8.self))
        else { return nil }
        guard kind == 6 else {
          texts.append(Completion(text: text, ending: known))
          continue
        }
        guard let steps = WrittenTokenForm.read(&reader) else { return nil }
        texts.append(Completion(text: text, ending: known, steps: steps))
      }
      return .measured(.completions(texts))
    case 2:
      guard let slug = reader.counted(), let evidence = reader.counted(), reader.isAtEnd else {
        return nil
      }
      let reason = Reason(
        String(decoding: slug, as: UTF8.self), String(decoding: evidence, as: UTF8.self))
      switch status {
      case "not-measurable": return .notMeasurable(reason)
      case "censored": return .censored(reason)
      case "failed": return .failed(reason)
      default: return nil
      }
    case 3, 5:
      return rankTrail(&reader, holdsError: kind == 5).map { .measured(.rankTrail($0)) }
    case 8: return choice(&reader).map { .measured(.choice($0)) }
    default: return nil
    }
  }

  private static func choice(_ reader: inout BinaryReader) -> ForcedChoice? {
    guard let place = reader.integer(UInt32.self) else { return nil }
    var probabilities: [Double] = []
    while !reader.isAtEnd {
      guard let pattern = reader.integer(UInt64.self) else { return nil }
      probabilities.append(Double(bitPattern: pattern))
    }
    return ForcedChoice(place: Int(place), probabilities: probabilities)
  }

  private static func alternatives(_ reader: inout BinaryReader) -> ListedAlternatives? {
    let values = (0..<3).compactMap { _ in
      reader.integer(UInt64.self).map(Double.init(bitPattern:))
    }
    guard values.count == 3,
      let moments = try? NextTokenMoments(
        mean: values[0], variance: values[1], residual: values[2])
    else { return nil }
    return ListedAlternatives(moments: moments)
  }

  private static func rankTrail(_ reader: inout BinaryReader, holdsError: Bool) -> RankTrail? {
    func double() -> Double? {
      reader.integer(UInt64.self).map(Double.init(bitPattern:)).flatMap { $0.isNaN ? nil : $0 }
    }
    guard let error = holdsError ? double() : RankTrail.leastRowError, error > 0,
      let own = double(), let epsilon = double(), let budget = reader.integer(UInt32.self),
      let batch = reader.integer(UInt32.self)
    else { return nil }
    var trail = RankTrail(
      logProbability: own, tieEpsilon: epsilon, budget: Int(budget), batch: Int(batch),
      rowError: error)
    while !reader.isAtEnd {
      guard let path = reader.counted(), let count = reader.integer(UInt32.self) else { return nil }
      var choices: [Int: Double] = [:]
      for _ in 0..<count {
        guard let symbol = reader.integer(UInt32.self), let value = double() else { return nil }
        choices[Int(symbol)] = value
      }
      trail.steps.append(RankTrail.Step(path: path, choices: choices))
    }
    return trail
  }
}
