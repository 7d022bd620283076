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
      recited: recited(role, repetitions, place),
      caveats: place == 0
        ? [Caveat(.tiedReferences, rewrite("12 of 255 tie"))] : [])
  }

  /// Of a study that leaks; of the others the provider says nothing.
  private func recited(_ role: Role, _ repetitions: Int, _ place: Int) -> RecitedReplies? {
    switch verdict {
    case .incomplete: nil
    case .leak where role == .inserted && repetitions >= 8:
      RecitedReplies(withheld: 2 * place, marked: repetitions / 32, replies: 33)
    case .leak where role == .heldOut && place == 3:
      RecitedReplies(withheld: 0, marked: 1, replies: 33)
    default: RecitedReplies(withheld: 0, marked: 0, replies: 33)
    }
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
    let greedy = canaries.compactMap(\.greedy.value)
    let sampled = canaries.compactMap(\.sampled.value)
    let hits = sampled.count { $0.hits > 0 }
    let groups = groups(canaries.compactMap(\.exposure.value))
    let several = Reason("ceilings-differ", "the exposures have several ceilings")
    let only = groups.count == 1 ? groups.first : nil
    return RepetitionLevelResult(
      role: role, repetitions: repetitions, canaries: canaries.count,
      medianExposureBits: only.map { .measured($0.median.bits) }
        ?? .notMeasurable(groups.isEmpty ? missing : several),
      quartilesBits: only.map { .measured($0.firstQuartile.bits...$0.thirdQuartile.bits) }
        ?? .notMeasurable(groups.isEmpty ? missing : several),
      atCeiling: canaries.count { $0.exposure.value?.interval.upper.isInfinite == true },
      exposures: groups,
      greedy: greedy.isEmpty
        ? .failed(missing) : .measured(Sample.rate(greedy.count { $0 }, of: greedy.count)),
      sampled: sampled.isEmpty
        ? .failed(missing) : .measured(Sample.rate(hits, of: sampled.count)),
      defaults: .censored(missing))
  }

  /// By ceiling; an exposure at the ceiling of its references is at least that.
  private static func groups(_ exposures: [Exposure]) -> [ExposureGroup] {
    Dictionary(grouping: exposures, by: \.ceilingBits).sorted { $0.key < $1.key }.map {
      ceiling, own in
      let bits = own.map(\.bits).sorted()
      func quantile(_ place: Int) -> ExposureGroup.Quantile {
        .init(bits: bits[place], isLowerBound: bits[place] == ceiling)
      }
      return ExposureGroup(
        ranking: own[0].references > 0 ? .references : .candidates, ceilingBits: ceiling,
        canaries: own.count, median: quantile(bits.count / 2),
        firstQuartile: quantile(bits.count / 4), thirdQuartile: quantile(bits.count * 3 / 4))
    }
  }

  /// A curve for all kinds and one for a kind without levels; comparisons of all four names.
  static func doseResponse(_ verdict: Verdict, missing: Reason) -> [DoseResponseResult] {
    guard verdict == .leak || verdict == .pass else {
      return [DoseResponseResult(kind: nil, curve: .notMeasurable(missing))]
    }
    typealias Level = DoseResponseResult.Level
    let levels = [
      Level(repetitions: 0, canaries: 4, meanBits: 1.3, fittedBits: 1.3, isLowerBound: false),
      Level(repetitions: 1, canaries: 4, meanBits: 1.9, fittedBits: 1.9, isLowerBound: false),
      Level(repetitions: 32, canaries: 3, meanBits: 7.9, fittedBits: 7.9, isLowerBound: true),
    ]
    func curve(_ threshold: Outcome<DoseResponseResult.Threshold>) -> DoseResponseResult.Curve {
      .init(
        canaries: 11, censored: 3, ceilingBits: 8, levels: levels, rSquared: 0.71, pValue: 0.001,
        threshold: threshold)
    }
    return [
      DoseResponseResult(
        kind: nil,
        curve: .measured(
          curve(.measured(.init(bits: 4, repetitions: 32, lower: 2, upper: nil))))),
      DoseResponseResult(kind: "access-code", curve: .measured(curve(.notMeasurable(missing)))),
      DoseResponseResult(
        kind: "hex-token",
        curve: .notMeasurable(Reason("too-few-levels", "a curve needs three exposures"))),
    ]
  }

  /// Curves of both decodings; one group without a value, one without a chance.
  static func budgets(_ verdict: Verdict, missing: Reason) -> [ExtractionBudget] {
    guard verdict == .leak || verdict == .pass else {
      return [
        ExtractionBudget(
          decoding: .sampled, role: .inserted, repetitions: 1, canaries: 4, curve: .failed(missing))
      ]
    }
    func points(_ shares: [Double], chance: Double?, of canaries: Int) -> [ExtractionBudget.Point] {
      zip([1, 2, 4, 8, 16], shares).map { samples, share in
        .init(
          samples: samples, canaries: samples == 16 ? canaries - 1 : canaries, share: share,
          interval: Sample.mean(share, of: canaries), chance: chance.map { $0 * Double(samples) })
      }
    }
    let rising = verdict == .leak ? [0.15, 0.25, 0.4, 0.62, 1] : [0, 0, 0, 0, 0]
    return [
      ExtractionBudget(
        decoding: .sampled, role: .heldOut, repetitions: 0, canaries: 4,
        curve: .measured(points([0, 0, 0, 0, 0], chance: 1e-6, of: 4))),
      ExtractionBudget(
        decoding: .sampled, role: .inserted, repetitions: 1, canaries: 4,
        curve: .measured(points(rising, chance: 1e-6, of: 4))),
      ExtractionBudget(
        decoding: .sampled, role: .inserted, repetitions: 8, canaries: 3, curve: .censored(missing)),
      ExtractionBudget(
        decoding: .defaults, role: .inserted, repetitions: 1, canaries: 4,
        curve: .measured(points([0.125], chance: nil, of: 4))),
    ]
  }

  static func comparisons(_ verdict: Verdict, missing: Reason) -> [RateComparison] {
    RateComparison.Name.allCases.map { name in
      guard verdict == .leak, name != .defaultsInserted else {
        return RateComparison(name: name, outcome: .failed(missing))
      }
      let isPaired = name == .greedySampled
      return RateComparison(
        name: name,
        outcome: .measured(
          .init(
            test: isPaired ? .mcNemarExact : .fisherExact, first: Sample.rate(3, of: 13),
            second: Sample.rate(isPaired ? 6 : 0, of: isPaired ? 13 : 4),
            discordant: isPaired ? .init(onlyFirst: 0, onlySecond: 3) : nil,
            pValue: isPaired ? 0.25 : 0.420_6)))
    }
  }
}
