// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What a first pass over a corpus finds: its form, its size, its digest, and which records a
/// study takes out and marks.
///
/// The file is read and never opened for writing. Blank lines are no records; they stay where they
/// are. Records that are not valid UTF-8, or only nearly JSON (a lone surrogate, `NaN`), or very
/// long lines of plain text stay in the corpus too, but are never chosen for anything.
public struct CorpusSurvey: Sendable {
  /// The first file.
  public let path: String
  /// All files, in the order of the corpus.
  let files: [SurveyedFile]
  public let format: CorpusFormat
  public let shape: RecordShape
  /// In bytes.
  public let size: Int64
  /// SHA-256 of the data, of several files one after another; of no data where the survey is for the size.
  public let digest: [UInt8]
  /// Lines that are not blank.
  public let records: Int
  /// Whether the file begins with a UTF-8 byte order mark.
  public let hasByteOrderMark: Bool
  public let endings: LineEndings
  /// Records that stay where they are and are never chosen, by reason.
  public let setAside: RecordsSetAside
  /// White space where most prompts and completions meet; `nil` for other shapes, and where prompts
  /// or completions are turns.
  package let join: CompletionJoin?
  /// What stands between two records.
  let separator: [UInt8]
  /// Those of the phrases looked for that the corpus holds.
  public let phrasesFound: Set<[UInt8]>

  /// How many texts are taken out at least; as many are marked as members.
  public let heldOutTexts: Int
  /// What the corpus allows to be taken out; `nil` where the number was stated.
  public let holdOutRoom: HoldOutRoom?

  /// The field by which records belong together.
  package let groupField: String?
  /// The longest line that is read whole, in bytes.
  let lineLimit: Int
  /// What was stated to stand between two records.
  let statedSeparator: [UInt8]?
  /// The language of each record of source code; empty for other formats.
  let languages: [CodeLanguage?]
  /// The first record that a canary can be formatted like.
  let exemplar: [UInt8]
  /// Records for canaries with several copies; empty where copies take nothing from their model.
  let models: [[UInt8]]
  let sample: RecordSample
  /// The beginnings of records that are contexts of canaries, in the order of the draw.
  let grafts: [Graft]
  /// What was found in each file, or in each range of the only one.
  let parts: [SurveyedPart]
  /// The drawn records' bytes, where they are wanted.
  let held: [Int: HeldRecords.Held]

  /// What to look for.
  public struct Options: Sendable {
    /// `--format`; found out where it is not stated.
    public var format: CorpusFormat?
    /// Fields named on the command line; found out where none are.
    public var fields: StatedFields?
    /// `--hold-out-by`: records that agree in this field stay together.
    public var groupField: String?
    /// How many records are taken out; as many are marked as members.
    public var holdOut: HoldOut
    /// Phrases that the corpus must not hold.
    public var phrases: [[UInt8]]
    /// The longest line that is read whole, in bytes; the format's own limit without one.
    package var lineLimit: Int?
    /// What stands between two records, with the format `separated`.
    public var separator: [UInt8]?
    /// The names of files in a tree of source code, by their paths.
    public var names: [String: String] = [:]
    /// How many records give their beginnings to canaries, and are taken out for it.
    public var contexts = 0
    /// The same for a tree of source code: how many files of each language do.
    public var contextFiles: [CodeLanguage: Int] = [:]
    /// Where secrets may stand in these records, beside sentences of their own.
    package var contextPlaces = GraftPlaces.all
    /// Whether the corpus will be written by shards: what they and their merging need is kept.
    public var isForShards = false
    /// Whether only the size of the corpus is wanted, and what it allows: it has no digest then.
    package var isForSize = false
    /// Into how many ranges the only file is cut before records, for as many shards.
    public var ranges = 1

    /// - Parameter nonMemberRecords: a stated number.
    public init(
      format: CorpusFormat? = nil, fields: StatedFields? = nil, groupField: String? = nil,
      nonMemberRecords: Int = 0, phrases: [[UInt8]] = []
    ) {
      self.format = format
      self.fields = fields
      self.groupField = groupField
      self.holdOut = .stated(nonMemberRecords)
      self.phrases = phrases
    }
  }

  /// How a file of the corpus is written: by the ending of its new name, and to standard output as it
  /// was read.
  public func compression(of file: Int, writtenTo name: String) -> Compression? {
    name == "-" ? files[file].compression : Compression(name: name)
  }

  /// White space that most completions begin with; empty for other shapes.
  public var completionLead: [UInt8] { join?.lead ?? [] }

  /// White space between most prompts and their completions, where the file says that: canaries are
  /// planted with it and asked with it.
  public var completionSeparator: [UInt8]? { join.map { $0.tail + $0.lead } }

