// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// A study protocol as a file: `protocol.yaml`.
///
/// ``parse(_:path:kinds:)`` reads what ``render(_:)`` writes back to the same value. Of a file that
/// somebody wrote by hand, `version` and `kinds` must be there; every other key that is left out has
/// the value that the standard protocol has.
public enum ProtocolFile {
  /// The version of the format that is written.
  public static let version = StudyProtocol.Edition.second.rawValue

  /// Names of keys in protocols that studies of earlier versions hold.
  static let renamed = [
    "families": "kinds", "ladder": "repetition-levels", "dose": "repetitions",
    "coined": "randomized", "doses": "levels", "canaries-per-dose": "canaries-per-level",
    "hold-out-records": "non-member-records",
  ]

  /// Reads the protocol of a new study. Every key must be known and every value inside its range.
  ///
  /// - Parameters:
  ///   - path: the file as it stands in messages.
  ///   - kinds: the kinds that may be named; `nil` leaves that to the drawing of canaries.
  /// - Throws: ``CoalmineError`` (exit `badConfiguration`) with file and line, and what is allowed;
  ///   `protocol-older` for one by the rules of the first edition, under which nothing can pass.
  public static func parse(_ bytes: [UInt8], path: String, kinds: [String]? = nil)
    throws(CoalmineError) -> StudyProtocol
  {
    let table = try table(bytes, path: path)
    let version = try table.required("version")
    switch try edition(version) {
    case .first:
      throw version.source.error(
        "protocol-older", line: version.line,
        "'version' is 1: by its rules no study can pass any more",
        help: "write a new protocol with 'coalmine plan', and copy your values into it")
    case .second: return try second(table, kinds: kinds)
    }
  }

  /// Whether a protocol names a key, so that its value is not the standard one.
  ///
  ///     try ProtocolFile.states("non-member-records", bytes, path: "protocol.yaml")
  ///
  /// - Throws: ``CoalmineError`` as ``parse(_:path:kinds:)`` does for a file that is no protocol.
  public static func states(_ key: String, _ bytes: [UInt8], path: String) throws(CoalmineError)
    -> Bool
  {
    try table(bytes, path: path)[key] != nil
  }

  /// Reads the protocol that a study keeps, of any edition.
  ///
  /// - Throws: ``CoalmineError`` (exit `badConfiguration`) with file and line.
  public static func parse(stored bytes: [UInt8]) throws(CoalmineError) -> StudyProtocol {
    let table = try table(bytes, path: "the study's protocol")
    return switch try edition(table.required("version")) {
    case .first: try first(table)
    case .second: try second(table, kinds: nil)
    }
  }

  private static func table(_ bytes: [UInt8], path: String) throws(CoalmineError) -> YAMLTable {
    let source = FileSource(path: path, exit: .badConfiguration)
    return try YAMLValue(file: bytes, in: source).table(
      [
        "version", "kinds", "target", "repetition-levels", "controls", "references",
        "base-references", "decision", "primary-test", "gates", "decoding", "non-member-records",
        "retrieval", "forced-choice", "copies", "contexts", "held-out-contexts", "pairs",
      ], renamed: renamed)
  }

  private static func edition(_ version: YAMLValue) throws(CoalmineError)
    -> StudyProtocol.Edition
  {
    guard let edition = StudyProtocol.Edition(rawValue: try version.integer(in: 1...Int.max)) else {
      throw version.error(
        "protocol-newer", "is not \(Self.version), the version that is written now")
    }
    return edition
  }

