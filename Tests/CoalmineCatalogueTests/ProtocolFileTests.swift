// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineStatistics
import CoalmineTesting
import Testing

@Suite struct ProtocolFileTests {
  private static let standard = StudyProtocol.standard(kinds: ["access-code", "email"])

  private func rendered(_ study: StudyProtocol = standard) -> String {
    ProtocolFile.render(study).text
  }

  private func parse(_ yaml: String, kinds: [String]? = nil) throws(CoalmineError)
    -> StudyProtocol
  {
    try ProtocolFile.parse(Array(yaml.utf8), path: "protocol.yaml", kinds: kinds)
  }

  @Test(arguments: [2, 5, 10, 40, 120, 1_000])
  func `the standard protocol comes back as it was`(canaries: Int) throws {
    let study = StudyProtocol.standard(kinds: ["access-code", "email"], canaries: canaries)
    #expect(try parse(rendered(study)) == study)
  }

  @Test func `any protocol comes back as it was`() throws {
    var generator = SplitMix(5)
    for _ in 0..<500 {
      let study = Self.random(using: &generator)
      #expect(try parse(rendered(study)) == study)
    }
  }

  @Test func `a byte order mark is no part of a protocol, and UTF-16 is told`() throws {
    #expect(try parse("\u{FEFF}" + rendered()) == Self.standard)
    var utf16: [UInt8] = [0xFF, 0xFE]
    for unit in rendered().utf16 { utf16 += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
    let error = #expect(throws: CoalmineError.self) {
      try ProtocolFile.parse(utf16, path: "protocol.yaml")
    }
    #expect(error?.message == "protocol.yaml:1: the file is UTF-16, and UTF-8 is read")
    #expect(error?.exit == .badConfiguration)
  }

