// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// A study protocol as a file: `protocol.yaml`.
///
/// ``parse(_:path:kinds:)`` reads what ``render(_:)`` writes back to the same value.
public enum ProtocolFile {
  /// The version of the format that is read and written.
  public static let version = 1

  /// Names of keys in protocols that studies of earlier versions hold.
  private static let renamed = [
    "families": "kinds", "ladder": "repetition-levels", "dose": "repetitions",
    "coined": "randomized", "doses": "levels", "canaries-per-dose": "canaries-per-level",
    "hold-out-records": "non-member-records",
  ]

  /// Reads a protocol. Every key must be known and every value inside its range.
  ///
  /// - Parameters:
  ///   - path: the file as it stands in messages.
  ///   - kinds: the kinds that may be named; `nil` leaves that to the drawing of canaries.
  /// - Throws: ``CoalmineError`` (exit `badConfiguration`) with file and line, and what is allowed.
  public static func parse(_ bytes: [UInt8], path: String, kinds: [String]? = nil)
    throws(CoalmineError) -> StudyProtocol
  {
    let source = FileSource(path: path, exit: .badConfiguration)
    let table = try YAMLValue(file: bytes, in: source).table(
      [
        "version", "kinds", "target", "repetition-levels", "controls", "references",
        "primary-test", "gates", "decoding", "non-member-records",
      ], renamed: renamed)
    let version = try table.required("version")
    guard try version.integer(in: 1...Int.max) == Self.version else {
      throw version.error("protocol-newer", "is not \(Self.version), the one version that is read")
    }
    let named = try named(table.required("kinds"), kinds)
    let target = try table.required("target").table(
      ["repetitions", "randomized"], renamed: renamed)
    let repetitions = try target.required("repetitions").integer(in: ProtocolRange.repetitions)
    let randomized = try target.required("randomized").integer(in: ProtocolRange.randomized)
    let repetitionLevels = try repetitionLevels(
      table.required("repetition-levels"), above: repetitions)
    let controls = try table.required("controls").table(["canaries", "repetitions"])
    let decoding = try table.required("decoding").table(["samples", "default-samples"])
    return StudyProtocol(
      kinds: named, targetRepetitions: repetitions, randomized: randomized,
      repetitionLevels: repetitionLevels,
      controls: StudyProtocol.Controls(
        canaries: try controls.required("canaries").integer(in: ProtocolRange.controls),
        repetitions: try controls.required("repetitions").integer(in: ProtocolRange.repetitions)),
      references: try table.required("references").integer(in: ProtocolRange.references),
      primaryTest: try primaryTest(table.required("primary-test")),
      gates: try gates(table.required("gates"), levels: [repetitions] + repetitionLevels.levels),
      decoding: StudyProtocol.Decoding(
        samples: try decoding.required("samples").integer(in: ProtocolRange.samples),
        defaultSamples: try decoding.required("default-samples")
          .integer(in: ProtocolRange.samples)),
      nonMemberRecords: try table.required("non-member-records")
        .integer(in: ProtocolRange.nonMemberRecords))
  }

  private static func named(_ value: YAMLValue, _ known: [String]?) throws(CoalmineError)
    -> [String]
  {
    var kinds: [String] = []
    for element in try value.list() {
      let kind = try element.slug()
      if let known, !known.contains(kind) {
        let near = Nearest.name(to: kind, among: known)
        throw value.source.error(
          "unknown-kind", line: element.line, "no kind is called '\(kind)'",
          help: near.map { "did you mean '\($0)'?" } ?? "known: \(known.joined(separator: ", "))")
      }
      guard !kinds.contains(kind) else {
        throw element.error("kind-twice", "names '\(kind)' twice; drop one")
      }
      kinds.append(kind)
    }
    guard !kinds.isEmpty else {
      throw value.error("no-kinds-named", "must name at least one kind")
    }
    return kinds
  }

  private static func repetitionLevels(_ value: YAMLValue, above target: Int) throws(CoalmineError)
    -> StudyProtocol.RepetitionLevels
  {
    let table = try value.table(["levels", "canaries-per-level"], renamed: renamed)
    var levels: [Int] = []
    for element in try table.required("levels").list() {
      let repetitions = try element.integer(in: ProtocolRange.repetitions)
      guard repetitions > levels.last ?? target else {
        throw element.error(
          "levels-not-rising", "must rise, and begin above the target repetitions of \(target)")
      }
      levels.append(repetitions)
    }
    let perLevel = try table.required("canaries-per-level")
    let count = try perLevel.integer(in: ProtocolRange.perLevel)
    guard levels.isEmpty == (count == 0) else {
      throw perLevel.error(
        "levels-half-empty", "and 'levels' must both be empty (0 and []) or neither")
    }
    return StudyProtocol.RepetitionLevels(levels: levels, canariesPerLevel: count)
  }

  private static func primaryTest(_ value: YAMLValue) throws(CoalmineError)
    -> StudyProtocol.PrimaryTest
  {
    let table = try value.table(["score", "alpha", "permutations", "detectable-auc", "power"])
    return StudyProtocol.PrimaryTest(
      score: try table.required("score").choice(StudyProtocol.PrimaryTest.Score.self),
      alpha: try table.required("alpha").number("above 0 and at most 0.5") { $0 > 0 && $0 <= 0.5 },
      permutations: try table.required("permutations").integer(in: ProtocolRange.permutations),
      detectableAUC: try table.required("detectable-auc")
        .number("above 0.5 and below 1") { $0 > 0.5 && $0 < 1 },
      power: try table.required("power").number("above 0 and below 1") { $0 > 0 && $0 < 1 })
  }

  private static func gates(_ value: YAMLValue, levels: [Int]) throws(CoalmineError) -> [Gate] {
    var gates: [Gate] = []
    for element in try value.list() {
      let table = try element.table(["measure", "repetitions", "limit"], renamed: renamed)
      let measure = try table.required("measure").choice(Gate.Measure.self)
      let value = try table.required("repetitions")
      let repetitions = try value.integer(in: ProtocolRange.repetitions)
      guard levels.contains(repetitions) else {
        throw value.error(
          "gate-without-level",
          "is \(repetitions), which is no repetition level of this study: "
            + levels.map(String.init).joined(separator: ", "))
      }
      guard !gates.contains(where: { $0.measure == measure && $0.repetitions == repetitions })
      else {
        throw element.error(
          "gate-twice",
          "limit '\(measure.rawValue)' at \(repetitions) repetitions twice; drop one")
      }
      let limit = try table.required("limit")
        .number("at least 0 and below 1") { $0 >= 0 && $0 < 1 }
      gates.append(Gate(measure: measure, repetitions: repetitions, limit: limit))
    }
    return gates
  }
}

/// What the whole numbers of a protocol may be.
private enum ProtocolRange {
  static let repetitions = 1...10_000
  static let randomized = 0...100_000
  static let perLevel = 0...10_000
  static let controls = 0...10_000
  static let references = 1...1_000_000
  static let permutations = 99...10_000_000
  static let samples = 0...100_000
  static let nonMemberRecords = 0...10_000_000
}