  /// A protocol with the four components.
  private static func second(_ table: YAMLTable, kinds: [String]?) throws(CoalmineError)
    -> StudyProtocol
  {
    if let old = table["primary-test"] {
      throw old.error("yaml-unknown-key", "is a key of version 1; version 2 has 'decision'")
    }
    var study = StudyProtocol.standard(kinds: try named(table.required("kinds"), kinds))
    if let target = try table["target"]?.table(["repetitions", "randomized"], renamed: renamed) {
      try target.read("repetitions") { value throws(CoalmineError) in
        study.targetRepetitions = try value.integer(in: ProtocolRange.repetitions)
      }
      try target.read("randomized") { value throws(CoalmineError) in
        study.randomized = try value.integer(in: ProtocolRange.randomized)
      }
    }
    let target = study.targetRepetitions
    study.repetitionLevels.levels.removeAll { $0 <= target }
    if study.repetitionLevels.levels.isEmpty { study.repetitionLevels.canariesPerLevel = 0 }
    try table.read("repetition-levels") { value throws(CoalmineError) in
      study.repetitionLevels = try repetitionLevels(value, above: target)
    }
    if let controls = try table["controls"]?.table(["canaries", "repetitions"]) {
      try controls.read("canaries") { value throws(CoalmineError) in
        study.controls.canaries = try value.integer(in: ProtocolRange.controls)
      }
      try controls.read("repetitions") { value throws(CoalmineError) in
        study.controls.repetitions = try value.integer(in: ProtocolRange.repetitions)
      }
    }
    try table.read("references") { value throws(CoalmineError) in
      study.references = try value.integer(in: ProtocolRange.references)
    }
    try table.read("base-references") { value throws(CoalmineError) in
      study.baseReferences = try value.truth()
    }
    try table.read("contexts") { value throws(CoalmineError) in
      study.contexts = try value.choice(StudyProtocol.Contexts.self)
    }
    try table.read("held-out-contexts") { value throws(CoalmineError) in
      study.heldOutContexts = try heldOutContexts(value, study.contexts)
    }
    let weights = study.contexts.weights(heldOut: study.heldOutContexts)
    study.decision.weights = weights
    try table.read("decision") { value throws(CoalmineError) in
      study.decision = try DecisionReading.decision(value, weights)
    }
    study.gates = [.verbatim(at: target)]
    try table.read("gates") { value throws(CoalmineError) in
      study.gates = try gates(value, levels: [target] + study.repetitionLevels.levels)
    }
    if let decoding = try table["decoding"]?.table(["samples", "default-samples"]) {
      try decoding.read("samples") { value throws(CoalmineError) in
        study.decoding.samples = try value.integer(in: ProtocolRange.samples)
      }
      try decoding.read("default-samples") { value throws(CoalmineError) in
        study.decoding.defaultSamples = try value.integer(in: ProtocolRange.samples)
      }
    }
    try table.read("non-member-records") { value throws(CoalmineError) in
      study.nonMemberRecords = try value.integer(in: ProtocolRange.nonMemberRecords)
    }
    try table.read("retrieval") { value throws(CoalmineError) in
      study.retrieval = try retrieval(value, randomized: study.randomized)
    }
    try table.read("forced-choice") { value throws(CoalmineError) in
      study.forcedChoice = try forcedChoice(value, references: study.references)
    }
    try table.read("copies") { value throws(CoalmineError) in
      study.copies = try value.choice(StudyProtocol.Copies.self)
    }
    try table.read("pairs") { value throws(CoalmineError) in
      study.pairs = try value.choice(StudyProtocol.Pairs.self)
    }
    return study
  }

  private static func heldOutContexts(
    _ value: YAMLValue, _ contexts: StudyProtocol.Contexts
  ) throws(CoalmineError) -> StudyProtocol.HeldOutContexts {
    let heldOut = try value.choice(StudyProtocol.HeldOutContexts.self)
    guard heldOut == .absent || contexts == .grafted else {
      throw value.error(
        "planted-without-grafted-contexts",
        "needs 'contexts: grafted': contexts that are sentences are alike, trained or not")
    }
    return heldOut
  }

  /// How many texts a forced choice shows.
  private static func forcedChoice(_ value: YAMLValue, references: Int) throws(CoalmineError) -> Int
  {
    let texts = try value.integer(in: 0...ForcedChoice.texts.upperBound)
    guard texts == 0 || ForcedChoice.texts.contains(texts), texts <= references + 1 else {
      throw value.error(
        "choice-too-large",
        "is \(texts), and a forced choice shows a secret and at least one reference, and no more than "
          + "the \(references) that the protocol draws")
    }
    return texts
  }

