// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What a provider takes as a file of training data.
public struct TuningLimit: Sendable, Equatable {
  /// As people call it: `OpenAI`.
  public let provider: String
  /// The dialects in which a model that was tuned there is asked, without options.
  public let dialects: [String]
  /// What a record may be: `messages`, `prompt-completion`, `preference`, `text`, each with the fields that
  /// it must have after a colon, or with any fields; empty where nothing is known.
  public let shapes: [String]
  /// Records of a file.
  public let fewest: Int?
  public let most: Int?
  /// Bytes of a file.
  public let largestBytes: Int64?
  /// The day on which the source was read, `2026-11-28`.
  public let seen: String
  /// The page that says so.
  public let source: String

  /// What a seeded corpus breaks, one sentence each with the figure, its day and its page.
  ///
  ///     limit.faults(of: .plainText, isLines: false, records: 4, bytes: 900)
  ///
  /// - Parameters:
  ///   - isLines: whether the file is JSON Lines, without compression.
  ///   - records: of the seeded corpus.
  ///   - bytes: of its largest file.
  public func faults(of shape: RecordShape, isLines: Bool, records: Int, bytes: Int64) -> [String] {
    var faults: [String] = []
    if !shapes.isEmpty, !isLines || !shapes.contains(where: { Self.fits($0, shape) }) {
      faults.append(
        "takes JSON Lines with \(shapes.joined(separator: " or ")), and the corpus is \(shape.slug)"
          + (isLines ? "" : ", not JSON Lines"))
    }
    if let fewest, records < fewest {
      faults.append("takes \(fewest) records or more, and the corpus has \(records)")
    }
    if let most, records > most {
      faults.append("takes \(most) records or fewer, and the corpus has \(records)")
    }
    if let largestBytes, bytes > largestBytes {
      faults.append("takes files of up to \(largestBytes) bytes, and one has \(bytes)")
    }
    return faults.map { "\(provider) \($0) (as of \(seen): \(source))" }
  }

  /// Whether a shape is one that an entry names, with fields or without.
  private static func fits(_ named: String, _ shape: RecordShape) -> Bool {
    named.contains(":") ? shape.slug == named : shape.slug.prefix { $0 != ":" } == named
  }
}

/// What providers take, from a YAML file.
///
/// ```swift
/// let limits = try TuningLimits.shipped().limits(of: "mistral-chat")
/// ```
public struct TuningLimits: Sendable {
  public let limits: [TuningLimit]

  /// The table inside the program.
  ///
  /// - Throws: ``CoalmineError`` where it is malformed, which the tests rule out.
  public static func shipped() throws(CoalmineError) -> TuningLimits {
    guard let file = EmbeddedFiles.fineTuning.first(where: { $0.name == "fine-tuning.yaml" }) else {
      return TuningLimits(limits: [])
    }
    return try TuningLimits(Array(file.text.utf8), path: "fine-tuning/fine-tuning.yaml")
  }

  private init(limits: [TuningLimit]) { self.limits = limits }

  /// - Parameter path: the file as it stands in messages.
  /// - Throws: ``CoalmineError`` (exit `badConfiguration`) with file and line.
  public init(_ bytes: [UInt8], path: String) throws(CoalmineError) {
    let source = FileSource(path: path, exit: .badConfiguration)
    let root = try YAMLValue(file: bytes, in: source).table(["limits"])
    var limits: [TuningLimit] = []
    for value in try root.required("limits").list() {
      let table = try value.table([
        "provider", "dialects", "shapes", "records-at-least", "records-at-most", "bytes-at-most",
        "seen", "source",
      ])
      func number(_ key: String) throws(CoalmineError) -> Double? {
        var found: Double?
        try table.read(key) { value throws(CoalmineError) in
          found = try value.number("a whole number, 1 or more") {
            $0 >= 1 && $0 == $0.rounded() && $0 < 1e15
          }
        }
        return found
      }
      func texts(_ value: YAMLValue) throws(CoalmineError) -> [String] {
        var texts: [String] = []
        for entry in try value.list() { texts.append(try entry.text()) }
        return texts
      }
      var shapes: [String] = []
      try table.read("shapes") { value throws(CoalmineError) in shapes = try texts(value) }
      limits.append(
        TuningLimit(
          provider: try table.required("provider").text(),
          dialects: try texts(try table.required("dialects")), shapes: shapes,
          fewest: try number("records-at-least").map { Int($0) },
          most: try number("records-at-most").map { Int($0) },
          largestBytes: try number("bytes-at-most").map { Int64($0) },
          seen: try table.required("seen").text(), source: try table.required("source").text()))
    }
    self.limits = limits
  }

  /// The limits of those who tune models that are asked in a dialect.
  ///
  /// - Parameter dialect: its name, with options or without.
  public func limits(of dialect: String) -> [TuningLimit] {
    let slug = String(dialect.prefix { $0 != "," })
    return limits.filter { $0.dialects.contains(slug) }
  }
}
