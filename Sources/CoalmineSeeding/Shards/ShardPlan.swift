// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What a shard of a corpus must know of the whole: made once from a survey of all files, and read by
/// every shard.
///
/// ```
/// survey of all files ─► plan ─┬─► shard 1 of 3: a.jsonl          ─► receipts ─┐
///                              ├─► shard 2 of 3: b.jsonl, d.jsonl ─► receipts ─┼─► manifest
///                              └─► shard 3 of 3: c.jsonl          ─► receipts ─┘
/// ```
///
/// A shard takes whole files, or one range of the lines of the only file. Which copies go where follows from the study's randomness and the
/// numbers here, so the shards write the bytes that one pass over all files would have written.
public struct ShardPlan: Sendable, Equatable {
  /// One file of the corpus, as it was surveyed, or one range of the only file.
  public struct File: Sendable, Equatable {
    /// Without its folder: the name that what is written of it has.
    public let name: String
    /// The name of the file that is read; ``name`` where that is read whole.
    public let source: String
    /// Where the range begins in that file, in bytes.
    public let start: Int64
    /// Bytes of its data, and their SHA-256.
    public let size: Int64
    public let digest: [UInt8]
    public let records: Int
    /// Records of all files before it, and how many of them stay.
    public let recordsBefore: Int
    public let keptBefore: Int
    /// The shard that writes it, from 1.
    public let shard: Int

    /// The bytes that are read; `nil` for a whole file.
    public var range: Range<Int64>? { source == name ? nil : start..<start + size }
  }

  /// How many shards there are.
  public let shards: Int
  public let files: [File]
  let format: CorpusFormat
  let shape: RecordShape
  /// Of the whole corpus.
  let records: Int
  let digest: [UInt8]
  /// What stands between two records.
  let separator: [UInt8]
  public let statedSeparator: [UInt8]?
  let join: CompletionJoin?
  let groupField: String?
  let exemplar: [UInt8]
  let models: [[UInt8]]
  let drawn: [DrawnRecord]
  /// The canaries by their names, in the order in which they were drawn.
  let canaries: [String]

  /// The files of one shard, in the order of the corpus.
  ///
  /// - Parameter shard: from 1.
  public func files(of shard: Int) -> [File] { files.filter { $0.shard == shard } }

  /// - Parameter shards: as many as there are files at most; of one file, as many as the survey cut
  ///   it into.
  /// - Throws: ``CoalmineError`` `shards-of-source`, `shards-more-than-files`, `output-named-twice`.
  public init(_ survey: CorpusSurvey, canaries: [Canary], shards: Int) throws(CoalmineError) {
    guard survey.format != .source else {
      throw CoalmineError(
        code: "shards-of-source", "a tree of source code is seeded in one piece",
        help: "leave '--shards' out", exit: .usage)
    }
    let isCut = survey.files.count == 1 && shards > 1
    if !isCut { try Self.expect(shards, files: survey.files.count) }
    guard !isCut || survey.parts.count == shards else {
      throw LineRanges.tooFewRecords(survey.path, ranges: survey.parts.count, shards: shards)
    }
    let names = Dictionary(grouping: survey.files, by: \.name)
    if let name = names.first(where: { $1.count > 1 })?.key {
      throw CoalmineError(
        code: "output-named-twice", "two files of the corpus are called '\(terminalSafe(name))'",
        help: "each is written under its own name: give them different ones", exit: .cannotCreate)
    }
    let places =
      isCut ? Array(1...shards) : Self.shards(of: survey.parts.map(\.size), count: shards)
    let removed = survey.sample.drawn.filter { $0.membership != .member }.map(\.record)
    var files: [File] = []
    var records = 0
    var start: Int64 = 0
    for (place, part) in survey.parts.enumerated() {
      let before = records
      let source = survey.files[isCut ? 0 : place].name
      files.append(
        File(
          name: isCut ? LineRanges.name(source, place + 1, of: shards) : source, source: source,
          start: isCut ? start : 0, size: part.size, digest: part.digest,
          records: part.records, recordsBefore: before,
          keptBefore: before - removed.count { $0 < before }, shard: places[place]))
      records += part.records
      start += part.size
    }
    self.shards = shards
    self.files = files
    format = survey.format
    shape = survey.shape
    self.records = survey.records
    digest = survey.digest
    separator = survey.separator
    statedSeparator = survey.statedSeparator
    join = survey.join
    groupField = survey.groupField
    exemplar = survey.exemplar
    models = survey.models
    drawn = survey.sample.drawn
    self.canaries = canaries.map(\.id)
  }

  /// Refuses a number of shards that files cannot give.
  ///
  /// - Throws: ``CoalmineError`` `shards-more-than-files`.
  public static func expect(_ shards: Int, files: Int) throws(CoalmineError) {
    guard (1...files).contains(shards) else {
      throw CoalmineError(
        code: "shards-more-than-files",
        "\(shards) shards were asked for, and the corpus has "
          + Prose.count(files, "file", "files"),
        details: ["of a corpus of several files a shard writes whole files"],
        help: "ask for as many shards as there are files at most; a large file of lines can be "
          + "split first, as 'split -n l/8 corpus.jsonl part-' does", exit: .usage)
    }
  }

  /// The largest file goes to the shard with the least data, the first among equals, and so on.
  static func shards(of sizes: [Int64], count: Int) -> [Int] {
    var loads = Array(repeating: Int64(0), count: count)
    var shards = Array(repeating: 1, count: sizes.count)
    for place in sizes.indices.sorted(by: { (-sizes[$0], $0) < (-sizes[$1], $1) }) {
      let least = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) } ?? 0
      // A file without data takes its place, too: no shard stays empty.
      loads[least] += max(1, sizes[place])
      shards[place] = least + 1
    }
    return shards
  }

  static func differs(_ path: String, _ file: File) -> CoalmineError {
    CoalmineError(
      code: "shard-file-differs",
      "'\(terminalSafe(path))' is not the file '\(terminalSafe(file.source))' that was planned with",
      details: [
        "planned: \(file.size) bytes of data"
          + (file.range.map { " from byte \($0.lowerBound) on" } ?? "")
          + ", SHA-256 \(hexadecimal(file.digest))"
      ],
      help: "give each shard the files as they were when 'coalmine seed --shards' read them, or "
        + "plan again", exit: .badData)
  }
}

extension ShardPlan {
  /// Used by the form alone.
  init(
    shards: Int, files: [File], format: CorpusFormat, shape: RecordShape, records: Int,
    digest: [UInt8], separator: [UInt8], statedSeparator: [UInt8]?, join: CompletionJoin?,
    groupField: String?, exemplar: [UInt8], models: [[UInt8]], drawn: [DrawnRecord],
    canaries: [String]
  ) {
    self.shards = shards
    self.files = files
    self.format = format
    self.shape = shape
    self.records = records
    self.digest = digest
    self.separator = separator
    self.statedSeparator = statedSeparator
    self.join = join
    self.groupField = groupField
    self.exemplar = exemplar
    self.models = models
    self.drawn = drawn
    self.canaries = canaries
  }
}
