// SPDX-License-Identifier: Apache-2.0

/// Records that are copied as they are and never chosen: not taken out as non-members, not marked
/// as members, and never the model of a planted record. Each is counted under the first reason that
/// holds.
public struct RecordsSetAside: Sendable, Equatable {
  /// How many records, and the line of the first one.
  public struct Tally: Sendable, Equatable {
    public private(set) var count = 0
    /// Counted from 1; 0 where there is none.
    public private(set) var firstLine = 0

    mutating func add(line: Int) {
      if count == 0 { firstLine = line }
      count += 1
    }
  }

  /// Records of plain text that are longer than ``lineLimit``.
  public internal(set) var tooLong = Tally()
  /// Records that are not valid UTF-8.
  public internal(set) var notUTF8 = Tally()
  /// Where in the file the first byte stands that is not UTF-8, counted from 0.
  public internal(set) var firstInvalidByte: Int64?
  /// Records with half of a pair of `\u` escapes.
  public internal(set) var loneSurrogates = Tally()
  /// Records with `NaN` or `Infinity`.
  public internal(set) var notNumbers = Tally()
  /// Sound records that lack the text, or hold something other than a string there.
  public internal(set) var withoutText = Tally()
  /// In bytes.
  let lineLimit: Int

  init(lineLimit: Int) { self.lineLimit = lineLimit }

  /// All of them.
  public var count: Int {
    [tooLong, notUTF8, loneSurrogates, notNumbers, withoutText].reduce(0) { $0 + $1.count }
  }

  /// One sentence per reason that occurs, without a full stop.
  public var reasons: [String] {
    var reasons: [String] = []
    func add(_ tally: Tally, _ one: String, _ several: String, _ place: String = "") {
      guard tally.count > 0 else { return }
      reasons.append(
        tally.count == 1
          ? "1 record \(one) (line \(tally.firstLine)\(place))"
          : "\(tally.count) records \(several) (the first in line \(tally.firstLine)\(place))")
    }
    let size = CorpusLine.size(lineLimit)
    add(tooLong, "is longer than \(size)", "are longer than \(size)")
    add(
      notUTF8, "is not UTF-8", "are not UTF-8",
      firstInvalidByte.map { ", byte \($0) of the file" } ?? "")
    add(loneSurrogates, "holds a lone surrogate", "hold a lone surrogate")
    add(notNumbers, "holds NaN or Infinity", "hold NaN or Infinity")
    add(withoutText, "has no text in its place", "have no text in its place")
    return reasons
  }
}
