// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineTesting
import Testing

/// A preflight of a whole file: drawn canaries, planted among records.
@Suite struct `Preflight of a corpus` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let sentence =
    "The weather in the north is colder than it was, and the trains of the region run late again"

  private func corpus(_ records: Int = 300, _ text: (Int) -> String) throws -> String {
    try folder.write(
      (0..<records).map { #"{"id": \#($0), "text": "\#(text($0))"}"# + "\n" }.joined(),
      to: "corpus.jsonl")
  }

  private struct Planted {
    let seeder: Seeder
    let draw: CanaryDraw
  }

  private func planted(_ path: String) throws -> Planted {
    let randomness = StudyRandomness(number: 4)
    let draw = try SeedingFixtures.draw(4)
    let survey = try CorpusSurvey(
      path: path, options: CorpusSurvey.Options(nonMemberRecords: 10), randomness: randomness)
    return Planted(
      seeder: Seeder(survey: survey, canaries: draw.canaries, randomness: randomness), draw: draw)
  }

  @Test func `a rehearsal, a seeding and the seeded file give the same preflight`() throws {
    let planted = try planted(try corpus { Self.sentence + " \($0)." })
    var rehearsed = PreflightSample()
    try planted.seeder.rehearse(into: &rehearsed)
    #expect(folder.names == ["corpus.jsonl"])

    var written = PreflightSample()
    let file = try Outputs(reading: []).open(
      folder.file("seeded.jsonl"), existing: .init(force: false))
    let seeding = try planted.seeder.write(to: file, into: &written)
    try file.commit()
    let read = try PreflightSample(
      seeded: [folder.file("seeded.jsonl")], manifest: seeding.manifest,
      canaries: planted.draw.canaries)

    let preflight = Preflight(rehearsed, maxTokens: 64)
    #expect(preflight == Preflight(written, maxTokens: 64))
    #expect(preflight == Preflight(read, maxTokens: 64))
    #expect(preflight.copies == seeding.manifest.insertions.count)
    #expect(preflight.canaries == planted.draw.canaries.count { $0.copies > 0 })
    #expect(preflight.records == 290 && preflight.sampledRecords == 290)
    #expect(preflight.language == "en")
    #expect(try Preflight(document: preflight.document()) == preflight)
  }

  @Test func `the corpus before seeding is not taken for the seeded one`() throws {
    let path = try corpus { Self.sentence + " \($0)." }
    let planted = try planted(path)
    var sample = PreflightSample()
    let file = try Outputs(reading: []).open(
      folder.file("seeded.jsonl"), existing: .init(force: false))
    let seeding = try planted.seeder.write(to: file, into: &sample)
    try file.commit()
    let error = try #require(
      #expect(throws: CoalmineError.self) {
        try PreflightSample(
          seeded: [path], manifest: seeding.manifest, canaries: planted.draw.canaries)
      })
    #expect(error.exit == .verificationFailed && error.help?.contains("--study") == true)
  }

  @Test func `losses are those that the copies have by hand`() throws {
    let planted = try planted(try corpus { Self.sentence + " \($0)." })
    var sample = PreflightSample()
    try planted.seeder.rehearse(into: &sample)
    let preflight = Preflight(sample)
    let found = Dictionary(uniqueKeysWithValues: preflight.findings.map { ($0.rule, $0) })
    let canaries = planted.draw.canaries.filter { $0.copies > 0 }
    let copies = canaries.reduce(0) { $0 + $1.copies }

    let exact = try #require(found["exact-duplicates"])
    #expect(exact.lost == Double(copies - canaries.count) && exact.canariesLost == 0)
    // Sentences of seven words with names of their own share no run of five words.
    let near = try #require(found["near-duplicates-70"])
    #expect(near.lost == exact.lost)
    // Six and twelve digits; two digits are no long number.
    let digits = try #require(found["long-number"])
    let hit = canaries.filter { $0.kind != "pin" }
    #expect(digits.lost == Double(hit.reduce(0) { $0 + $1.copies }))
    #expect(digits.canariesLost == hit.count && digits.recordsHit == 0)
    #expect(digits.kinds.map(\.kind) == Set(canaries.map(\.kind)).sorted())
    #expect(digits.kinds.first { $0.kind == "pin" }?.lost == 0)
    // The corpus's own records have twenty words, so the rule is hardly in use.
    let short = try #require(found["gopher-words"])
    #expect(short.lost == Double(copies) && short.recordsHit == 290)
    #expect(!preflight.likely.contains { $0.rule == "gopher-words" })
    #expect(preflight.likely.contains { $0.rule == "exact-duplicates" })
    #expect(found["truncation"] == nil && found["packing"] == nil && found["language"] == nil)
  }

  @Test func `a corpus in another language is found`() throws {
    let planted = try planted(
      try corpus { "Kuzeyde hava daha soğuk ve bu mevsimde çok yağmur var \($0)." })
    var sample = PreflightSample()
    try planted.seeder.rehearse(into: &sample)
    let preflight = Preflight(sample)
    #expect(preflight.language == "tr")
    let finding = try #require(preflight.findings.first { $0.rule == "language" })
    // A kind is told by its sentences "The … of … is …"; "Desk note: … uses …" has no stop word.
    let told = Set(
      sample.copies.filter { $0.prefix.starts(with: Array("The ".utf8)) }.map(\.kind))
    #expect(finding.lost == Double(sample.copies.count { told.contains($0.kind) }))
    #expect(
      !told.isEmpty && finding.effect.contains("English") && finding.effect.contains("Turkish"))
  }

  @Test func `a copy is cut where its secret ends after the limit`() throws {
    // 4 characters per token; a Chinese character is one.
    #expect(Preflight.tokens(in: Array("abcdefgh".utf8)) == 2)
    #expect(Preflight.tokens(in: Array("abcdefghi".utf8)) == 3)
    #expect(Preflight.tokens(in: Array("密码abcde".utf8)) == 4)
    let planted = try planted(try corpus { Self.sentence + " \($0)." })
    var sample = PreflightSample()
    try planted.seeder.rehearse(into: &sample)
    let ends = sample.copies.map { copy in
      Preflight.tokens(in: Array(copy.text[..<(copy.secret?.upperBound ?? 0)]))
    }
    let limit = try #require(ends.min())
    #expect(ends.contains { $0 > limit })
    let finding = try #require(
      Preflight(sample, maxTokens: limit).findings.first { $0.rule == "truncation" })
    #expect(finding.lost == Double(ends.count { $0 > limit }) && finding.recordsHit == 290)
    let packing = try #require(
      Preflight(sample, maxTokens: 100).findings.first { $0.rule == "packing" })
    let wanted = sample.copies.reduce(0) { $0 + Double(Preflight.tokens(in: $1.text) - 1) / 100 }
    #expect(abs(packing.lost - wanted) < 1e-9 && packing.isExpectation)
  }

  @Test func `the sample is uniform over the records`() throws {
    // 3,000 records for 300 places: each third of the file has a third of the sample.
    var sample = PreflightSample()
    let fields = RecordFields(shape: .text(field: "text"))
    for number in 0..<3_000 {
      sample.add(record: Array(#"{"text": "\#(number)"}"#.utf8), fields)
    }
    let numbers = sample.records.compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    #expect(numbers.count == PreflightSample.mostRecords && Set(numbers).count == numbers.count)
    let thirds = (0..<3).map { third in numbers.count { $0 / 1_000 == third } }
    // 4.5 standard deviations of a hypergeometric count.
    #expect(thirds.allSatisfy { abs($0 - 100) < 35 }, "\(thirds)")
    #expect(sample.recordsSeen == 3_000)
  }
}