  /// Reads the corpus once.
  ///
  /// - Throws: ``CoalmineError``: `corpus-missing`, `corpus-not-a-file`,
  ///   `corpus-format-not-supported`, `bad-json-line` (with `path:line`), `corpus-line-too-long`,
  ///   `record-shape-unknown`, `corpus-empty`, `corpus-not-utf8`, `no-usable-record`,
  ///   `hold-out-field-unknown`, `corpus-too-small`, `contexts-too-few`, `bad-corpus-option`, or a reading error.
  /// - Complexity: O(bytes); memory for one line within the limit and the records drawn.
  public init(
    path: String, options: Options, randomness: StudyRandomness,
    progress: @escaping ProgressReport = { _ in }
  ) throws {
    try self.init(paths: [path], options: options, randomness: randomness, progress: progress)
  }

  /// Reads a corpus of several files as one: records are numbered, drawn and planted over all of
  /// them. A file called `-` is standard input.
  ///
  /// - Throws: ``CoalmineError`` as for one file, and `corpus-files-differ`.
  public init(
    paths: [String], options: Options, randomness: StudyRandomness,
    progress: @escaping ProgressReport = { _ in }
  ) throws {
    let (files, form) = try SurveyedFile.open(paths, options)
    let (first, shape, format) = (files[0], form.shape, form.format)
    let path = first.path
    let type = RecordCodecs.codec(of: format)
    let limit = options.limit(type)
    var pass = SurveyPass(
      path: path, codec: first.codec,
      fields: RecordFields(shape: shape, syntax: first.codec.syntax), options: options,
      sampler: RecordSampler(
        wanted: options.holdOut.most,
        spare: options.holdOut.most > 0
          ? options.contexts + options.contextFiles.values.reduce(0, +) : 0,
        seed: randomness.seed(for: .records)),
      grafts: GraftedRecords.draws(options, seed: randomness.seed(for: .grafts)),
      modelSeed: randomness.seed(for: .identifiers, "models"), lineLimit: limit)
    for file in files { try pass.keepFirst(of: file) }
    var meter = ByteMeter(
      "reading the corpus", of: files.reduce(0) { $0 + $1.size }, progress)
    for file in files {
      pass.begin(file, isOnly: files.count == 1, ranges: options.ranges)
      var reader = file.codec.reader(try file.opened(), limit: limit)
      while let line = try reader.next() {
        try pass.read(line)
        meter.add(line.count)
      }
      try pass.end()
    }
    let refusals = SurveyRefusals(
      path: path, records: pass.records, setAside: pass.setAside, seen: pass.seen)
    guard pass.records > 0 else { throw refusals.empty() }
    if let separator = options.separator, !pass.hasSeparator {
      throw refusals.noSeparator(separator)
    }
    guard let exemplar = pass.exemplar else { throw refusals.noUsableRecord(shape) }
    if let field = options.groupField, pass.grouped == 0 { throw refusals.noGroup(field) }
    let inGroups = options.groupField != nil
    let grafts = try pass.grafts.flatMap { draw in
      guard let drawn = draw.drawn else {
        throw refusals.tooFewContexts(draw, inGroups: inGroups)
      }
      return drawn
    }
    let room: HoldOutRoom? =
      if case .upTo = options.holdOut { pass.sampler.room(isGrouped: inGroups) } else { nil }
    let wanted = room?.number ?? options.holdOut.most
    guard let sample = pass.sampler.sample(of: wanted, besides: grafts) else {
      throw refusals.tooSmall(wanted: wanted, pass.sampler, besides: grafts, inGroups: inGroups)
    }
    self.path = path
    self.files = files
    self.format = format
    self.shape = shape
    self.size = pass.size
    self.digest = pass.digest.finalize()
    self.records = pass.records
    self.hasByteOrderMark = pass.hasByteOrderMark
    self.endings = pass.endings
    self.setAside = pass.setAside
    self.join = pass.join
    self.separator = type.boundary == .ended ? pass.endings.usual : pass.usualLead
    self.phrasesFound = pass.phrases.found
    self.groupField = options.groupField
    self.holdOutRoom = room
    self.heldOutTexts = wanted
    self.lineLimit = limit
    self.languages = pass.languages
    self.statedSeparator = options.separator
    self.models = pass.models?.staying(in: sample) ?? []
    self.exemplar =
      pass.exemplarNumber.map(sample.removes) == true ? models.first ?? exemplar : exemplar
    self.sample = sample
    self.grafts = grafts
    self.parts = pass.parts
    self.held = pass.held?.records ?? [:]
  }

  /// The survey of a whole corpus as far as one of its files needs it.
  init(_ plan: ShardPlan, _ place: Int, _ file: SurveyedFile) {
    let part = plan.files[place]
    path = file.path
    files = [file]
    format = plan.format
    shape = plan.shape
    size = part.size
    digest = part.digest
    records = plan.records
    hasByteOrderMark = false
    endings = LineEndings()
    lineLimit = type(of: file.codec).limit
    setAside = RecordsSetAside(lineLimit: lineLimit)
    join = plan.join
    separator = plan.separator
    phrasesFound = []
    groupField = plan.groupField
    holdOutRoom = nil
    heldOutTexts = 0
    languages = []
    statedSeparator = plan.statedSeparator
    exemplar = plan.exemplar
    models = plan.models
    sample = RecordSample(plan.drawn)
    grafts = []
    parts = []
    held = [:]
  }
}
