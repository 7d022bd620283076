// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The ranges of one file of lines, each for a shard: they are cut before records, as near to equal
/// lengths as records allow.
///
/// ```
/// corpus.jsonl   a LF b LF | c LF d LF | e LF
///                corpus-00001-of-00003.jsonl ... corpus-00003-of-00003.jsonl
/// ```
public enum LineRanges {
  /// The most that one file is cut into.
  private static let most = 10_000

  /// Refuses a file that cannot be cut.
  ///
  /// - Parameter format: the stated one; found out without it.
  /// - Throws: ``CoalmineError`` `shards-more-than-files`, or what opening a corpus throws.
  /// - Complexity: O(1); a compressed file is read whole.
  public static func expect(
    _ path: String, format stated: CorpusFormat?, shards: Int
  ) throws(CoalmineError) {
    func refuse(_ reason: String, _ help: String) -> CoalmineError {
      CoalmineError(
        code: "shards-more-than-files",
        "'\(terminalSafe(path))' cannot be cut into "
          + "\(Prose.count(shards, "range", "ranges")): \(reason)",
        details: [
          "JSON Lines and plain text are cut between two lines; other files are written whole"
        ],
        help: help, exit: .usage)
    }
    guard (1...most).contains(shards) else {
      throw refuse("a file has 1 to \(most) of them", "ask for fewer shards")
    }
    guard path != "-" else {
      throw refuse(
        "the shards cannot read standard input", "write it to a file first, and name that file")
    }
    let file = try CorpusFile(path)
    let format = try CorpusFormat.detect(file, stated: stated)
    guard file.compression == nil else {
      throw refuse(
        "it is compressed, and can be read from its beginning only",
        "decompress it, or split what is in it into several files, as 'split -l' does with lines")
    }
    switch format {
    case .jsonLines, .text: return
    case .jsonArray:
      throw refuse(
        "it is one JSON array", "write one record per line first, as 'jq -c .[]' does")
    case .csv, .tsv:
      throw refuse(
        "it is a table, and each part of one needs the header",
        "split it into several files with the header in each")
    case .source, .paragraphs, .separated:
      throw refuse(
        "its format is '\(format.rawValue)'", "split it into several files between two records")
    }
  }

  /// `corpus-00003-of-00008.jsonl`: in the order of their bytes, names are in the order of the corpus.
  static func name(_ file: String, _ number: Int, of count: Int) -> String {
    func digits(_ number: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, 5 - text.count)) + text
    }
    let dot = file.dropFirst().lastIndex(of: ".") ?? file.endIndex
    return file[..<dot] + "-\(digits(number))-of-\(digits(count))" + file[dot...]
  }

  static func tooFewRecords(_ path: String, ranges: Int, shards: Int) -> CoalmineError {
    CoalmineError(
      code: "shards-more-than-files",
      "'\(terminalSafe(path))' cannot be cut into \(shards) ranges: its records give "
        + "\(ranges) at most",
      help: "ask for \(ranges) shards or fewer", exit: .usage)
  }
}
