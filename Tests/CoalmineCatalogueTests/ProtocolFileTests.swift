// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
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
      version: 1
      kinds: [a, b-2]
      target: {repetitions: 3, randomized: 41}
      repetition-levels: {levels: [4, 9], canaries-per-level: 5}
      controls: {canaries: 6, repetitions: 70}
      references: 80
      primary-test:
        score: secret-logprob
        alpha: 0.01
        permutations: 999
        detectable-auc: 0.65
        power: 0.9
      gates:
        - {measure: sampled-extraction-rate, repetitions: 9, limit: 0.25}
      decoding: {samples: 11, default-samples: 12}
      non-member-records: 13
      """
    let study = try parse(yaml)
    #expect(study.kinds == ["a", "b-2"])
    #expect(study.targetRepetitions == 3)
    #expect(study.randomized == 41)
    #expect(
      study.repetitionLevels == StudyProtocol.RepetitionLevels(levels: [4, 9], canariesPerLevel: 5))
    #expect(study.controls == StudyProtocol.Controls(canaries: 6, repetitions: 70))
    #expect(study.references == 80)
    #expect(
      study.primaryTest
        == StudyProtocol.PrimaryTest(
          score: .secretLogProbability, alpha: 0.01, permutations: 999, detectableAUC: 0.65,
          power: 0.9))
    #expect(study.gates == [Gate(measure: .sampledExtraction, repetitions: 9, limit: 0.25)])
    #expect(study.decoding == StudyProtocol.Decoding(samples: 11, defaultSamples: 12))
    #expect(study.nonMemberRecords == 13)
  }

  /// One line of the standard protocol, what takes its place, and the error that names it.
  @Test(arguments: [
    ("version: 1", "version: 2", "protocol-newer"),
    ("version: 1", "version: one", "yaml-wrong-type"),
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
    ("  score: best-available", "  score: best", "unknown-word"),
    ("  alpha: 0.05", "  alpha: 0", "out-of-range"),
    ("  alpha: 0.05", "  alpha: 0.6", "out-of-range"),
    ("  alpha: 0.05", "  alpha: .nan", "yaml-wrong-type"),
    ("  alpha: 0.05", "  alpha: 5%", "yaml-wrong-type"),
    ("  permutations: 9999", "  permutations: 98", "out-of-range"),
    ("  detectable-auc: 0.7", "  detectable-auc: 0.5", "out-of-range"),
    ("  detectable-auc: 0.7", "  detectable-auc: 1e999", "out-of-range"),
    ("  power: 0.8", "  power: 1", "out-of-range"),
    ("    repetitions: 1", "    repetitions: 3", "gate-without-level"),
    ("    limit: 0.15", "    limit: 1", "out-of-range"),
    ("  - measure: greedy-extraction-rate", "  - measure: greedy", "unknown-word"),
    ("  samples: 16", "  samples: -1", "out-of-range"),
    ("non-member-records: 100", "non-member-records: [100]", "yaml-wrong-type"),
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

  @Test func `every missing key is named`() throws {
    let lines = rendered().split(separator: "\n").filter { !$0.contains("#") }
    let keys = lines.filter { $0.contains(": ") && !$0.contains("- ") }
    #expect(keys.count >= 15)
    for key in keys {
      let yaml = lines.filter { $0 != key }.joined(separator: "\n")
      let name = key.split(separator: ":")[0].trimmingPrefix { $0 == " " }
      let error = #expect(throws: CoalmineError.self) { try parse(yaml) }
      // A gate without its limit, a test without its power: the block is named by its line.
      #expect(error?.message.contains("'\(name)' is missing") == true, "\(key): \(error!)")
    }
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
      for repetitions in [target] + levels where Bool.random(using: &generator) {
        gates.append(
          Gate(
            measure: measure, repetitions: repetitions,
            limit: Double.random(in: 0..<1, using: &generator)))
      }
    }
    let kinds = ["access-code", "email", "api-key", "iban", "x-9"].shuffled(using: &generator)
    return StudyProtocol(
      kinds: Array(kinds.prefix(Int.random(in: 1...5, using: &generator))),
      targetRepetitions: target, randomized: Int.random(in: 0...100_000, using: &generator),
      repetitionLevels: StudyProtocol.RepetitionLevels(
        levels: levels,
        canariesPerLevel: levels.isEmpty ? 0 : Int.random(in: 1...10_000, using: &generator)),
      controls: StudyProtocol.Controls(
        canaries: Int.random(in: 0...10_000, using: &generator),
        repetitions: Int.random(in: 1...10_000, using: &generator)),
      references: Int.random(in: 1...1_000_000, using: &generator),
      primaryTest: StudyProtocol.PrimaryTest(
        score: StudyProtocol.PrimaryTest.Score.allCases.randomElement(using: &generator) ?? .best,
        alpha: Double.random(in: 1e-300...0.5, using: &generator)
          * (Bool.random(using: &generator) ? 1 : 1e-9),
        permutations: Int.random(in: 99...10_000_000, using: &generator),
        detectableAUC: Double.random(in: 0.5.nextUp..<1, using: &generator),
        power: Double.random(in: 1e-12..<1, using: &generator)), gates: gates,
      decoding: StudyProtocol.Decoding(
        samples: Int.random(in: 0...100_000, using: &generator),
        defaultSamples: Int.random(in: 0...100_000, using: &generator)),
      nonMemberRecords: Int.random(in: 0...10_000_000, using: &generator))
  }
}
