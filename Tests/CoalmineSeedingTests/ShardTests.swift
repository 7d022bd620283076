// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

/// A corpus that is written file by file, against one pass over all of it.
@Suite struct `Shards of a corpus` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  /// The names of files with their contents.
  private typealias Corpus = [(name: String, bytes: [UInt8])]

  private func stored(_ bytes: [UInt8], _ name: String) -> [UInt8] {
    guard let compression = Compression(name: name) else { return bytes }
    let compressor = Compressor(compression)
    return compressor.compress(bytes) + compressor.finish()
  }

  /// Writes a corpus in both ways and compares everything that comes out.
  private func expectEqual(
    _ corpus: Corpus, _ number: UInt64, _ options: CorpusSurvey.Options, shards: Int,
    _ comment: Comment
  ) throws {
    let paths = try corpus.map { try folder.write(stored($0.bytes, $0.name), to: $0.name) }
    let randomness = StudyRandomness(number: number)
    var planning = options
    planning.isForShards = true
    let survey = try CorpusSurvey(paths: paths, options: planning, randomness: randomness)
    let canaries = survey.inConversations(
      survey.grafted(try SeedingFixtures.draw(number).canaries))
    let remarks = number % 2 == 0 ? CopyRemarks(randomness, canaries: canaries) : nil

    var sample = PreflightSample()
    let opener = Outputs(reading: [])
    let files = try corpus.map {
      try opener.open(folder.file("one-" + $0.name), existing: .replace)
    }
    let whole = try CorpusSurvey(paths: paths, options: options, randomness: randomness)
    let one = try Seeder(
      survey: whole, canaries: canaries, randomness: randomness, remarks: remarks
    ).write(
      to: zip(files, corpus).map { SeededFile($0, compression: Compression(name: $1.name)) },
      into: &sample)
    for file in files { try file.commit() }

    let made = try ShardPlan(survey, canaries: canaries, shards: shards)
    let plan = try ShardPlan(document: try made.document())
    #expect(plan == made, comment)
    #expect(
      (1...shards).flatMap { plan.files(of: $0).map(\.name) }.sorted()
        == corpus.map(\.name).sorted(), comment)
    let seeder = try ShardSeeder(
      plan, canaries: canaries.shuffled(), randomness: randomness, remarks: remarks)
    var receipts: [Int: ShardReceipt] = [:]
    for place in corpus.indices.reversed() {
      let output = try Outputs(reading: []).open(
        folder.file("shard-" + corpus[place].name), existing: .replace)
      let receipt = try seeder.write(
        place, from: paths[place],
        to: SeededFile(output, compression: Compression(name: corpus[place].name)))
      try output.commit()
      #expect(ShardReceipt(document: try receipt.document()) == receipt)
      receipts[place] = receipt
    }
    for (name, _) in corpus {
      #expect(
        try folder.read("shard-" + name) == folder.read("one-" + name), "\(comment): \(name)")
    }
    let (removals, records) = ShardPlan.drawn(from: survey, canaries: canaries)
    let merge = ShardMerge(
      plan, corpus.indices.compactMap { receipts[$0] }, removals: removals, canaries: canaries)
    var read = PreflightSample()
    let manifest = try merge.manifest(
      reading: corpus.map { folder.file("shard-" + $0.name) }, into: &read)
    #expect(manifest == one.manifest, comment)
    #expect(merge.sound(records) == one.records, comment)
    #expect(try Preflight(read).document() == Preflight(sample).document(), comment)
  }

  private static let formats = ["jsonl", "json", "csv", "txt", "md"]

  private func content(_ format: String, _ records: Range<Int>, _ variant: Int) -> String {
    let texts = records.map { "line \($0) of prose" }
    switch format {
    case "jsonl":
      return texts.map { #"{"id":1,"text":"\#($0)"}"# }.joined(separator: "\n")
        + (variant == 0 ? "" : "\n")
    case "json":
      return variant == 0
        ? "[" + texts.map { #"{"text":"\#($0)"}"# }.joined(separator: ", ") + "]"
        : "[\n" + texts.map { #"  {"text":"\#($0)"}"# }.joined(separator: ",\n") + "\n]\n"
    case "csv":
      let end = variant == 1 ? "\r\n" : "\n"
      return "id,text" + end + texts.map { "1,\($0)" }.joined(separator: end)
        + (variant == 0 ? "" : end)
    case "md": return texts.joined(separator: "\n\n") + (variant == 0 ? "" : "\n")
    default: return texts.joined(separator: "\n") + (variant == 0 ? "" : "\n")
    }
  }

  @Test(arguments: formats)
  func `write the bytes of one pass, in every format, compressed or not`(_ format: String) throws {
    let compressed = ["", ".gz", "", ".zst", ".gz"]
    for number in 0..<(isDeep ? 60 : 6) as Range<UInt64> {
      var start = 0
      let corpus: Corpus = [7, 2, 30, 3, 15].enumerated().map { place, count in
        defer { start += count }
        return (
          "part-\(place).\(format)\(compressed[(place + Int(number)) % 5])",
          Array(content(format, start..<start + count, (place + Int(number)) % 3).utf8)
        )
      }
      try expectEqual(
        corpus, number, .init(nonMemberRecords: 4), shards: 1 + Int(number) % 5,
        "\(format) \(number)")
    }
  }

  @Test func `write the bytes of one pass over hostile files of every shape`() throws {
    var generator = ChaCha8Rand(seed: Array(repeating: 7, count: 32))
    for shape in GeneratedCorpus.shapes {
      for number in 0..<(isDeep ? 60 : 6) as Range<UInt64> {
        let corpus: Corpus = (0..<3).map { place in
          let made = GeneratedCorpus(shape, least: 12, using: &generator)
          // A mark in the middle of a corpus is that of its file.
          return ("part-\(place).\(shape == .plainText ? "txt" : "jsonl")", made.bytes)
        }
        try expectEqual(
          corpus, number, .init(nonMemberRecords: 3), shards: 3, "\(shape.slug) \(number)")
      }
    }
  }

  @Test func `agree on texts that stand in groups of several files`() throws {
    var dropped = 0
    for number in 0..<12 as Range<UInt64> {
      let corpus: Corpus = (0..<3).map { place in
        let lines = (0..<20).map { line in
          // Some texts stand in every file, each time in another group.
          let text = line % 3 == 0 ? "shared \(line)" : "own \(place) \(line)"
          return #"{"g":"\#(place)-\#(line / 2)","text":"\#(text)"}"# + "\n"
        }
        return ("part-\(place).jsonl", Array(lines.joined().utf8))
      }
      let options = CorpusSurvey.Options(groupField: "g", nonMemberRecords: 5)
      try expectEqual(corpus, number, options, shards: 2, "groups \(number)")
      var planning = options
      planning.isForShards = true
      let survey = try CorpusSurvey(
        paths: corpus.map { folder.file($0.name) }, options: planning,
        randomness: StudyRandomness(number: number))
      let seeding = try Seeder(
        survey: survey, canaries: SeedingFixtures.draw(number).canaries,
        randomness: StudyRandomness(number: number)
      ).write(to: folder.file("again-\(number)"), overwrite: true)
      dropped += ShardPlan.drawn(from: survey, canaries: []).records.count - seeding.records.count
    }
    // Else the shards would have had nothing to tell.
    #expect(dropped > 0)
  }

  @Test func `write the bytes of one pass where contexts begin as records`() throws {
    for number in 0..<4 as Range<UInt64> {
      let corpus: Corpus = (0..<3).map { place in
        let lines = (0..<30).map { line in
          let text = "Note \(line) of file \(place) is about the desk in the hall. More \(line)"
          return #"{"g":"\#(place)-\#(line / 2)","text":"\#(text)"}"# + "\n"
        }
        return ("part-\(place).jsonl", Array(lines.joined().utf8))
      }
      var options = CorpusSurvey.Options(
        groupField: number % 2 == 0 ? "g" : nil, nonMemberRecords: 5)
      options.contexts = try SeedingFixtures.draw(number).canaries.count
      try expectEqual(corpus, number, options, shards: 2, "contexts \(number)")
    }
  }

  @Test func `refuse a file that is not the one that was planned with`() throws {
    let paths = try (0..<2).map {
      try folder.write(content("jsonl", $0 * 40..<$0 * 40 + 40, 1), to: "part-\($0).jsonl")
    }
    let randomness = StudyRandomness(number: 3)
    let canaries = try SeedingFixtures.draw(3).canaries
    var options = CorpusSurvey.Options(nonMemberRecords: 2)
    options.isForShards = true
    let survey = try CorpusSurvey(paths: paths, options: options, randomness: randomness)
    let seeder = try ShardSeeder(
      ShardPlan(survey, canaries: canaries, shards: 2), canaries: canaries, randomness: randomness)
    func refusal() -> String? {
      CoalmineError.thrown { _ = try seeder.write(1, from: paths[1], to: SeededFile(nil)) }?.code
    }
    #expect(refusal() == nil)
    // As long as before, and another one.
    try folder.write(
      content("jsonl", 40..<80, 1).replacingOccurrences(of: "prose", with: "verse"),
      to: "part-1.jsonl")
    #expect(refusal() == "shard-file-differs")
    try folder.write(content("jsonl", 40..<79, 1), to: "part-1.jsonl")
    #expect(refusal() == "shard-file-differs")
    #expect(
      CoalmineError.thrown { _ = try ShardPlan(survey, canaries: canaries, shards: 3) }?.code
        == "shards-more-than-files")
  }

  /// Writes one file in ranges and compares them, one after another, with one pass over the file.
  private func expectRanges(
    _ name: String, _ bytes: [UInt8], _ number: UInt64, _ options: CorpusSurvey.Options,
    shards: Int, isExact: Bool = true, _ comment: Comment
  ) throws {
    let path = try folder.write(bytes, to: name)
    let randomness = StudyRandomness(number: number)
    var planning = options
    planning.isForShards = true
    planning.ranges = shards
    let survey = try CorpusSurvey(path: path, options: planning, randomness: randomness)
    let canaries = survey.inConversations(try SeedingFixtures.draw(number).canaries)
    let whole = try CorpusSurvey(path: path, options: options, randomness: randomness)
    let one = try Seeder(survey: whole, canaries: canaries, randomness: randomness)
      .write(to: folder.file("one"), overwrite: true)
    let made: ShardPlan
    do { made = try ShardPlan(survey, canaries: canaries, shards: shards) } catch {
      // A record may be longer than a range.
      #expect(error.code == "shards-more-than-files" && !isExact, comment)
      return
    }
    let plan = try ShardPlan(document: try made.document())
    #expect(plan == made, comment)
    // The ranges are the file, each begins behind a line break, and each holds a record.
    var start: Int64 = 0
    for file in plan.files {
      #expect(file.range == start..<start + file.size && file.records > 0, comment)
      if start > 0 { #expect(bytes[Int(start) - 1] == 0x0A, comment) }
      start += file.size
    }
    #expect(start == Int64(bytes.count), comment)
    let seeder = try ShardSeeder(plan, canaries: canaries, randomness: randomness)
    var receipts: [ShardReceipt] = []
    var joined: [UInt8] = []
    for (place, file) in plan.files.enumerated() {
      let output = try Outputs(reading: []).open(folder.file(file.name), existing: .replace)
      receipts.append(try seeder.write(place, from: path, to: SeededFile(output)))
      try output.commit()
      joined += try folder.read(file.name)
    }
    #expect(try joined == folder.read("one"), comment)
    let (removals, records) = ShardPlan.drawn(from: survey, canaries: canaries)
    let merge = ShardMerge(plan, receipts, removals: removals, canaries: canaries)
    var read = PreflightSample()
    let names = plan.files.map { folder.file($0.name) }
    let manifest = try merge.manifest(reading: names, into: &read)
    #expect(manifest.insertions == one.manifest.insertions, comment)
    #expect(manifest.removals == one.manifest.removals, comment)
    #expect(manifest.corpus.seededDigest == one.manifest.corpus.seededDigest, comment)
    #expect(merge.sound(records) == one.records, comment)
    // The ranges are found and given back as files, and as the one file that they make.
    let verifier = SeededVerifier(manifest: manifest, canaries: canaries)
    try verifier.verify(names)
    let paths = try [names, [folder.write(joined, to: "joined")]]
    try verifier.verify(paths[1])
    for seeded in paths {
      let outputs = try plan.files.map {
        try Outputs(reading: []).open(folder.file("back-" + $0.name), existing: .replace)
      }
      try Unseeder(manifest: manifest).write(from: seeded, to: outputs.map { SeededFile($0) })
      for output in outputs { try output.commit() }
      #expect(
        try plan.files.flatMap { try folder.read("back-" + $0.name) } == bytes, comment)
    }
  }

  @Test func `of one file are its ranges of lines, and together they are the bytes of one pass`()
    throws
  {
    for number in 0..<(isDeep ? 60 : 8) as Range<UInt64> {
      for format in ["jsonl", "txt"] {
        let text = content(format, 0..<57, Int(number) % 3)
        try expectRanges(
          "big.\(format)", Array(text.utf8), number, .init(nonMemberRecords: 4),
          shards: 2 + Int(number), "\(format) \(number)")
      }
    }
    var generator = ChaCha8Rand(seed: Array(repeating: 9, count: 32))
    for shape in GeneratedCorpus.shapes {
      for number in 0..<(isDeep ? 60 : 4) as Range<UInt64> {
        let made = GeneratedCorpus(shape, least: 24, using: &generator)
        try expectRanges(
          "big.\(shape == .plainText ? "txt" : "jsonl")", made.bytes, number,
          .init(nonMemberRecords: 3), shards: 4, isExact: false, "\(shape.slug) \(number)")
      }
    }
  }

  @Test func `of one file hold no mark and no long line apart from its beginning`() throws {
    // What looks like a byte order mark begins a line in the middle, and one line is a third of all.
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let long = String(repeating: "word ", count: 20_000)
    let lines = (0..<60).map { mark + Array("line \($0) of prose\n".utf8) }
    var bytes = mark
    bytes += lines[..<20].joined()
    bytes += Array("\n  \n\(long)\n\n".utf8)
    bytes += lines[20...].joined()
    for number in 0..<6 as Range<UInt64> {
      try expectRanges(
        "marks.txt", bytes, number, .init(nonMemberRecords: 2), shards: 6, "\(number)")
    }
  }

  @Test func `of one file are no more than its records, and only of lines as they lie there`()
    throws
  {
    let path = try folder.write(content("jsonl", 0..<40, 1), to: "big.jsonl")
    let randomness = StudyRandomness(number: 3)
    let canaries = try SeedingFixtures.draw(3).canaries
    var options = CorpusSurvey.Options(nonMemberRecords: 2)
    options.isForShards = true
    options.ranges = 41
    let few = try CorpusSurvey(path: path, options: options, randomness: randomness)
    #expect(
      CoalmineError.thrown { _ = try ShardPlan(few, canaries: canaries, shards: 41) }?.code
        == "shards-more-than-files")
    options.ranges = 2
    let survey = try CorpusSurvey(path: path, options: options, randomness: randomness)
    let seeder = try ShardSeeder(
      ShardPlan(survey, canaries: canaries, shards: 2), canaries: canaries, randomness: randomness)
    // Only the other range differs: what this one reads is as it was, but for the length of the file.
    try folder.write(content("jsonl", 0..<41, 1), to: "big.jsonl")
    #expect(
      CoalmineError.thrown { _ = try seeder.write(0, from: path, to: SeededFile(nil)) }?.code
        == "shard-file-differs")
    for (name, text) in [
      ("a.json", "[{\"text\":\"a\"},{\"text\":\"b\"}]"), ("a.csv", "text\na\nb\n"),
      ("a.md", "one\n\ntwo\n"),
    ] {
      let other = try folder.write(text, to: name)
      let refused = CoalmineError.thrown { try LineRanges.expect(other, format: nil, shards: 2) }
      #expect(refused?.code == "shards-more-than-files" && refused?.help != nil, "\(name)")
    }
    let compressed = try folder.write(
      stored(Array(content("jsonl", 0..<40, 1).utf8), "a.jsonl.gz"), to: "a.jsonl.gz")
    let refused = CoalmineError.thrown { try LineRanges.expect(compressed, format: nil, shards: 2) }
    #expect(refused?.message.contains("it is compressed") == true)
  }
}
