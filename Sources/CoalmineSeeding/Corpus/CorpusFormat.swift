// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

extension CorpusFormat {
  /// The format of a file: the stated one, else told by its name, else by its first bytes.
  ///
  /// - Throws: ``CoalmineError`` `corpus-format-not-supported` for a name or content that is known
  ///   to be something else: Parquet, one JSON document, UTF-16; `corpus-is-source-code`;
  ///   `corpus-needs-separator`.
  static func detect(
    _ file: CorpusFile, stated: CorpusFormat?
  ) throws(CoalmineError) -> CorpusFormat {
    // Nothing else is ever taken for source code, and nothing in a tree of it for anything else.
    if stated == .source { return .source }
    let path = file.path
    let head = try file.head()
    for (magic, what, hint) in foreignContent where head.starts(with: magic) {
      throw refusal(path, what, hint)
    }
    if let stated { return stated }
    let content = Array(head.starts(with: byteOrderMark) ? head.dropFirst(3) : head[...])
    var name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
    if let ending = file.compression?.ending, name.hasSuffix(ending) {
      name.removeLast(ending.count)
    }
    for (ending, what, hint) in foreignNames where name.hasSuffix(ending) {
      throw refusal(path, what, hint)
    }
    func isNamed(_ endings: String...) -> Bool { endings.contains(where: name.hasSuffix) }
    if isNamed(".csv") { return .csv }
    if isNamed(".tsv") { return .tsv }
    if isNamed(".md", ".markdown", ".rst") { return .paragraphs }
    let first = content.first { !isBlank($0) && $0 != 0x0A }
    if first == UInt8(ascii: "["), JSONHead.isArrayOfRecords(content) {
      return JSONHead.hasSeveralLines(content) ? .jsonLines : .jsonArray
    }
    if isNamed(".jsonl", ".ndjson") { return .jsonLines }
    if isNamed(".json") { return try named(json: path, content, first) }
    if isNamed(".txt") {
      return try plain(path, name, content)
    }
    if first == UInt8(ascii: "{") {
      guard JSONHead.firstLineIsWhole(content, isAll: head.count == Int(file.size)) else {
        return try named(json: path, content, first)
      }
      return .jsonLines
    }
    return try plain(path, name, content)
  }

  private static let endsOfText = ["<|endoftext|>", "<|end_of_text|>", "<|end▁of▁sentence|>"]

  /// Text by lines, unless its beginning shows that it is something else.
  ///
  /// - Throws: ``CoalmineError`` `corpus-is-source-code`, `corpus-needs-separator`.
  private static func plain(
    _ path: String, _ name: String, _ content: [UInt8]
  ) throws(CoalmineError) -> CorpusFormat {
    try SourceCode.check(path, name, content)
    for mark in endsOfText {
      // One alone is a text about such marks.
      guard let first = ByteSearch.firstRange(of: Array(mark.utf8), in: content),
        ByteSearch.firstRange(of: Array(mark.utf8), in: content, from: first.upperBound) != nil
      else { continue }
      throw CoalmineError(
        code: "corpus-needs-separator",
        "'\(terminalSafe(path))' has '\(mark)' at the end of its texts, and a canary among its lines "
          + "could stand inside a text",
        help:
          "say --format text --separator '\(mark)'; '--format text' alone reads lines all the same",
        exit: .badData)
    }
    return .text
  }

  /// A file that is called `.json` and holds no array of records.
  private static func named(
    json path: String, _ content: [UInt8], _ first: UInt8?
  ) throws(CoalmineError) -> CorpusFormat {
    if first == nil { return .jsonArray }
    if first == UInt8(ascii: "[") {
      guard JSONHead.hasSeveralLines(content) else { return .jsonArray }
      throw refusal(path, "lines that are JSON arrays", objectHint)
    }
    if first == UInt8(ascii: "{"), JSONHead.hasSeveralLines(content) { return .jsonLines }
    throw CoalmineError(
      code: "corpus-format-not-supported",
      "'\(terminalSafe(path))' is one JSON document and no list of records",
      help: "a corpus has many records: write an array of them, or one per line; "
        + JSONHead.listing(content),
      exit: .badData)
  }

  static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// White space within a line; a line of nothing else is no record.
  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

  private static let parquetHint =
    "export it as JSON Lines: python3 -c 'import pandas; pandas.read_parquet(\"FILE\")"
    + ".to_json(\"NEW.jsonl\", orient=\"records\", lines=True, force_ascii=False)'"

