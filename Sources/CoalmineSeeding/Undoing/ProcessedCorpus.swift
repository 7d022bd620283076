// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Counts the canaries of a study in files that a pipeline made of its seeded corpus: shuffled,
/// split, deduplicated, written anew by another program.
///
///     var processed = ProcessedCorpus(shape: shape, canaries: canaries, records: records)
///     try processed.read("train.jsonl")
///     let findings = processed.findings
///
/// A copy is found by the text before its secret, in any format that is read, whatever fields stand
/// around it. It is intact where the secret follows: at once, or, where the corpus keeps prompt and
/// answer apart, near it in the same record. A held-out canary's copy with a placeholder is intact where
/// that follows.
public struct ProcessedCorpus: Sendable {
  private let shape: RecordShape
  private let isSource: Bool
  private let canaries: [Canary]
  private let index: TextIndex
  /// How long each canary's text before the secret is as it is looked for.
  private let lengths: [Int]
  private let nonmembers: Set<[UInt8]>
  private let members: Set<[UInt8]>
  private let longest: Int
  private var intact: [Int]
  private var changed: [Int]
  private var revealed: [Int]
  private var foundNonmembers: Set<[UInt8]> = []
  private var foundMembers: Set<[UInt8]> = []
  private var records = 0
  private var files: [ProcessedFindings.File] = []

  /// How far from its prompt an answer may stand in a record that holds several.
  private static let reach = 8 << 10

  /// - Parameters:
  ///   - shape: of the corpus that was seeded.
  ///   - isSource: whether files of source code were seeded: canaries have several lines then.
  ///   - records: those that the membership measures compare.
  public init(
    shape: RecordShape, isSource: Bool = false, canaries: [Canary], records: [CorpusRecord]
  ) {
    self.shape = shape
    self.isSource = isSource
    self.canaries = canaries
    let prefixes = canaries.map { Unescaping.twice($0.prefix) }
    index = TextIndex(prefixes)
    lengths = prefixes.map(\.count)
    func texts(_ side: CorpusRecord.Membership) -> Set<[UInt8]> {
      Set(records.filter { $0.membership == side }.map { $0.text.reveal() })
    }
    nonmembers = texts(.nonmember)
    members = texts(.member)
    longest =
      canaries.map { max($0.revealedText().count, $0.asPlanted.revealedText().count) }.max() ?? 0
    intact = Array(repeating: 0, count: canaries.count)
    changed = Array(repeating: 0, count: canaries.count)
    revealed = Array(repeating: 0, count: canaries.count)
  }

  /// Reads one more file of the corpus, gzip data included.
  ///
  /// - Throws: ``CoalmineError`` where it cannot be read.
  /// - Complexity: O(bytes); memory for one record.
  public mutating func read(
    _ path: String, progress: @escaping ProgressReport = { _ in }
  ) throws {
    let file = try CorpusFile(path)
    let name = path.split(separator: "/").last.map(String.init) ?? path
    // Any text can hold canaries, so what is no record of a known format is read as lines.
    let plain: CorpusFormat = isSource ? .source : .text
    var format = (try? CorpusFormat.detect(file, stated: nil)) ?? plain
    if isSource, format.isPlain { format = plain }
    let start = self
    do {
      try read(file, format, progress)
    } catch let error as CoalmineError where format != plain && error.exit == .badData {
      self = start
      try read(file, plain, progress)
    }
    files.append(ProcessedFindings.File(name: name, digest: hexadecimal(try file.storedDigest())))
  }

  private mutating func read(
    _ file: CorpusFile, _ format: CorpusFormat, _ progress: @escaping ProgressReport
  ) throws {
    let type = RecordCodecs.codec(of: format)
    let codec = try type.init(file)
    // Plain text is often written as JSON Lines before it is trained.
    let written =
      shape == .plainText ? try? CorpusSurvey.shape(of: file, codec, nil, type.limit) : shape
    let fields =
      written == nil || written == .plainText
      ? nil : written.map { RecordFields(shape: $0, syntax: codec.syntax) }
    var reader = codec.reader(file, limit: type.limit)
    var meter = ByteMeter("reading the processed corpus", of: file.size, progress)
    var tail: [UInt8] = []
    while let piece = try reader.next() {
      meter.add(piece.count)
      guard piece.isRecord else { continue }
      if piece.part.begins { records += 1 }
      // A long line comes in pieces, and a canary may stand across two of them.
      let text = tail + unescaped(piece.content, codec.syntax)
      count(text, after: tail.count, goesOn: !piece.part.ends)
      tail = piece.part.ends ? [] : Array(text.suffix(2 * longest))
      if piece.part == .whole { noteMembership(piece.content, fields) }
    }
  }

