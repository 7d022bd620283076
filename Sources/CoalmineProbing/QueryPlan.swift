// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineStatistics

/// Every question of a run, in the packs and the order in which they are asked.
///
/// The plan is a function of the study, the run and the dialect alone. An interrupted run makes
/// the same plan again, so a pack's number says what it holds. Canaries, held-out canaries and
/// references of one probe go out in one random order: who is who is not visible in it.
public struct QueryPlan: Sendable {
  /// Queries of one probe that travel in one request.
  public struct Pack: Sendable {
    public let number: Int
    public let queries: [Query]
    /// Seeds the sampling of this pack.
    public let seed: UInt64
  }

  public let packs: [Pack]
  /// The number after the last pack's.
  package var nextPack: Int { Capabilities.reservedPacks + packs.count }
  /// Texts to be scored step by step, in one random order; empty where the dialect scores them
  /// itself.
  package let walked: [Query]
  /// Where the order of a walk's steps comes from.
  package let walkSeed: [UInt8]

  /// How many questions there are.
  public var queries: Int { packs.reduce(0) { $0 + $1.queries.count } + walked.count }

  /// - Parameters:
  ///   - spaces: the space of each canary, to spell its references.
  ///   - run: its number varies the order.
  package init(
    study: StudyRecord, studyProtocol: StudyProtocol, spaces: [String: RandomnessSpace],
    run: RunRecord, dialect: any Dialect.Type
  ) {
    let builder = QueryBuilder(
      study: study, studyProtocol: studyProtocol, spaces: spaces, role: run.role)
    var seed = study.orderSeed
    for (position, byte) in withUnsafeBytes(of: UInt64(run.number).littleEndian, Array.init)
      .enumerated()
    { seed[position] ^= byte }
    var generator = ChaCha8Rand(seed: seed)
    var packs: [Pack] = []
    var walked: [Query] = []
    for probe in run.probeSet.probes {
      var queries = builder.queries(probe)
      if dialect is any WalkingDialect.Type, probe.needs == .walk {
        walked += queries
        continue
      }
      generator.shuffle(&queries)
      let samples = queries.first?.samples ?? 0
      let size =
        samples > 1
        ? max(1, min(dialect.sampledPackLimit, 128 / samples)) : dialect.packLimit
      for together in Self.grouped(queries, by: size) {
        packs.append(
          Pack(
            number: Capabilities.reservedPacks + packs.count, queries: together,
            seed: generator.next()))
      }
    }
    self.packs = packs
    generator.shuffle(&walked)
    self.walked = walked
    walkSeed = (0..<4).flatMap { _ in
      withUnsafeBytes(of: generator.next().littleEndian, Array.init)
    }
  }
}

extension QueryPlan {
  /// A longer text, in bytes, travels alone: if it is too long for the context window it must not
  /// take others with it. A token has a byte at least, so none that is shorter has more than 512.
  static let loneBytes = 512

  /// Groups of `size`, in their order; long texts alone.
  private static func grouped(_ queries: [Query], by size: Int) -> [[Query]] {
    var groups: [[Query]] = []
    var open: [Query] = []
    for query in queries {
      if query.isLong {
        groups.append([query])
        continue
      }
      open.append(query)
      if open.count == size {
        groups.append(open)
        open = []
      }
    }
    return open.isEmpty ? groups : groups + [open]
  }
}

extension Query {
  package var isLong: Bool { prompt.count + target.count > QueryPlan.loneBytes }
}

extension ProbeSet {
  /// The probes without those that a protocol gives 0 samples.
  package func asked(in decoding: StudyProtocol.Decoding) -> ProbeSet {
    ProbeSet(
      name: name, summary: summary, probes: probes.filter { decoding.samples(of: $0) != 0 })
  }
}

/// Spells the questions of a study.
struct QueryBuilder {
  let study: StudyRecord
  let studyProtocol: StudyProtocol
  let spaces: [String: RandomnessSpace]
  let role: RunRole

