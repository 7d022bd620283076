// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

/// Several files as one corpus.
@Suite struct `Corpora of several files` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private static let formats = ["jsonl", "json", "csv", "txt", "md"]

  /// One file of a format with so many records, and the ways in which files end.
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

  private struct Seeded {
    let survey: CorpusSurvey
    let seeding: Seeding
    let canaries: [Canary]
    let original: [[UInt8]]
    let names: [String]
  }

  private func seeded(
    _ format: String, _ counts: [Int], number: UInt64, endings: [String] = [], holdOut: Int = 4
  ) throws -> Seeded {
    var start = 0
    var paths: [String] = []
    var names: [String] = []
    var original: [[UInt8]] = []
    for (place, count) in counts.enumerated() {
      let bytes = Array(content(format, start..<start + count, (place + Int(number)) % 3).utf8)
      start += count
      original.append(bytes)
      let ending = place < endings.count ? endings[place] : ""
      let name = "part-\(place).\(format)\(ending)"
      names.append(name)
      let compressor = Compression(name: name).map { Compressor($0) }
      paths.append(
        try folder.write(
          compressor.map { $0.compress(bytes) + $0.finish() } ?? bytes, to: name))
    }
    let randomness = StudyRandomness(number: number)
    let survey = try CorpusSurvey(
      paths: paths, options: .init(nonMemberRecords: holdOut), randomness: randomness)
    let canaries = try SeedingFixtures.draw(number).canaries
    let outputs = Outputs(reading: [])
    let files = try names.map { try outputs.open(folder.file("out-" + $0), existing: .replace) }
    var sample = PreflightSample()
    let seeding = try Seeder(survey: survey, canaries: canaries, randomness: randomness).write(
      to: files.enumerated().map { place, file in
        SeededFile(file, compression: survey.compression(of: place, writtenTo: names[place]))
      }, into: &sample)
    for file in files { try file.commit() }
    return Seeded(
      survey: survey, seeding: seeding, canaries: canaries, original: original, names: names)
  }

  private func data(_ name: String) throws -> [UInt8] {
    let bytes = try folder.read(name)
    guard let compression = Compression(head: bytes) else { return bytes }
    var rest = bytes[...]
    var result: [UInt8] = []
    let isWhole = compression.decompress {
      defer { rest = rest.dropFirst(1_000) }
      return Array(rest.prefix(1_000))
    } write: {
      result += $0
    }
    #expect(isWhole)
    return result
  }

  private func outputs(_ seeded: Seeded) -> [String] {
    seeded.names.map { folder.file("out-" + $0) }
  }

  @Test(arguments: formats)
  func `the originals come back byte for byte, whatever ends the files`(_ format: String) throws {
    for number in 0..<12 as Range<UInt64> {
      let seeded = try seeded(format, [7, 1, 30, 2, 15], number: number)
      let manifest = seeded.seeding.manifest
      // All data in one is what the manifest describes.
      let all = try seeded.names.flatMap { try data("out-" + $0) }
      #expect(Naive.unseeded(all, manifest) == seeded.original.flatMap { $0 })
      #expect(sha256(all) == manifest.corpus.seededDigest)
      #expect(sha256(seeded.original.flatMap { $0 }) == manifest.corpus.digest)
      #expect(manifest.removals.count == 4 && manifest.corpus.records == 55)
      try SeededVerifier(manifest: manifest, canaries: seeded.canaries).verify(outputs(seeded))
      try restore(seeded, from: outputs(seeded))
    }
  }

  private func restore(_ seeded: Seeded, from paths: [String]) throws {
    let opener = Outputs(reading: [])
    let files = try seeded.names.map {
      try opener.open(folder.file("back-" + $0), existing: .replace)
    }
    try Unseeder(manifest: seeded.seeding.manifest).write(
      from: paths,
      to: zip(files, seeded.names).map { SeededFile($0, compression: Compression(name: $1)) })
    for file in files { try file.commit() }
    for (name, bytes) in zip(seeded.names, seeded.original) {
      #expect(try data("back-" + name) == bytes)
    }
  }

  @Test(arguments: formats)
  func `each file is a whole one of its format, and together they hold every copy`(
    _ format: String
  ) throws {
    let seeded = try seeded(format, [9, 20, 20], number: 4)
    var processed = ProcessedCorpus(
      shape: seeded.survey.shape, canaries: seeded.canaries, records: seeded.seeding.records)
    var records = 0
    for path in outputs(seeded) {
      records += try CorpusSurvey(
        path: path, options: .init(), randomness: StudyRandomness(number: 1)
      ).records
      try processed.read(path)
    }
    #expect(processed.findings.conclusion == .complete)
    #expect(records == 49 - 4 + seeded.canaries.reduce(0) { $0 + $1.copies })
  }

  @Test func `files compressed in different ways stay so, and their digests are those on the disk`()
    throws
  {
    let seeded = try seeded("jsonl", [12, 12, 12], number: 9, endings: [".gz", "", ".zst"])
    let parts = seeded.seeding.manifest.corpus.parts
    #expect(parts.map(\.name) == seeded.names)
    for (part, original) in zip(parts, seeded.original) {
      let stored = try folder.read("out-" + part.name)
      #expect(Compression(head: stored) == Compression(name: part.name))
      #expect(part.storedDigest == sha256(stored))
      #expect(Int(part.seededSize) == (try data("out-" + part.name)).count)
      #expect(Int(part.size) == original.count)
    }
    try SeededVerifier(manifest: seeded.seeding.manifest, canaries: seeded.canaries)
      .verify(outputs(seeded))
    try restore(seeded, from: outputs(seeded))
  }

  @Test func `a slot is drawn over all files: copies fall in proportion to their records`() throws {
    var inFirst = 0
    var copies = 0
    for number in 0..<40 as Range<UInt64> {
      let seeded = try seeded("jsonl", [10, 90], number: number, holdOut: 0)
      let border = seeded.seeding.manifest.corpus.parts[0].seededSize
      copies += seeded.seeding.manifest.insertions.count
      inFirst += seeded.seeding.manifest.insertions.count { $0.offset < border }
    }
    // 10 of 101 slots, five standard deviations either side.
    let mean = Double(copies) * 10 / 101
    #expect(abs(Double(inFirst) - mean) < 5 * (mean * 91 / 101).squareRoot())
  }

  @Test func `files under their own names are found in any order, others are refused`() throws {
    let seeded = try seeded("jsonl", [12, 20, 8], number: 3)
    let manifest = seeded.seeding.manifest
    let verifier = SeededVerifier(manifest: manifest, canaries: seeded.canaries)
    let whole = try TemporaryFolder(in: .memory)
    let paths = try seeded.names.map { try whole.write(data("out-" + $0), to: $0) }
    try verifier.verify(Array(paths.reversed()))
    try restore(seeded, from: Array(paths.reversed()))
    let few = CoalmineError.thrown { try verifier.verify(Array(paths.dropLast())) }
    #expect(few?.code == "seeded-files-differ" && few?.exit == .verificationFailed)
    #expect(few?.message.contains("has 3 files, and 2 are named") == true)
    var longer = try data("out-" + seeded.names[1])
    longer.append(0x0A)
    try whole.write(longer, to: seeded.names[1])
    #expect(CoalmineError.thrown { try verifier.verify(paths) }?.code == "seeded-size-differs")
    longer.removeLast()
    longer[3] ^= 1
    try whole.write(longer, to: seeded.names[1])
    #expect(CoalmineError.thrown { try verifier.verify(paths) }?.exit == .verificationFailed)
  }

  @Test func `files of different forms are refused`() throws {
    let lines = try folder.write(Array(content("jsonl", 0..<5, 1).utf8), to: "a.jsonl")
    let cases: [(name: String, text: String, what: String)] = [
      ("b.txt", "a line\nanother line\n", "is read as 'text'"),
      ("c.jsonl", #"{"prompt":"a","completion":"b"}"#, "holds text in both 'prompt'"),
    ]
    for (name, text, what) in cases {
      let other = try folder.write(Array(text.utf8), to: name)
      let error = CoalmineError.thrown {
        _ = try CorpusSurvey(
          paths: [lines, other], options: .init(), randomness: StudyRandomness(number: 1))
      }
      #expect(error?.code == "corpus-files-differ")
      #expect(error?.message.contains(what) == true, "\(error?.message ?? "")")
    }
    let one = try folder.write(Array("id,text\n1,a\n".utf8), to: "a.csv")
    let two = try folder.write(Array("text,id\na,1\n".utf8), to: "b.csv")
    #expect(
      CoalmineError.thrown {
        _ = try CorpusSurvey(
          paths: [one, two], options: .init(), randomness: StudyRandomness(number: 1))
      }?.code == "corpus-files-differ")
    let empty = try folder.write([0x0A], to: "empty.jsonl")
    let nothing = CoalmineError.thrown {
      _ = try CorpusSurvey(
        paths: [lines, empty], options: .init(), randomness: StudyRandomness(number: 1))
    }
    #expect(nothing?.code == "corpus-empty" && nothing?.message.contains("empty.jsonl") == true)
  }
}