  private func unescaped(_ content: [UInt8], _ syntax: RecordSyntax) -> [UInt8] {
    // A context may hold escapes of its own, in JSON or in code, and a cell of a table may hold JSON in its
    // turn: what is looked for is read alike.
    if case .table = syntax { return Unescaping.twice(Unescaping.table(content)) }
    return Unescaping.twice(content)
  }

  private mutating func noteMembership(_ content: [UInt8], _ fields: RecordFields?) {
    guard !nonmembers.isEmpty || !members.isEmpty else { return }
    guard let text = fields == nil ? content : fields?.text(of: content) else { return }
    if nonmembers.contains(text) { foundNonmembers.insert(text) }
    if members.contains(text) { foundMembers.insert(text) }
  }

  /// Counts the copies in a record, or in a piece of one. A copy counts with the piece in which the
  /// longest canary would end if it began there.
  ///
  /// ```
  /// tail of the piece before │ piece
  ///          prompt      secret
  /// ```
  ///
  /// - Parameters:
  ///   - start: how many bytes were looked through with the piece before.
  ///   - goesOn: whether another piece follows, which begins with the tail of this one.
  private mutating func count(_ text: [UInt8], after start: Int, goesOn: Bool) {
    var hits: [(canary: Int, range: Range<Int>)] = []
    index.matches(in: text) { canary, position in
      hits.append((canary, position..<position + lengths[canary]))
    }
    for hit in hits {
      let end = hit.range.upperBound + longest
      guard end > start, !goesOn || end <= text.count else { continue }
      let canary = canaries[hit.canary]
      if holdsSecret(of: canary.asPlanted, beside: hit.range, in: text) {
        intact[hit.canary] += 1
        continue
      }
      changed[hit.canary] += 1
      if canary.placeholder != nil, holdsSecret(of: canary, beside: hit.range, in: text) {
        revealed[hit.canary] += 1
      }
    }
  }

  private func holdsSecret(of canary: Canary, beside prompt: Range<Int>, in text: [UInt8]) -> Bool {
    let secret = canary.secret.reveal()
    var next = prompt.upperBound
    while next < text.count, CompletionJoin.isWhite(text[next]) { next += 1 }
    if Self.stands(secret, at: next, in: text) { return true }
    switch shape {
    case .plainText, .text: return false
    case .promptCompletion, .messages, .preference: break
    }
    // Writers that sort keys put an answer before its prompt.
    let range =
      max(0, prompt.lowerBound - Self.reach)..<min(text.count, prompt.upperBound + Self.reach)
    var from = range.lowerBound
    while let found = ByteSearch.firstRange(of: secret, in: text, from: from),
      found.upperBound <= range.upperBound
    {
      if Self.stands(secret, at: found.lowerBound, in: text) { return true }
      from = found.lowerBound + 1
    }
    return false
  }

  /// Whether a secret stands there and is not a part of a longer word or number.
  private static func stands(_ secret: [UInt8], at start: Int, in text: [UInt8]) -> Bool {
    let end = start + secret.count
    guard end <= text.count, text[start..<end] == secret[...] else { return false }
    func isAlphanumeric(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
    guard end < text.count, let last = secret.last, isAlphanumeric(last) else { return true }
    return !isAlphanumeric(text[end])
  }

  /// What was found in all files so far.
  public var findings: ProcessedFindings {
    ProcessedFindings(
      files: files, records: records,
      canaries: canaries.enumerated().map { number, canary in
        ProcessedFindings.Presence(
          canary: canary.id, role: canary.role, planned: canary.plantings, intact: intact[number],
          changed: changed[number],
          revealed: canary.placeholder == nil ? nil : revealed[number])
      },
      nonmembers: nonmembers.count, foundNonmembers: foundNonmembers.count,
      members: members.count, foundMembers: foundMembers.count)
  }
}