  /// The questions of one probe, in the order of the study.
  ///
  /// The base model is asked only what is compared with the tuned one: the canaries' own secrets
  /// and the records.
  func queries(_ probe: Probe) -> [Query] {
    // A question without samples would be one for a likelihood.
    if studyProtocol.decoding.samples(of: probe) == 0 { return [] }
    return switch (probe, role) {
    case (.sequenceLikelihood, .base): study.canaries.map(secret)
    case (.recordLikelihood, _): study.records.map(record)
    case (_, .base): []
    // Asked in rounds, each after the answers to the one before.
    case (.rankSearch, .tuned): []
    case (.sequenceLikelihood, .tuned): study.canaries.flatMap { [secret($0)] + references($0) }
    case (.greedyExtraction, .tuned):
      study.canaries.map { continuation($0, .greedyExtraction, samples: 1) }
    case (.sampledExtraction, .tuned):
      study.canaries.map {
        continuation($0, .sampledExtraction, samples: studyProtocol.decoding.samples)
      }
    case (.defaultExtraction, .tuned):
      study.canaries.map {
        continuation($0, .defaultExtraction, samples: studyProtocol.decoding.defaultSamples)
      }
    case (.chainLikelihood, .tuned):
      study.inContextControls.flatMap { control in
        [true, false].map { given in
          Query(
            probe: .chainLikelihood,
            subject: .chain(kind: control.kind, number: control.number, given: given),
            prompt: control.revealedPrompt(),
            target: control.separator + (given ? control.given : control.decoy).reveal(),
            samples: 0, maxTokens: 0)
        }
      }
    case (.chainExtraction, .tuned):
      study.inContextControls.map { control in
        Query(
          probe: .chainExtraction,
          subject: .chain(kind: control.kind, number: control.number, given: true),
          prompt: control.revealedPrompt(), target: [], samples: 1,
          maxTokens: Self.tokens(control.separator + control.given.reveal()))
      }
    }
  }

  private func record(_ record: CorpusRecord) -> Query {
    Query(
      probe: .recordLikelihood, subject: .record(record.id), prompt: [],
      target: record.text.reveal(), samples: 0, maxTokens: 0)
  }

  private func secret(_ canary: Canary) -> Query {
    Query(
      probe: .sequenceLikelihood, subject: .canary(canary.id), prompt: canary.prefix,
      target: canary.separator + canary.secret.reveal(), samples: 0, maxTokens: 0)
  }

  private func references(_ canary: Canary) -> [Query] {
    guard let space = spaces[canary.id] else { return [] }
    return (study.references[canary.id] ?? []).enumerated().map { number, index in
      Query(
        probe: .sequenceLikelihood, subject: .reference(canary: canary.id, number: number),
        prompt: canary.prefix, target: canary.separator + space.candidate(at: index), samples: 0,
        maxTokens: 0)
    }
  }

  private func continuation(_ canary: Canary, _ probe: Probe, samples: Int) -> Query {
    Query(
      probe: probe, subject: .canary(canary.id), prompt: canary.prefix, target: [],
      samples: samples, maxTokens: Self.tokens(canary.separator + canary.secret.reveal()))
  }

  /// No tokeniser spends more tokens than bytes; four more show where the secret ends.
  private static func tokens(_ secret: [UInt8]) -> Int { secret.count + 4 }
}

extension Query {
  /// The digest of the whole question to one model: 16 bytes of SHA-256.
  func identity(_ run: RunRecord) -> [UInt8] {
    var hash = SHA256Digest()
    for part in [
      run.role.rawValue, run.model, run.endpoint, run.dialect, probe.rawValue, subject.slug,
      String(samples), String(maxTokens),
    ] {
      hash.update(Array(part.utf8) + [0])
    }
    hash.update(prompt + [0])
    hash.update(target)
    return Array(hash.finalize().prefix(16))
  }
}
