// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Records that are copied as they are and never chosen: not taken out as non-members, not marked
/// as members, and never the model of a planted record. Each is counted under the first reason that
/// holds.
public struct RecordsSetAside: Sendable, Equatable {
  /// How many records, and the line of the first one.
  public struct Tally: Sendable, Equatable {
    public private(set) var count = 0
    /// Counted from 1; 0 where there is none.
    public private(set) var firstLine = 0
    /// The file of that line, where the corpus has several.
    public private(set) var firstFile: String?

    mutating func add(line: Int, of file: String?) {
      if count == 0 {
        firstLine = line
        firstFile = file
      }
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
  /// Rows with another number of cells than the header has, or a quote within a cell.
  public internal(set) var raggedRows = Tally()
  /// Files of source code in no known language.
  public internal(set) var notSource = Tally()
  /// In bytes.
  let lineLimit: Int
  /// What one record is called where its number is given.
  let unit: String

  init(lineLimit: Int, unit: String = "line") {
    self.lineLimit = lineLimit
    self.unit = unit
  }

  /// All of them.
  public var count: Int {
    [tooLong, notUTF8, loneSurrogates, notNumbers, raggedRows, withoutText, notSource].reduce(0) {
      $0 + $1.count
    }
  }

  /// One sentence per reason that occurs, without a full stop.
  public var reasons: [String] {
    var reasons: [String] = []
    func file(_ tally: Tally) -> String {
      tally.firstFile.map { " of '\(terminalSafe($0))'" } ?? ""
    }
    func add(_ tally: Tally, _ one: String, _ several: String, _ place: String = "") {
      guard tally.count > 0 else { return }
      reasons.append(
        tally.count == 1
          ? "1 record \(one) (\(unit) \(tally.firstLine)\(file(tally))\(place))"
          : "\(tally.count) records \(several) (the first in \(unit) \(tally.firstLine)\(file(tally))"
            + "\(place))")
    }
    let size = CorpusLine.size(lineLimit)
    add(tooLong, "is longer than \(size)", "are longer than \(size)")
    add(
      notUTF8, "is not UTF-8", "are not UTF-8",
      firstInvalidByte.map { ", byte \($0) of the file" } ?? "")
    add(loneSurrogates, "holds a lone surrogate", "hold a lone surrogate")
    add(notNumbers, "holds NaN or Infinity", "hold NaN or Infinity")
    add(
      raggedRows, "has not one cell for each column", "have not one cell for each column")
    add(notSource, "is in no known language", "are in no known language")
    add(withoutText, "has no text in its place", "have no text in its place")
    return reasons
  }
}