  private static let foreignContent: [([UInt8], String, String)] = [
    ([0x42, 0x5A, 0x68], "bzip2 data", "decompress it first: bunzip2 -k FILE"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz data", "decompress it first: xz -dk FILE"),
    ([0x50, 0x4B, 0x03, 0x04], "a ZIP archive", "unpack it first"),
    ([0x50, 0x41, 0x52, 0x31], "Parquet", parquetHint),
    (
      [0xFF, 0xFE, 0, 0], "UTF-32 text", "convert it to UTF-8: iconv -f UTF-32 -t UTF-8 FILE > NEW"
    ),
    ([0xFF, 0xFE], "UTF-16 text", "convert it to UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW"),
    ([0xFE, 0xFF], "UTF-16 text", "convert it to UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW"),
  ]

  private static let foreignNames: [(String, String, String)] = [
    (".gz", "called gzip data, and is not", "was it decompressed? take '.gz' off its name"),
    (".zst", "called Zstandard data, and is not", "was it decompressed? take '.zst' off its name"),
    (".bz2", "bzip2 data", "decompress it first: bunzip2 -k FILE"),
    (".xz", "xz data", "decompress it first: xz -dk FILE"),
    (".zip", "a ZIP archive", "unpack it first"),
    (".parquet", "Parquet", parquetHint),
    (".arrow", "Arrow", "export it as JSON Lines"),
  ]

  /// What to do with records that are arrays.
  static let objectHint = #"write each record as a JSON object, such as {"text": "…"}"#

  /// What to do about a line that begins as an array does.
  static func arrayHelp(_ content: [UInt8], line: Int) -> String? {
    guard content.first(where: { !isBlank($0) }) == UInt8(ascii: "[") else { return nil }
    let isWhole = (try? JSONDocument(parsing: content)) != nil
    guard line == 1 else { return isWhole ? objectHint : nil }
    return isWhole ? objectHint : arrayHint
  }

  /// What to do with an array of records that is read as lines.
  static let arrayHint =
    "if the file is one array and each element a record, say '--format json'"

  private static func refusal(_ path: String, _ what: String, _ hint: String) -> CoalmineError {
    CoalmineError(
      code: "corpus-format-not-supported",
      "'\(terminalSafe(path))' is \(what); a corpus is JSON Lines, a JSON array, CSV, TSV or plain "
        + "text", help: hint, exit: .badData)
  }
}

/// What the first bytes of a file say of the JSON in it.
enum JSONHead {
  private static func lines(_ content: [UInt8]) -> [ArraySlice<UInt8>] {
    content.split(separator: 0x0A).filter { !$0.allSatisfy(CorpusFormat.isBlank) }
  }

  private static func isDocument(_ line: ArraySlice<UInt8>) -> Bool {
    (try? JSONDocument(parsing: Array(line))) != nil
  }

  /// How the records of one object become an array, as far as its beginning shows.
  ///
  /// ```
  /// {"data": [{…        jq '.["data"]'
  /// {"a1": {…           jq '[.[]]'
  /// {"text": ["…        jq '. as $all | [range(…) as $place | …
  /// ```
  static func listing(_ content: [UInt8]) -> String {
    let rest = content.drop { $0 != UInt8(ascii: "\"") }.dropFirst()
    let key = rest.prefix { $0 != UInt8(ascii: "\"") }
    let marks = rest.dropFirst(key.count + 1).lazy.filter {
      !CorpusFormat.isBlank($0) && $0 != 0x0A
    }
    let isPlain =
      !key.isEmpty
      && key.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
          || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
      }
    let name = String(decoding: key, as: UTF8.self)
    let file = "FILE > NEW.json"
    return switch Array(marks.prefix(3)) {
    case Array(":[{".utf8) where isPlain:
      "if '\(name)' holds them: jq '.[\"\(name)\"]' \(file)"
    case Array(":[\"".utf8):
      "if each field holds a list with one value of every record: jq '. as $all | [range($all[keys[0]] "
        + "| length) as $place | $all | map_values(.[$place])]' \(file)"
    case let marks where marks.starts(with: Array(":{".utf8)):
      "if each field holds a record: jq '[.[]]' \(file)"
    default:
      "if a field of the document holds them: jq '.FIELD' \(file)"
    }
  }

  /// Whether the array's first element is an object or a list.
  static func isArrayOfRecords(_ content: [UInt8]) -> Bool {
    let inner = content.drop { CorpusFormat.isBlank($0) || $0 == 0x0A }.dropFirst()
      .first { !CorpusFormat.isBlank($0) && $0 != 0x0A }
    return inner == UInt8(ascii: "{") || inner == UInt8(ascii: "[")
  }

  /// Whether the first line is a whole value and another line follows it.
  static func hasSeveralLines(_ content: [UInt8]) -> Bool {
    let lines = lines(content)
    guard lines.count > 1, let first = lines.first else { return false }
    return isDocument(first)
  }

  /// Whether the first line is a whole value, as far as can be seen.
  static func firstLineIsWhole(_ content: [UInt8], isAll: Bool) -> Bool {
    let lines = lines(content)
    guard let first = lines.first else { return false }
    return lines.count == 1 && !isAll || isDocument(first)
      || (try? JSONDocument(parsing: Array(first), repairing: true)) != nil
      // A broken line is named by the survey; a brace alone begins a document on many lines.
      || first.count > 1 && lines.count > 1 && lines[1].first == UInt8(ascii: "{")
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
