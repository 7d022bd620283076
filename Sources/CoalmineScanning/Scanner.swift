// SPDX-License-Identifier: Apache-2.0

/// Looks for secrets in a stream of bytes that comes in pieces.
///
/// What is found depends on the bytes alone, not on where they were cut. A secret is looked for in
/// the text as it is and in the text with its escapes decoded.
///
/// - Complexity: O(bytes) time; memory for the patterns and a few times one piece.
public struct Scanner {
  /// The longest stretch of text that counts as one form of a secret, in bytes.
  public static let longestHit = 4_096
  /// How much of what was read is kept: the longest hit, what stands before it, and where reading
  /// begins to find its place.
  private static let kept = longestHit + 2 * ScanReading.markEvery
  /// How far before an offset reading must begin so that nothing that ends behind it is missed.
  public static let overlap = 4 * longestHit

  /// Up to this place every hit has been given, and none behind it: scanning can go on from here.
  public private(set) var settled: Int

  private let patterns: ScanPatterns
  private let reported: Int
  private var raw: [UInt8] = []
  private var base: Int
  private var readings: [ScanReading]
  private var pending: [ScanHit] = []
  /// Where the last hit of a name ended: what overlaps it is the same occurrence.
  private var lastEnds: [String: Int] = [:]

  /// - Parameters:
  ///   - start: the place in the input of the first byte that will be given.
  ///   - reported: hits that end at this place or before it are not given.
  public init(_ patterns: ScanPatterns, start: Int = 0, reported: Int = 0) {
    self.patterns = patterns
    self.reported = reported
    base = start
    settled = reported
    readings = [
      ScanReading(decodes: false, cursor: start, reach: patterns.longest),
      ScanReading(decodes: true, cursor: start, reach: patterns.longest),
    ]
  }

  /// Adds a piece of the input and gives the hits that end at ``settled`` or before it, in order.
  ///
  /// - Parameter last: whether the input ends behind this piece.
  public mutating func scan(_ piece: [UInt8], last: Bool) -> [ScanHit] {
    raw += piece
    for index in readings.indices {
      readings[index].read(raw, base: base, last: last)
      var found: [(ScanPattern, Range<Int>)] = []
      readings[index].search(patterns, raw, base: base) { found.append(($0, $1)) }
      pending += found.map(hit)
    }
    let read = readings.map(\.cursor).min() ?? base
    let hits = release(upTo: read)
    settled = max(reported, read)
    let unneeded = min(raw.count, read - base - Self.kept)
    if unneeded > 0 {
      raw.removeFirst(unneeded)
      base += unneeded
    }
    return hits
  }

  private func hit(_ pattern: ScanPattern, _ range: Range<Int>) -> ScanHit {
    let target = patterns.targets[pattern.target]
    let start = range.lowerBound - base
    let text = Array(raw[start..<(range.upperBound - base)])
    return ScanHit(
      name: target.name, form: (text == target.secret ? .exact : pattern.form).rawValue,
      offset: range.lowerBound, length: range.count, text: text,
      before: Array(raw[max(0, start - ScanHit.contextLength)..<start]))
  }

  /// Takes the hits that both readings have passed, each occurrence once.
  private mutating func release(upTo place: Int) -> [ScanHit] {
    var hits: [ScanHit] = []
    for hit in pending.sorted(by: ScanHit.precedes) where hit.end <= place {
      guard hit.offset >= lastEnds[hit.name] ?? 0 else { continue }
      lastEnds[hit.name] = hit.end
      if hit.end > reported { hits.append(hit) }
    }
    pending.removeAll { $0.end <= place }
    return hits
  }
}
