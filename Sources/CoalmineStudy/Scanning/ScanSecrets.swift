// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineScanning

/// The secrets that a scan looks for, from a study or from a file of patterns.
struct ScanSecrets {
  let path: String
  let patterns: ScanPatterns
  /// log2 of the number of values of a secret, by the canary's name.
  let bits: [String: Double]

  /// A secret of this many bits stands in no log by chance.
  private static let certainBits = 64.0

  /// Differs between studies and tells nothing about their secrets.
  private let identity: [UInt8]
  /// How many planted secrets a pattern file left out; `nil` for a study.
  let leftOut: Int?

  /// - Throws: ``CoalmineError``: `scan-no-canaries`, `patterns-unreadable`, and those of the ledger.
  init(_ source: ScanRequest.Secrets) throws {
    switch source {
    case .study(let path):
      let (canaries, identity) = try Self.study(path)
      self.path = path
      self.identity = identity
      patterns = ScanPatterns(canaries.map(\.target))
      bits = Dictionary(canaries.map { ($0.id, $0.bits) }) { first, _ in first }
      leftOut = nil
      guard patterns.count > 0 else { throw Self.noCanaries(path, canaries.count) }
    case .patterns(let path):
      let file = try PatternFile(reading: path)
      self.path = path
      identity = file.secrets.key
      patterns = ScanPatterns(file.secrets)
      bits = file.bits
      leftOut = file.leftOut
    }
  }

  static func noCanaries(_ path: String, _ planted: Int) -> CoalmineError {
    CoalmineError(
      code: "scan-no-canaries",
      planted == 0
        ? "the study '\(path)' planted no canary"
        : "every planted secret of '\(path)' has fewer than eight bytes without white space",
      exit: .badConfiguration)
  }

  /// The canaries that stand in the seeded corpus.
  static func planted(in path: String) throws -> [Canary] { try study(path).planted }

  private static func study(_ path: String) throws -> (planted: [Canary], identity: [UInt8]) {
    let ledger = try Ledger.open(at: path)
    let study = try ledger.study()
    try ledger.close()
    return (
      study.canaries.filter { $0.copies > 0 },
      HMACSHA256(key: study.root.reveal()).code(for: Array("scan".utf8))
    )
  }

  /// Tells which secrets are not looked for, and which may be found by chance.
  func tell(_ note: (String) -> Void) {
    let tooShort = Set(patterns.tooShort)
    if !tooShort.isEmpty {
      note(
        "\(Prose.count(tooShort.count, "secret is", "secrets are")) too short to be looked for: "
          + patterns.tooShort.joined(separator: ", "))
    }
    if let leftOut {
      note("only exact and near forms are found with patterns, not base64 and hexadecimal")
      if leftOut > 0 {
        note(
          "\(Prose.count(leftOut, "planted secret is", "planted secrets are")) not in the pattern file, "
            + "and not looked for")
      }
    }
    let guessable = bits.count { $0.value < Self.certainBits && !tooShort.contains($0.key) }
    if guessable > 0 {
      note(
        "\(Prose.count(guessable, "secret has", "secrets have")) fewer than 64 bits: a long log can "
          + "hold one by chance, see 'bits' of a hit")
    }
  }

  /// Sixteen hexadecimal digits that are the same for a scan that may go on where another ended.
  func digest(with layout: ScanRequest.Layout) -> String {
    let parts: [String] =
      switch layout {
      case .text: ["text"]
      case .fields(let paths): ["fields"] + paths
      case .openTelemetry: ["otel"]
      }
    return hexadecimal(
      sha256(identity + Array(parts.joined(separator: "\0").utf8)).prefix(8))
  }
}