  private static func retrieval(_ value: YAMLValue, randomized: Int) throws(CoalmineError)
    -> StudyProtocol.Retrieval
  {
    let table = try value.table(["possible", "index-only"])
    let isPossible = try table.required("possible").truth()
    var retrieval = StudyProtocol.Retrieval(isPossible: isPossible)
    guard let number = table["index-only"] else { return retrieval }
    retrieval.indexOnly = try number.integer(in: ProtocolRange.randomized)
    guard isPossible || retrieval.indexOnly == 0 else {
      throw number.error(
        "index-without-retrieval", "needs 'possible: true': without retrieval there is no index")
    }
    let least = StudyProtocol.Retrieval.least(randomized: randomized)
    guard retrieval.indexOnly == 0 || retrieval.indexOnly >= least else {
      throw number.error(
        "index-too-small",
        "is \(retrieval.indexOnly), and half as many as 'randomized' are needed, \(least): with fewer a "
          + "look-up could be missed that is taken for a leak")
    }
    return retrieval
  }

  /// A protocol whose only component is the coin; every key stands in it.
  private static func first(_ table: YAMLTable) throws(CoalmineError) -> StudyProtocol {
    let target = try table.required("target").table(
      ["repetitions", "randomized"], renamed: renamed)
    let repetitions = try target.required("repetitions").integer(in: ProtocolRange.repetitions)
    let levels = try repetitionLevels(table.required("repetition-levels"), above: repetitions)
    let controls = try table.required("controls").table(
      ["canaries", "repetitions"], renamed: renamed)
    let decoding = try table.required("decoding").table(["samples", "default-samples"])
    return StudyProtocol(
      edition: .first, kinds: try named(table.required("kinds"), nil),
      targetRepetitions: repetitions,
      randomized: try target.required("randomized").integer(in: ProtocolRange.randomized),
      repetitionLevels: levels,
      controls: StudyProtocol.Controls(
        canaries: try controls.required("canaries").integer(in: ProtocolRange.controls),
        repetitions: try controls.required("repetitions").integer(in: ProtocolRange.repetitions)),
      references: try table.required("references").integer(in: ProtocolRange.references),
      decision: try DecisionReading.primaryTest(table.required("primary-test")),
      gates: try gates(table.required("gates"), levels: [repetitions] + levels.levels),
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

  private static func gates(_ value: YAMLValue, levels: [Int]) throws(CoalmineError) -> [Gate] {
    var gates: [Gate] = []
    for element in try value.list() {
      let table = try element.table(["measure", "repetitions", "limit"], renamed: renamed)
      let measure = try table.required("measure").choice(Gate.Measure.self)
      // Without repetitions a gate stands at the target.
      var repetitions = levels[0]
      if let value = table["repetitions"] {
        repetitions = try value.integer(in: ProtocolRange.repetitions)
        let allowed = measure.isCount ? [levels[0]] : levels
        guard allowed.contains(repetitions) else {
          throw value.error(
            "gate-without-level",
            measure.isCount
              ? "is \(repetitions); this gate stands at the target repetitions, \(levels[0])"
              : "is \(repetitions), which is no repetition level of this study: "
                + levels.map(String.init).joined(separator: ", "))
        }
      }
      guard !gates.contains(where: { $0.measure == measure && $0.repetitions == repetitions })
      else {
        throw element.error(
          "gate-twice",
          "limit '\(measure.rawValue)' at \(repetitions) repetitions twice; drop one")
      }
      let limit =
        measure.isCount
        ? Double(try table.required("limit").integer(in: ProtocolRange.randomized))
        : try table.required("limit").number("at least 0 and below 1") { $0 >= 0 && $0 < 1 }
      gates.append(Gate(measure: measure, repetitions: repetitions, limit: limit))
    }
    return gates
  }
}

/// What the whole numbers of a protocol may be.
enum ProtocolRange {
  static let repetitions = 1...10_000
  static let randomized = 0...100_000
  static let perLevel = 0...10_000
  static let controls = 0...10_000
  static let references = 1...1_000_000
  static let permutations = 99...10_000_000
  static let samples = 0...100_000
  static let nonMemberRecords = 0...10_000_000
}
