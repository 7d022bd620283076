// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics

/// The planted copies of a corpus, and a sample of its own records, as texts.
///
/// It is filled while a corpus is seeded, or read from a seeded corpus. The sample is a uniform one
/// of at most ``mostRecords`` records with a text, drawn by a fixed generator: the same corpus gives
/// the same sample.
public struct PreflightSample: Sendable {
  /// One copy of one canary.
  package struct Copy: Sendable {
    package let canary: String
    package let kind: String
    /// What is trained.
    package let text: [UInt8]
    /// Where the secret stands in the text; `nil` where it was not found.
    package let secret: Range<Int>?
    /// The template text up to the secret, to tell its language.
    package let prefix: [UInt8]
  }

  /// How many records of the corpus are compared with the canaries.
  public static let mostRecords = 300
  /// How much of a long record is looked at, in bytes.
  static let longestText = 640

  package private(set) var copies: [Copy] = []
  /// The beginnings of the drawn records' texts.
  package private(set) var records: [[UInt8]] = []
  /// The length of each of them in characters, whole.
  package private(set) var lengths: [Int] = []
  /// Records with a text, copies of canaries not counted.
  package private(set) var recordsSeen = 0
  private var generator = ChaCha8Rand(seed: Array(repeating: 0, count: 32))

  public init() {}

  /// Takes note of a planted record.
  package mutating func add(_ canary: Canary, planted record: [UInt8], _ fields: RecordFields) {
    let text = fields.readableText(of: record) ?? canary.revealedText()
    let secret = canary.secret.reveal()
    let start = ByteSearch.firstRange(of: canary.prefix, in: text)?.upperBound ?? 0
    copies.append(
      Copy(
        canary: canary.id, kind: canary.kind, text: text,
        secret: ByteSearch.firstRange(of: secret, in: text, from: start), prefix: canary.prefix))
  }

  /// Takes note of a record of the corpus's own.
  package mutating func add(record: [UInt8], _ fields: RecordFields) {
    // The place is drawn first: most records of a large corpus need not be read for their text.
    let place =
      records.count < Self.mostRecords
      ? records.count : Int(generator.uniform(below: UInt64(recordsSeen + 1)))
    guard place < Self.mostRecords else {
      recordsSeen += 1
      return
    }
    guard let text = fields.readableText(of: record), !text.isEmpty else { return }
    recordsSeen += 1
    let length = text.count { $0 & 0xC0 != 0x80 }
    if place == records.count {
      records.append(Self.beginning(of: text))
      lengths.append(length)
    } else {
      records[place] = Self.beginning(of: text)
      lengths[place] = length
    }
  }

  /// No more than ``longestText`` bytes, cut before a character.
  private static func beginning(of text: [UInt8]) -> [UInt8] {
    guard text.count > longestText else { return text }
    var end = longestText
    while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
    return Array(text[..<end])
  }
}

extension PreflightSample {
  /// Reads the corpus that `seed` wrote for a study.
  ///
  /// - Throws: ``CoalmineError`` with exit code 5 where the file is another one, or a reading error.
  public init(
    seeded paths: [String], manifest: Manifest, canaries: [Canary], remarks: CopyRemarks? = nil,
    progress: @escaping ProgressReport = { _ in }
  ) throws {
    self.init()
    do {
      if manifest.corpus.format == .source {
        try read(try SeededTree(paths, manifest), canaries, remarks, progress)
        return
      }
      try SeededVerifier(manifest: manifest, canaries: canaries, remarks: remarks)
        .verify(paths, progress: progress)
    } catch let error as CoalmineError where error.exit == .verificationFailed {
      throw CoalmineError(
        code: error.code, error.message, details: error.details,
        help: "with --study, give the seeded corpus that 'coalmine seed' wrote for this study; "
          + "without it, give the corpus before seeding",
        exit: error.exit)
    }
    let files = try SeededFiles(paths, manifest)
    let type = RecordCodecs.codec(of: manifest.corpus.format)
    let codec = try type.init(files.first)
    let fields = RecordFields(shape: manifest.corpus.shape, syntax: codec.syntax)
    let byID = Dictionary(canaries.map { ($0.id, $0.asPlanted) }) { first, _ in first }
    var insertions = manifest.insertions[...]
    var meter = ByteMeter("reading the seeded corpus", of: files.size, progress)
    var base: Int64 = 0
    for file in files.files {
      var reader = codec.reader(file, limit: type.limit)
      while let line = try reader.next() {
        meter.add(line.count)
        guard line.isRecord, line.part == .whole else { continue }
        let start = base + line.offset + Int64(line.mark.count + line.lead.count)
        while let first = insertions.first, first.offset + first.length <= start {
          insertions.removeFirst()
        }
        if let insertion = insertions.first, insertion.offset <= start {
          if let canary = byID[insertion.canary] { add(canary, planted: line.content, fields) }
        } else {
          add(record: line.content, fields)
        }
      }
      base += file.size
    }
  }

  /// A tree of source code.
  private mutating func read(
    _ tree: SeededTree, _ canaries: [Canary], _ remarks: CopyRemarks?,
    _ progress: @escaping ProgressReport
  ) throws {
    try tree.verify(canaries, remarks: remarks, progress: progress)
    let byID = Dictionary(canaries.map { ($0.id, $0) }) { first, _ in first }
    let fields = RecordFields(shape: .plainText)
    try tree.readAll { item in
      guard !item.part.isRemoved, item.bytes.count <= SourceCodec.limit else { return }
      if let canary = item.insertion.flatMap({ byID[$0.canary] }) {
        add(canary, planted: item.bytes, fields)
      } else if item.bytes.contains(where: { !CorpusFormat.isBlank($0) && $0 != 0x0A }) {
        add(record: item.bytes, fields)
      }
    }
  }
}
