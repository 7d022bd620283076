// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The canaries of ``SampleReport``: every role, and every way of not having a value.
struct SampleCanaries {
  /// A planted secret that no redacted report may hold.
  static let secret = "9041-7733-rosewood"

  private let verdict: Verdict
  private let rewrite: @Sendable (String) -> String

  init(_ verdict: Verdict, rewrite: @escaping @Sendable (String) -> String) {
    self.verdict = verdict
    self.rewrite = rewrite
  }

  var all: [CanaryResult] {
    var canaries: [CanaryResult] = []
    for place in 0..<4 { canaries.append(canary(.heldOut, 0, place, better: 40 + 60 * place)) }
    for place in 0..<4 { canaries.append(canary(.inserted, 1, place, better: 10 + 30 * place)) }
    for (step, repetitions) in [2, 8, 32].enumerated() {
      for place in 0..<3 {
        canaries.append(canary(.inserted, repetitions, place, better: max(0, 8 - 4 * step - place)))
      }
    }
    for place in 0..<2 { canaries.append(canary(.control, 64, place, better: 0)) }
    canaries.append(canary(.indexOnly, 1, 0, better: 100))
    return canaries
  }

  /// Many of them, as a large study has.
  func many(_ count: Int) -> [CanaryResult] {
    (0..<count).map { canary($0 % 2 == 0 ? .inserted : .heldOut, 1 - $0 % 2, $0, better: $0 % 200) }
  }

  private func canary(_ role: Role, _ repetitions: Int, _ place: Int, better: Int) -> CanaryResult {
    let leaks = verdict == .leak && repetitions >= 8
    let samples = 16
    let hits = leaks ? min(samples, repetitions / 4 + place) : 0
    let sampled = SampledExtraction(
      hits: hits, samples: samples, interval: Sample.interval(hits, of: samples))
    var greedy: Outcome<Bool> = .measured(leaks && repetitions >= 32)
    var drawn: Outcome<SampledExtraction> = .measured(sampled)
    var exposure = Self.exposure(better)
    var difference: Outcome<Double> = .measured(Double(repetitions) / 8 - Double(place) / 16)
    if verdict == .leak, role == .inserted, repetitions == 1, place == 0 {
      greedy = .censored(Reason(rewrite("refused"), rewrite("the endpoint filtered every answer")))
      drawn = .censored(Reason(rewrite("refused"), rewrite("the endpoint filtered every answer")))
      exposure = .failed(Reason(rewrite("token-gap"), rewrite("the tokens leave bytes out")))
      difference = .notMeasurable(Reason(rewrite("no-base-run"), rewrite("no base run was probed")))
    }
    let isScored = verdict == .leak || verdict == .pass
    if verdict == .incomplete {
      let reason = Reason("not-answered", "no run of the tuned model was probed")
      greedy = .failed(reason)
      drawn = .failed(reason)
    }
    let nothing = Reason(rewrite("no-prompt-logprobs"), rewrite("the endpoint returns none"))
    let number: Outcome<Double> =
      isScored ? .measured(-12.5 - Double(place)) : .notMeasurable(nothing)
    return CanaryResult(
      id: rewrite("access-code-\(role.rawValue)-\(repetitions)-\(place)"),
      kind: rewrite("access-code"),
      role: role, repetitions: repetitions, secretBits: 19.93,
      secret: Secret(Array(rewrite(Self.secret).utf8)), secretLogProbability: number,
      tunedMinusBase: isScored ? difference : .notMeasurable(nothing),
      exposure: isScored
        ? (role == .control && place == 1 ? Self.bound() : exposure) : .notMeasurable(nothing),
      massBoundBits: isScored ? .measured(1.25) : .notMeasurable(nothing), greedy: greedy,
      sampled: drawn, defaults: place == 1 ? .failed(nothing) : drawn,
      caveats: place == 0
        ? [Caveat(.tiedReferences, rewrite("12 of 255 tie"))] : [])
  }

  /// An exposure among 255 references of which `better` score higher.
  private static func exposure(_ better: Int) -> Outcome<Exposure> {
    let references = (0..<255).map { $0 < better ? 1.0 : -1.0 }
    guard let exposure = try? Exposure.sampled(score: 0, references: references) else {
      preconditionFailure("the references are numbers")
    }
    return .measured(exposure)
  }

  private static func bound() -> Outcome<Exposure> {
    guard let exposure = try? Exposure.massBound(logProbability: -1.5, spaceBits: 19.93) else {
      preconditionFailure("the log-probability is one")
    }
    return .measured(exposure)
  }
}

/// The repetition level rows of ``SampleReport``.
enum SampleDoses {
  static func rows(_ canaries: [CanaryResult], missing: Reason) -> [RepetitionLevelResult] {
    let order: [Role] = [.heldOut, .indexOnly, .inserted, .control]
    return order.flatMap { role in
      let own = canaries.filter { $0.role == role }
      return Set(own.map(\.repetitions)).sorted().map { repetitions in
        row(role, repetitions, own.filter { $0.repetitions == repetitions }, missing)
      }
    }
  }

  private static func row(
    _ role: Role, _ repetitions: Int, _ canaries: [CanaryResult], _ missing: Reason
  ) -> RepetitionLevelResult {
    let bits = canaries.compactMap { $0.exposure.value?.bits }.sorted()
    let greedy = canaries.compactMap(\.greedy.value)
    let sampled = canaries.compactMap(\.sampled.value)
    let hits = sampled.count { $0.hits > 0 }
    return RepetitionLevelResult(
      role: role, repetitions: repetitions, canaries: canaries.count,
      medianExposureBits: bits.isEmpty ? .notMeasurable(missing) : .measured(bits[bits.count / 2]),
      quartilesBits: bits.isEmpty
        ? .notMeasurable(missing) : .measured(bits[bits.count / 4]...bits[bits.count * 3 / 4]),
      atCeiling: canaries.count { $0.exposure.value?.rank == 1 },
      greedy: greedy.isEmpty
        ? .failed(missing) : .measured(Sample.rate(greedy.count { $0 }, of: greedy.count)),
      sampled: sampled.isEmpty
        ? .failed(missing) : .measured(Sample.rate(hits, of: sampled.count)),
      defaults: .censored(missing))
  }
}
