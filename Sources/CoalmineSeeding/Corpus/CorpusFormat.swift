// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

extension CorpusFormat {
  /// The format of a file, from its name, else from its first bytes.
  ///
  /// - Parameter head: the first bytes of the file, 64 KiB or all of it.
  /// - Throws: ``CoalmineError`` `corpus-format-not-supported` for a name or content that is known
  ///   to be something else: compressed, CSV, Parquet, one JSON document, UTF-16.
  static func detect(
    path: String, stated: CorpusFormat?, head: [UInt8]
  ) throws(CoalmineError) -> CorpusFormat {
    for (magic, what, hint) in foreignContent where head.starts(with: magic) {
      throw refusal(path, what, hint)
    }
    if let stated { return stated }
    let content = head.starts(with: byteOrderMark) ? head.dropFirst(3) : head[...]
    let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
    for (ending, what, hint) in foreignNames where name.hasSuffix(ending) {
      throw refusal(path, what, hint)
    }
    if name.hasSuffix(".json") { throw jsonDocument(path, content) }
    if name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") { return .jsonLines }
    if name.hasSuffix(".txt") { return .text }
    let first = content.first { !isBlank($0) && $0 != 0x0A }
    return first == UInt8(ascii: "{") ? .jsonLines : .text
  }

  static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// White space within a line; a line of nothing else is no record.
  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

  private static let foreignContent: [([UInt8], String, String)] = [
    ([0x1F, 0x8B], "gzip data", "decompress it first: gunzip -k FILE"),
    ([0x28, 0xB5, 0x2F, 0xFD], "Zstandard data", "decompress it first: zstd -d FILE"),
    ([0x42, 0x5A, 0x68], "bzip2 data", "decompress it first: bunzip2 -k FILE"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz data", "decompress it first: xz -dk FILE"),
    ([0x50, 0x4B, 0x03, 0x04], "a ZIP archive", "unpack it first"),
    ([0x50, 0x41, 0x52, 0x31], "Parquet", "export it as JSON Lines"),
    (
      [0xFF, 0xFE, 0, 0], "UTF-32 text", "convert it to UTF-8: iconv -f UTF-32 -t UTF-8 FILE > NEW"
    ),
    ([0xFF, 0xFE], "UTF-16 text", "convert it to UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW"),
    ([0xFE, 0xFF], "UTF-16 text", "convert it to UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW"),
  ]

  private static let foreignNames: [(String, String, String)] = [
    (".gz", "gzip data", "decompress it first: gunzip -k FILE"),
    (".zst", "Zstandard data", "decompress it first: zstd -d FILE"),
    (".bz2", "bzip2 data", "decompress it first: bunzip2 -k FILE"),
    (".xz", "xz data", "decompress it first: xz -dk FILE"),
    (".zip", "a ZIP archive", "unpack it first"),
    (".parquet", "Parquet", "export it as JSON Lines"),
    (".arrow", "Arrow", "export it as JSON Lines"),
    (".csv", "CSV", "convert it to JSON Lines: one JSON object per line"),
    (".tsv", "TSV", "convert it to JSON Lines: one JSON object per line"),
  ]

  /// What to do with records that are arrays.
  static let objectHint = #"write each record as a JSON object, such as {"text": "…"}"#

  /// What to do about a line that begins as an array does.
  ///
  /// A whole array on its line may be the whole file or one record of many.
  static func arrayHelp(_ content: [UInt8], line: Int) -> String? {
    guard content.first(where: { !isBlank($0) }) == UInt8(ascii: "[") else { return nil }
    let isWhole = (try? JSONDocument(parsing: content)) != nil
    guard line == 1 else { return isWhole ? objectHint : nil }
    return isWhole
      ? "if this line is the whole file, write each element on a line of its own: "
        + "jq -c '.[]' FILE > NEW.jsonl; else " + objectHint
      : arrayHint
  }

  /// What to do with an array of records.
  static let arrayHint =
    "if each element is a record, write one per line: jq -c '.[]' FILE > NEW.jsonl"

  /// The refusal of a file that is called `.json`, by what its first bytes are.
  private static func jsonDocument(_ path: String, _ content: ArraySlice<UInt8>) -> CoalmineError {
    let lines = content.split(separator: 0x0A).filter { !$0.allSatisfy(isBlank) }
    if let first = lines.first, (try? JSONDocument(parsing: Array(first)))?.root.kind == .object {
      return CoalmineError(
        code: "corpus-format-not-supported",
        "'\(terminalSafe(path))' has the name of one JSON document, and its first line is a JSON "
          + "object", help: "if each line is one record, say '--format jsonl'", exit: .badData)
    }
    let isArray = lines.first?.first { !isBlank($0) } == UInt8(ascii: "[")
    if isArray, lines.count > 1, let first = lines.first,
      (try? JSONDocument(parsing: Array(first))) != nil
    {
      return refusal(path, "lines that are JSON arrays", objectHint)
    }
    return refusal(
      path, isArray ? "one JSON array" : "one JSON document",
      isArray ? arrayHint : "write one object with the text of one record per line")
  }

  private static func refusal(_ path: String, _ what: String, _ hint: String) -> CoalmineError {
    CoalmineError(
      code: "corpus-format-not-supported",
      "'\(terminalSafe(path))' is \(what); a corpus is JSON Lines or plain text", help: hint,
      exit: .badData)
  }
}

/// How lines end; counted over all lines of a corpus.
public struct LineEndings: Sendable, Equatable {
  /// Lines that end in LF alone.
  public internal(set) var lf = 0
  /// Lines that end in CR LF.
  public internal(set) var crlf = 0
  /// Whether the last line ends without a line break.
  public internal(set) var lastIsOpen = false

  /// The more frequent of the two; LF where there is none.
  public var usual: [UInt8] { crlf > lf ? [0x0D, 0x0A] : [0x0A] }
}
