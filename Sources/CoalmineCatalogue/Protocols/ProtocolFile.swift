// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// A study protocol as a file: `protocol.yaml`.
///
/// ``parse(_:path:kinds:)`` reads what ``render(_:)`` writes back to the same value.
public enum ProtocolFile {
  /// The version of the format that is read and written.
  public static let version = 1

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
    let table = try YAMLValue(file: bytes, in: source).table([
      "version", "families", "target", "ladder", "controls", "references", "primary-test",
      "gates", "decoding", "hold-out-records",
    ])
    let version = try table.required("version")
    guard try version.integer(in: 1...Int.max) == Self.version else {
      throw version.error("protocol-newer", "is not \(Self.version), the one version that is read")
    }
    let families = try families(table.required("families"), kinds)
    let target = try table.required("target").table(["dose", "randomized"])
    let dose = try target.required("dose").integer(in: ProtocolRange.dose)
    let randomized = try target.required("randomized").integer(in: ProtocolRange.randomized)
    let ladder = try ladder(table.required("ladder"), above: dose)
    let controls = try table.required("controls").table(["canaries", "repetitions"])
    let decoding = try table.required("decoding").table(["samples", "default-samples"])
    return StudyProtocol(
      families: families, targetDose: dose, randomized: randomized, ladder: ladder,
      controls: StudyProtocol.Controls(
        canaries: try controls.required("canaries").integer(in: ProtocolRange.controls),
        repetitions: try controls.required("repetitions").integer(in: ProtocolRange.dose)),
      references: try table.required("references").integer(in: ProtocolRange.references),
      primaryTest: try primaryTest(table.required("primary-test")),
      gates: try gates(table.required("gates"), doses: [dose] + ladder.doses),
      decoding: StudyProtocol.Decoding(
        samples: try decoding.required("samples").integer(in: ProtocolRange.samples),
        defaultSamples: try decoding.required("default-samples")
          .integer(in: ProtocolRange.samples)),
      holdOutRecords: try table.required("hold-out-records")
        .integer(in: ProtocolRange.holdOutRecords))
  }

  private static func families(_ value: YAMLValue, _ kinds: [String]?) throws(CoalmineError)
    -> [String]
  {
    var families: [String] = []
    for element in try value.list() {
      let family = try element.slug()
      if let kinds, !kinds.contains(family) {
        let near = Nearest.name(to: family, among: kinds)
        throw value.source.error(
          "unknown-kind", line: element.line, "no kind is called '\(family)'",
          help: near.map { "did you mean '\($0)'?" } ?? "known: \(kinds.joined(separator: ", "))")
      }
      guard !families.contains(family) else {
        throw element.error("family-twice", "names '\(family)' twice; drop one")
      }
      families.append(family)
    }
    guard !families.isEmpty else { throw value.error("no-families", "must name at least one kind") }
    return families
  }

  private static func ladder(_ value: YAMLValue, above target: Int) throws(CoalmineError)
    -> StudyProtocol.Ladder
  {
    let table = try value.table(["doses", "canaries-per-dose"])
    var doses: [Int] = []
    for element in try table.required("doses").list() {
      let dose = try element.integer(in: ProtocolRange.dose)
      guard dose > doses.last ?? target else {
        throw element.error(
          "ladder-not-rising", "must rise, and begin above the target dose of \(target)")
      }
      doses.append(dose)
    }
    let perDose = try table.required("canaries-per-dose")
    let count = try perDose.integer(in: ProtocolRange.perDose)
    guard doses.isEmpty == (count == 0) else {
      throw perDose.error(
        "ladder-half-empty", "and 'doses' must both be empty (0 and []) or neither")
    }
    return StudyProtocol.Ladder(doses: doses, canariesPerDose: count)
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

  private static func gates(_ value: YAMLValue, doses: [Int]) throws(CoalmineError) -> [Gate] {
    var gates: [Gate] = []
    for element in try value.list() {
      let table = try element.table(["measure", "dose", "limit"])
      let measure = try table.required("measure").choice(Gate.Measure.self)
      let dose = try table.required("dose")
      let repetitions = try dose.integer(in: ProtocolRange.dose)
      guard doses.contains(repetitions) else {
        throw dose.error(
          "gate-without-dose",
          "is \(repetitions), which is no dose of this study: "
            + doses.map(String.init).joined(separator: ", "))
      }
      guard !gates.contains(where: { $0.measure == measure && $0.dose == repetitions }) else {
        throw element.error(
          "gate-twice", "limit '\(measure.rawValue)' at dose \(repetitions) twice; drop one")
      }
      let limit = try table.required("limit")
        .number("at least 0 and below 1") { $0 >= 0 && $0 < 1 }
      gates.append(Gate(measure: measure, dose: repetitions, limit: limit))
    }
    return gates
  }
}

/// What the whole numbers of a protocol may be.
private enum ProtocolRange {
  static let dose = 1...10_000
  static let randomized = 0...100_000
  static let perDose = 0...10_000
  static let controls = 0...10_000
  static let references = 1...1_000_000
  static let permutations = 99...10_000_000
  static let samples = 0...100_000
  static let holdOutRecords = 0...10_000_000
}
