// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineScanning

/// Looks for the planted secrets of a study in text that is not its corpus: logs, answers, dumps.
public enum ScanVerb {
  /// Scans inputs one after another and gives one JSON object per line.
  ///
  /// - Parameters:
  ///   - inputs: names of files; `-` for standard input.
  ///   - offset: where an earlier scan of the one input had settled; hits that end at it or before
  ///     it are not given.
  ///   - reveal: whether a hit shows the text that was found.
  ///   - emit: takes a line, without its end.
  /// - Returns: the number of hits.
  /// - Throws: ``CoalmineError``: `scan-no-canaries`, `scan-offset-behind-end`,
  ///   `scan-one-input`, and those of opening a ledger and a file.
  public static func scan(
    study path: String, inputs: [String], from offset: Int = 0, reveal: Bool,
    note: (String) -> Void, progress: (WorkDone) -> Void = { _ in }, emit: ([UInt8]) -> Void
  ) throws -> Int {
    guard offset >= 0, offset == 0 || inputs.count == 1 else {
      throw CoalmineError(
        code: "scan-one-input", "an offset belongs to one input, and is 0 or more",
        help: "give one input with '--from'", exit: .usage)
    }
    let canaries = try planted(in: path)
    let targets = canaries.map { ScanTarget(name: $0.id, secret: $0.secret.reveal()) }
    let tooShort = Scanner(targets).tooShort
    guard tooShort.count < targets.count else {
      throw CoalmineError(
        code: "scan-no-canaries",
        targets.isEmpty
          ? "the study '\(path)' planted no canary"
          : "every planted secret of '\(path)' has fewer than eight bytes without white space",
        exit: .badConfiguration)
    }
    if !tooShort.isEmpty {
      note(
        "\(Prose.count(tooShort.count, "secret is", "secrets are")) too short to be looked for: "
          + tooShort.joined(separator: ", "))
    }
    let guessable = canaries.filter { $0.bits < certainBits && !tooShort.contains($0.id) }.count
    if guessable > 0 {
      note(
        "\(Prose.count(guessable, "secret has", "secrets have")) fewer than 64 bits: a long log can "
          + "hold one by chance, see 'bits' of a hit")
    }
    let bits = Dictionary(canaries.map { ($0.id, $0.bits) }) { first, _ in first }
    var hits = 0
    for input in inputs {
      hits += try scan(
        input, Scan(targets: targets, bits: bits, offset: offset, reveal: reveal), progress, emit)
    }
    return hits
  }

  private struct Scan {
    let targets: [ScanTarget]
    /// log2 of the number of values of a secret, by the canary's name.
    let bits: [String: Double]
    let offset: Int
    let reveal: Bool
  }

  /// A secret of this many bits stands in no log by chance.
  private static let certainBits = 64.0

  /// A line with the place that a scan can go on from is due after this many bytes.
  private static let settledEvery = 64 << 20

  private static func planted(in path: String) throws -> [Canary] {
    let ledger = try Ledger.open(at: path)
    let canaries = try ledger.study().canaries
    try ledger.close()
    return canaries.filter { $0.copies > 0 }
  }

  private static func scan(
    _ name: String, _ scan: Scan, _ progress: (WorkDone) -> Void, _ emit: ([UInt8]) -> Void
  ) throws -> Int {
    let start = max(0, scan.offset - Scanner.overlap)
    let stream = try ScanStream(name, skipping: start)
    var scanner = Scanner(scan.targets, start: start, reported: scan.offset)
    var place = start
    var told = scan.offset
    var count = 0
    while true {
      let piece = try stream.next()
      place += piece.count
      if piece.isEmpty, place < scan.offset { throw stream.endsBefore(scan.offset) }
      let hits = scanner.scan(piece, last: piece.isEmpty)
      for hit in hits { emit(try line(hit, in: name, scan)) }
      count += hits.count
      if piece.isEmpty { break }
      if !hits.isEmpty || scanner.settled - told >= settledEvery {
        told = scanner.settled
        emit(try settled(told, in: name))
      }
      progress(WorkDone("scanning", done: Int64(place), .bytes))
    }
    var writer = JSONWriter()
    try writer.object { fields in
      try fields.field("type", "end")
      try fields.field("input", name)
      try fields.field("bytes", place)
      try fields.field("hits", count)
      try fields.field("secrets", scanner.count)
      try fields.field("too_short", scanner.tooShort.count)
    }
    emit(writer.bytes)
    return count
  }

  private static func line(_ hit: ScanHit, in name: String, _ scan: Scan) throws -> [UInt8] {
    var writer = JSONWriter()
    try writer.object { fields in
      try fields.field("type", "hit")
      try fields.field("id", hit.id(in: name))
      try fields.field("canary", hit.name)
      try fields.field("form", hit.form)
      try fields.field("input", name)
      try fields.field("offset", hit.offset)
      try fields.field("length", hit.length)
      if let bits = scan.bits[hit.name] { try fields.field("bits", bits) }
      if scan.reveal { try fields.field("text", utf8: hit.text) }
    }
    return writer.bytes
  }

  private static func settled(_ place: Int, in name: String) throws -> [UInt8] {
    var writer = JSONWriter()
    try writer.object { fields in
      try fields.field("type", "settled")
      try fields.field("input", name)
      try fields.field("offset", place)
    }
    return writer.bytes
  }
}
