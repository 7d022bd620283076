// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineTesting

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Two models on the same canaries and records, each with its own gains.
struct PairedStudy {
  var earlier: SimulatedStudy
  var later: SimulatedStudy

  /// What a model knows of the inserted secrets.
  struct Model {
    /// Nats that an inserted secret gains.
    var gain = 0.0
    /// How many inserted secrets the model writes.
    var written = 0
    /// Nats per token that member records gain.
    var recordGain = 0.0
  }

  init(
    _ plan: SimulatedStudy.Plan, _ earlier: Model = Model(), _ later: Model = Model(), seed: UInt64
  ) {
    let drawn = SimulatedStudy(plan, seed: seed)
    self.earlier = Self.asked(drawn, earlier, SplitMix(2 &* seed &+ 1_000_003))
    self.later = Self.asked(drawn, later, SplitMix(2 &* seed &+ 1_000_004))
  }

  func compared(_ margin: Comparison.Margin = .init()) -> Comparison {
    Comparison(earlier.evidence, later.evidence, margin: margin)
  }

  /// The canaries that are compared, by id.
  var inserted: [Canary] {
    earlier.canaries.filter { $0.randomized && $0.role == .inserted }.sorted { $0.id < $1.id }
  }

  /// The same draw with answers of another model.
  private static func asked(_ drawn: SimulatedStudy, _ model: Model, _ start: SplitMix)
    -> SimulatedStudy
  {
    var study = drawn
    var chance = start
    var written = model.written
    for canary in drawn.canaries {
      let isInserted = canary.role == .inserted && canary.randomized
      let middle = -canary.bits * log(2.0) + 2 * chance.normal()
      study.answerSecret(
        canary, middle + 1.5 * chance.normal() + (isInserted ? model.gain : 0), &chance)
      let end = canary.prefix.count + 1 + canary.secret.reveal().count
      for reference in 0..<drawn.studyProtocol.references {
        study.tuned[.sequenceLikelihood]?[.reference(canary: canary.id, number: reference)] =
          .measured(
            .likelihood(
              SimulatedStudy.tokens(
                min(-0.01, middle + 1.5 * chance.normal()), from: canary.prefix.count, to: end,
                &chance)))
      }
      let writes = isInserted && written > 0
      if writes { written -= 1 }
      let other = Array("nobody knows".utf8)
      for (probe, count) in [
        (Probe.greedyExtraction, 1), (.sampledExtraction, drawn.studyProtocol.decoding.samples),
        (.defaultExtraction, drawn.studyProtocol.decoding.defaultSamples),
      ] {
        study.tuned[probe]?[.canary(canary.id)] = .measured(
          .completions(
            (0..<count).map { _ in
              Completion(
                text: [0x20] + (writes ? canary.secret.reveal() : other) + [0x2E], ending: .stop)
            }))
      }
    }
    for record in drawn.records {
      guard
        case .measured(.likelihood(let tokens))? = drawn.tuned[.recordLikelihood]?[
          .record(record.id)]
      else { continue }
      let gained = record.membership == .member ? model.recordGain : 0
      study.tuned[.recordLikelihood]?[.record(record.id)] = .measured(
        .likelihood(
          tokens.enumerated().map { place, token in
            TokenScore(
              range: token.range,
              logProbability: place == 0 ? nil : min(-0.001, -4 + chance.normal() + gained))
          }))
    }
    return study
  }
}
