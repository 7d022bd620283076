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
    let (removals, records) = ShardPlan.drawn(from: survey)
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
      dropped += ShardPlan.drawn(from: survey).records.count - seeding.records.count
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
}