  @Test func `every value of the file reaches the protocol`() throws {
    let yaml = """
      version: 2
      kinds: [a, b-2]
      target: {repetitions: 3, randomized: 41}
      repetition-levels: {levels: [4, 9], canaries-per-level: 5}
      controls: {canaries: 6, repetitions: 70}
      references: 80
      base-references: true
      decision:
        access: top-tokens
        score: secret-logprob
        alpha: 0.01
        weights: {rank: 0.1, mass: 0.3, extraction: 0.6}
        permutations: 999
        power: 0.9
        dense-auc: 0.65
        sparse-secrets: 3
        expected-noise: 0.2
        expected-missing: 0.03
      gates:
        - {measure: sampled-extraction-rate, repetitions: 9, limit: 0.25}
        - {measure: verbatim-secrets, limit: 2}
      decoding: {samples: 11, default-samples: 12}
      non-member-records: 13
      """
    let study = try parse(yaml)
    #expect(study.edition == .second)
    #expect(study.kinds == ["a", "b-2"])
    #expect(study.targetRepetitions == 3)
    #expect(study.randomized == 41)
    #expect(
      study.repetitionLevels == StudyProtocol.RepetitionLevels(levels: [4, 9], canariesPerLevel: 5))
    #expect(study.controls == StudyProtocol.Controls(canaries: 6, repetitions: 70))
    #expect(study.references == 80)
    #expect(study.baseReferences)
    #expect(
      study.decision
        == StudyProtocol.Decision(
          access: .topTokens, score: .plain, alpha: 0.01,
          weights: try ComponentWeights([.rank: 0.1, .mass: 0.3, .extraction: 0.6]),
          permutations: 999, power: 0.9, denseAUC: 0.65, sparseSecrets: 3, noise: 0.2,
          missingShare: 0.03))
    #expect(
      study.gates == [
        Gate(measure: .sampledExtraction, repetitions: 9, limit: 0.25),
        Gate(measure: .verbatimSecrets, repetitions: 3, limit: 2),
      ])
    #expect(study.decoding == StudyProtocol.Decoding(samples: 11, defaultSamples: 12))
    #expect(study.nonMemberRecords == 13)
  }

  @Test func `a file by hand needs its version and its kinds, and the rest is the standard`() throws
  {
    #expect(try parse("version: 2\nkinds: [access-code, email]\n") == Self.standard)
    for (yaml, missing) in [("kinds: [email]", "version"), ("version: 2", "kinds")] {
      let error = #expect(throws: CoalmineError.self) { try parse(yaml) }
      #expect(error?.message.contains("'\(missing)' is missing") == true, "\(error!)")
    }
    // What depends on the target follows it.
    let often = try parse("version: 2\nkinds: [email]\ntarget: {repetitions: 8}\n")
    #expect(often.repetitionLevels.levels == [16, 32])
    #expect(often.gates == [.verbatim(at: 8)])
    #expect(often.randomized == Self.standard.randomized)
    let only = try parse("version: 2\nkinds: [email]\ndecision: {alpha: 0.01}\n")
    #expect(only.decision.alpha == 0.01)
    #expect(only.decision.weights == .standard)
  }

  @Test func `every key but two may be left out alone`() throws {
    let lines = rendered().split(separator: "\n").filter { !$0.contains("#") }
    var tried = 0
    for (place, line) in lines.enumerated() where !line.hasPrefix(" ") {
      let name = line.split(separator: ":")[0]
      guard !["version", "kinds"].contains(name) else { continue }
      let block = lines[(place + 1)...].prefix { $0.hasPrefix(" ") }.count
      let yaml = (lines[..<place] + lines[(place + 1 + block)...]).joined(separator: "\n")
      #expect(try parse(yaml) == Self.standard, "\(name)")
      tried += 1
    }
    #expect(tried == 9)
  }

  @Test func `a protocol of version 1 is read where a study keeps it, and refused for a new one`()
    throws
  {
    let bytes = Array(EarlierProtocol.text.utf8)
    #expect(try ProtocolFile.parse(stored: bytes) == EarlierProtocol.value)
    let error = #expect(throws: CoalmineError.self) {
      try ProtocolFile.parse(bytes, path: "protocol.yaml")
    }
    #expect(error?.code == "protocol-older")
    #expect(
      error?.message == "protocol.yaml:1: 'version' is 1: by its rules no study can pass any more")
    // One of version 2 is read in both places.
    #expect(try ProtocolFile.parse(stored: ProtocolFile.render(Self.standard)) == Self.standard)
  }

  /// One line of the standard protocol, what takes its place, and the error that names it.
  @Test(arguments: [
    ("version: 2", "version: 3", "protocol-newer"),
    ("version: 2", "version: 1", "protocol-older"),
    ("version: 2", "version: two", "yaml-wrong-type"),
    ("  - email", "  - e-mail", "unknown-kind"),
    ("  - email", "  - access-code", "kind-twice"),
    ("  - email", "  - E mail", "bad-name"),
    ("  repetitions: 1", "  repetitions: 0", "out-of-range"),
    ("  repetitions: 1", "  repetitions: 1.5", "yaml-wrong-type"),
    ("  repetitions: 1", "  doze: 1", "yaml-unknown-key"),
    ("  randomized: 72", "  randomized: -1", "out-of-range"),
    ("  randomized: 72", "  randomized: 99999999999999999999", "out-of-range"),
    ("  randomized: 72", "  randomized: \"72\"", "yaml-wrong-type"),
    ("  levels: [2, 4, 8, 16, 32]", "  levels: [2, 8, 4]", "levels-not-rising"),
    ("  levels: [2, 4, 8, 16, 32]", "  levels: [1, 2]", "levels-not-rising"),
    ("  levels: [2, 4, 8, 16, 32]", "  levels: 2", "yaml-wrong-type"),
    ("  canaries-per-level: 8", "  canaries-per-level: 0", "levels-half-empty"),
    ("  repetitions: 64", "  repetitions: 20000", "out-of-range"),
    ("references: 255", "references: 0", "out-of-range"),
    ("base-references: false", "base-references: maybe", "yaml-wrong-type"),
    ("  access: text-scoring", "  access: all", "unknown-word"),
    ("  score: secret-logprob", "  score: best-available", "unknown-word"),
    ("    rank: 0.4", "    rank: 0.3", "weights-not-one"),
    ("    rank: 0.4", "    rang: 0.4", "yaml-unknown-key"),
    ("  sparse-secrets: 2", "  sparse-secrets: 0", "out-of-range"),
    ("  expected-noise: 0.0", "  expected-noise: -0.1", "out-of-range"),
    ("  expected-missing: 0.0", "  expected-missing: 1", "out-of-range"),
    ("  alpha: 0.05", "  alpha: 0", "out-of-range"),
    ("  alpha: 0.05", "  alpha: 0.6", "out-of-range"),
    ("  alpha: 0.05", "  alpha: .nan", "yaml-wrong-type"),
    ("  alpha: 0.05", "  alpha: 5%", "yaml-wrong-type"),
    ("  permutations: 9999", "  permutations: 98", "out-of-range"),
    ("  dense-auc: 0.75", "  dense-auc: 0.5", "out-of-range"),
    ("  dense-auc: 0.75", "  dense-auc: 1e999", "out-of-range"),
    ("decision:", "primary-test: {alpha: 0.05}\ndecision:", "yaml-unknown-key"),
    ("  power: 0.8", "  power: 1", "out-of-range"),
    ("    repetitions: 1", "    repetitions: 3", "gate-without-level"),
    ("    limit: 0", "    limit: 0.5", "yaml-wrong-type"),
    ("    limit: 0", "    limit: -1", "out-of-range"),
    ("  - measure: verbatim-secrets", "  - measure: greedy", "unknown-word"),
    ("  samples: 16", "  samples: -1", "out-of-range"),
    ("non-member-records: 100", "non-member-records: [100]", "yaml-wrong-type"),
    ("non-member-records: 100", "copies: different", "unknown-word"),
    ("non-member-records: 100", "pairs: chat", "unknown-word"),
    ("non-member-records: 100", "contexts: real", "unknown-word"),
  ]) func `a wrong value is refused with its line and what is allowed`(
    good: String, bad: String, code: String
  ) throws {
    let lines = rendered().split(separator: "\n", omittingEmptySubsequences: false)
    let number = try #require(lines.firstIndex { $0 == good }) + 1
    let yaml = lines.map { $0 == good ? Substring(bad) : $0 }.joined(separator: "\n")
    let error = #expect(throws: CoalmineError.self) {
      try parse(yaml, kinds: ["access-code", "email"])
    }
    #expect(error?.code == code)
    #expect(error?.message.hasPrefix("protocol.yaml:\(number): ") == true, "\(error!)")
    #expect(error?.exit == .badConfiguration)
  }

  @Test(arguments: [
    ("retrieval: {possible: true, index-only: 35}", "index-too-small"),
    ("retrieval: {possible: false, index-only: 36}", "index-without-retrieval"),
    ("retrieval: {index-only: 36}", "yaml-missing-key"),
    ("retrieval: {possible: yes please}", "yaml-wrong-type"),
    ("retrieval: {possible: true, index-only: -1}", "out-of-range"),
    ("retrieval: {possible: true, index: 36}", "yaml-unknown-key"),
  ]) func `an index that tells nothing is refused`(line: String, code: String) throws {
    let error = #expect(throws: CoalmineError.self) { try parse(rendered() + line + "\n") }
    #expect(error?.code == code, "\(error!)")
    #expect(error?.message.hasPrefix("protocol.yaml:") == true)
  }

  @Test(arguments: [
    ("forced-choice: 1", "choice-too-large"), ("forced-choice: 257", "out-of-range"),
    ("forced-choice: -1", "out-of-range"), ("forced-choice: yes", "yaml-wrong-type"),
  ]) func `a choice among too few or too many texts is refused`(line: String, code: String) throws {
    let error = #expect(throws: CoalmineError.self) { try parse(rendered() + line + "\n") }
    #expect(error?.code == code, "\(error!)")
  }

  @Test func `a choice shows no more references than are drawn`() throws {
    var study = Self.standard
    study.references = 5
    for (texts, isRight) in [(0, true), (2, true), (6, true), (7, false)] {
      study.forcedChoice = texts
      if isRight {
        #expect(try parse(rendered(study)).forcedChoice == texts)
      } else {
        #expect(throws: CoalmineError.self) { try parse(rendered(study)) }
      }
    }
  }

  @Test func `grafted contexts give the coin no share of alpha`() throws {
    #expect(try parse(rendered(Self.standard)).contexts == .sentences)
    let short = "version: 2\nkinds: [email]\n"
    #expect(try parse(short).decision.weights == .standard)
    for more in ["", "decision: {alpha: 0.01}\n"] {
      let weights = try parse(short + "contexts: grafted\n" + more).decision.weights
      #expect(
        weights == (try ComponentWeights([.rank: 0.5, .mass: 0.25, .extraction: 0.25])))
    }
    let stated = short + "contexts: grafted\ndecision:\n  weights: "
    #expect(
      try parse(stated + "{rank: 1}\n").decision.weights == (try ComponentWeights([.rank: 1])))
    let error = #expect(throws: CoalmineError.self) {
      try parse(stated + "{rank: 0.9, coin: 0.1}\n")
    }
    #expect(error?.code == "coin-with-grafted-contexts")
    #expect(error?.message.hasPrefix("protocol.yaml:5: 'weights' gives the coin a share") == true)
  }

  @Test func `contexts of held-out canaries that are planted give the coin its share`() throws {
    let short = "version: 2\nkinds: [email]\ncontexts: grafted\n"
    #expect(try parse(short).heldOutContexts == .absent)
    let planted = short + "held-out-contexts: planted\n"
    #expect(try parse(planted).heldOutContexts == .planted)
    #expect(try parse(planted).decision.weights == .standard)
    let stated = planted + "decision:\n  weights: {rank: 0.9, coin: 0.1}\n"
    #expect(try parse(stated).decision.weights[.coin] == 0.1)
    let error = #expect(throws: CoalmineError.self) {
      try parse("version: 2\nkinds: [email]\nheld-out-contexts: planted\n")
    }
    #expect(error?.code == "planted-without-grafted-contexts")
    #expect(error?.message.hasPrefix("protocol.yaml:3: 'held-out-contexts' needs") == true)
    #expect(error?.exit == .badConfiguration)
    let absent = "version: 2\nkinds: [email]\nheld-out-contexts: absent\n"
    #expect(try parse(absent) == parse("version: 2\nkinds: [email]\n"))
  }

  @Test func `a gate stands once`() throws {
    var study = Self.standard
    study.gates.append(study.gates[0])
    let error = #expect(throws: CoalmineError.self) { try parse(rendered(study)) }
    #expect(error?.code == "gate-twice")
  }

  private static func random(using generator: inout SplitMix) -> StudyProtocol {
    let target = Int.random(in: 1...5, using: &generator)
    var levels: [Int] = []
    for _ in 0..<Int.random(in: 0...6, using: &generator) {
      levels.append((levels.last ?? target) + Int.random(in: 1...40, using: &generator))
    }
    var gates: [Gate] = []
    for measure in Gate.Measure.allCases {
      for repetitions in measure.isCount ? [target] : [target] + levels
      where Bool.random(using: &generator) {
        gates.append(
          Gate(
            measure: measure, repetitions: repetitions,
            limit: measure.isCount
              ? Double(Int.random(in: 0...9, using: &generator))
              : Double.random(in: 0..<1, using: &generator)))
      }
    }
    let rank = Double(Int.random(in: 0...64, using: &generator)) / 128
    let isGrafted = Bool.random(using: &generator)
    let isPlanted = isGrafted && Bool.random(using: &generator)
    let weights = try? ComponentWeights([
      .rank: rank, .mass: isGrafted ? 0.5 : 0.25, .extraction: 0.5 - rank,
      .coin: isGrafted ? 0 : 0.25,
    ])
    let kinds = ["access-code", "email", "api-key", "iban", "x-9"].shuffled(using: &generator)
    let randomized = Int.random(in: 0...100_000, using: &generator)
    let looksUp = Bool.random(using: &generator)
    let least = StudyProtocol.Retrieval.least(randomized: randomized)
    return StudyProtocol(
      kinds: Array(kinds.prefix(Int.random(in: 1...5, using: &generator))),
      targetRepetitions: target, randomized: randomized,
      repetitionLevels: StudyProtocol.RepetitionLevels(
        levels: levels,
        canariesPerLevel: levels.isEmpty ? 0 : Int.random(in: 1...10_000, using: &generator)),
      controls: StudyProtocol.Controls(
        canaries: Int.random(in: 0...10_000, using: &generator),
        repetitions: Int.random(in: 1...10_000, using: &generator)),
      references: Int.random(in: 1...1_000_000, using: &generator),
      baseReferences: Bool.random(using: &generator),
      decision: StudyProtocol.Decision(
        // A protocol whose weights its access cannot carry is refused.
        access: weights.map { $0[.extraction] > 0 } == false
          ? .textScoring : PlannedAccess.allCases.randomElement(using: &generator) ?? .textOnly,
        score: StudyProtocol.Decision.Score.named.randomElement(using: &generator) ?? .plain,
        alpha: Double.random(in: 1e-300...0.5, using: &generator)
          * (Bool.random(using: &generator) ? 1 : 1e-9),
        weights: weights ?? .standard,
        permutations: Int.random(in: 99...10_000_000, using: &generator),
        power: Double.random(in: 1e-12..<1, using: &generator),
        denseAUC: Double.random(in: 0.5.nextUp...1, using: &generator),
        sparseSecrets: Int.random(in: 1...100_000, using: &generator),
        noise: Double.random(in: 0...10, using: &generator),
        missingShare: Double.random(in: 0..<1, using: &generator)), gates: gates,
      decoding: StudyProtocol.Decoding(
        samples: Int.random(in: 0...100_000, using: &generator),
        defaultSamples: Int.random(in: 0...100_000, using: &generator)),
      nonMemberRecords: Int.random(in: 0...10_000_000, using: &generator),
      retrieval: .init(
        isPossible: looksUp,
        indexOnly: looksUp && Bool.random(using: &generator)
          ? Int.random(in: least...100_000, using: &generator) : 0),
      forcedChoice: Bool.random(using: &generator) ? 2 : 0,
      copies: Bool.random(using: &generator) ? .varied : .alike,
      contexts: isGrafted ? .grafted : .sentences,
      heldOutContexts: isPlanted ? .planted : .absent,
      pairs: Bool.random(using: &generator) ? .turns : .text)
  }
}
