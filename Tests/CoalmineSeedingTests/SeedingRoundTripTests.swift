// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

@Suite struct SeedingRoundTripTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private func survey(
    _ corpus: GeneratedCorpus, holdOut: Int, _ randomness: StudyRandomness
  ) throws -> CorpusSurvey {
    let name = corpus.shape == .plainText ? "corpus.txt" : "corpus.jsonl"
    let path = try folder.write(corpus.bytes, to: name)
    return try CorpusSurvey(
      path: path, options: CorpusSurvey.Options(nonMemberRecords: holdOut), randomness: randomness)
  }

  /// Corpora of each shape: 1,200 in all, 10,000 in a deep run.
  private static let trials: UInt64 = isDeep ? 2_000 : 240

  @Test(arguments: GeneratedCorpus.shapes)
  func `seeding a hostile corpus can be undone byte for byte`(_ shape: RecordShape) throws {
    var generator = ChaCha8Rand(seed: sha256(Array(shape.slug.utf8)))
    let plan = SeedingFixtures.plan(
      randomized: 3, repetitionLevels: [2], perLevel: 1, controls: 1, repetitions: 3, references: 0)
    var removals = 0
    for trial in 0..<Self.trials {
      let holdOut = Int(generator.uniform(below: UInt64(3)))
      let corpus = GeneratedCorpus(shape, least: max(1, 2 * holdOut), using: &generator)
      let randomness = StudyRandomness(number: trial)
      let draw = try SeedingFixtures.draw(trial, plan)
      let survey = try survey(corpus, holdOut: holdOut, randomness)
      #expect(survey.shape == shape)
      #expect(survey.records == corpus.records)
      #expect(survey.setAside.notUTF8.count == corpus.invalid)
      #expect(survey.size == Int64(corpus.bytes.count))
      #expect(survey.digest == sha256(corpus.bytes))

      let canaries = survey.inConversations(draw.canaries)
      let seeding = try Seeder(survey: survey, canaries: canaries, randomness: randomness)
        .write(to: folder.file("seeded"), overwrite: true)
      let seeded = try folder.read("seeded")
      let manifest = seeding.manifest
      #expect(manifest.corpus.seededDigest == sha256(seeded))
      #expect(manifest.corpus.seededSize == Int64(seeded.count))
      #expect(Naive.unseeded(seeded, manifest) == corpus.bytes)
      try expectPlanted(seeded, corpus, draw, manifest)
      try expectTurns(seeded, canaries, shape)
      removals += manifest.removals.count
      #expect(seeding.records.count { $0.membership == .member } == holdOut)
      #expect(seeding.records.count { $0.membership == .nonmember } == holdOut)

      try SeededVerifier(manifest: manifest, canaries: draw.canaries)
        .verify(folder.file("seeded"))
      try Unseeder(manifest: manifest).write(
        from: folder.file("seeded"), to: folder.file("restored"), overwrite: true)
      #expect(try folder.read("restored") == corpus.bytes)
    }
    #expect(removals > 160)
  }

  /// The system's turn of each planted line, read by Foundation, is the one that its canary keeps.
  private func expectTurns(_ seeded: [UInt8], _ canaries: [Canary], _ shape: RecordShape) throws {
    guard case .messages(let field) = shape else {
      #expect(canaries.allSatisfy { $0.turns == nil })
      return
    }
    let lines = Naive.lines(seeded)
    for canary in canaries {
      for line in lines where Naive.contains(line, canary.prefix) {
        let body = line.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(line.dropFirst(3)) : line
        let record = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        let turns = record?[field] as? [[String: Any]] ?? []
        let system = turns.filter { $0["role"] as? String == "system" }
        #expect(
          system.compactMap { ($0["content"] as? String).map { Array($0.utf8) } }
            == canary.turns?.map(\.text))
      }
    }
  }

  /// By lines and without the manifest's offsets: planted lines are those that hold a prompt.
  private func expectPlanted(
    _ seeded: [UInt8], _ corpus: GeneratedCorpus, _ draw: CanaryDraw, _ manifest: Manifest
  ) throws {
    let prompts = draw.canaries.map(\.prefix)
    func isPlanted(_ line: [UInt8]) -> Bool { prompts.contains { Naive.contains(line, $0) } }
    let lines = Naive.lines(seeded)
    for canary in draw.canaries {
      #expect(lines.count { Naive.contains($0, canary.prefix) } == canary.copies)
      let secret = canary.secret.reveal()
      for line in lines where Naive.contains(line, canary.prefix) {
        #expect(Naive.contains(line, secret))
        if corpus.shape != .plainText {
          let body = line.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(line.dropFirst(3)) : line
          #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(body)) }
        }
      }
    }
    func trimmed(_ line: [UInt8]) -> [UInt8] {
      let body = line.starts(with: [0xEF, 0xBB, 0xBF]) ? line.dropFirst(3) : line[...]
      return Array(body.reversed().drop { $0 == 0x0A || $0 == 0x0D }.reversed())
    }
    let gone = manifest.removals.map { trimmed($0.bytes.reveal()) }
    var left = Naive.lines(corpus.bytes).map(trimmed)
    for line in gone { left.remove(at: try #require(left.firstIndex(of: line))) }
    let isBlank = { (line: [UInt8]) in line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }
    #expect(
      lines.filter { !isPlanted($0) }.map(trimmed).filter { !isBlank($0) }
        == left.filter { !isBlank($0) })
    if corpus.bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      #expect(seeded.starts(with: [0xEF, 0xBB, 0xBF]))
      #expect(!Naive.contains(Array(seeded.dropFirst(3)), [0xEF, 0xBB, 0xBF]))
    }
  }

  @Test func `the same number seeds the same bytes for ever`() throws {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 5, count: 32))
    var hash = SHA256Digest()
    for shape in GeneratedCorpus.shapes {
      let corpus = GeneratedCorpus(shape, least: 20, using: &generator)
      let randomness = StudyRandomness(number: 77)
      let draw = try SeedingFixtures.draw(77)
      let survey = try survey(corpus, holdOut: 3, randomness)
      let seeder = Seeder(survey: survey, canaries: draw.canaries, randomness: randomness)
      let first = try seeder.write(to: folder.file("a"), overwrite: true)
      let second = try seeder.write(to: folder.file("b"), overwrite: true)
      #expect(first == second)
      #expect(try folder.read("a") == folder.read("b"))
      hash.update(first.manifest.corpus.seededDigest)
    }
    let digest = hash.finalize().map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
    #expect(digest == Self.golden)
  }

  /// Changes only together with ``StudyRandomness/algorithm``, with the shapes above, or with what a
  /// planted record takes from its neighbour.
  private static let golden =
    "a120be9ad5f612a879e2645783d10f9b41e0b2fac020dcaa53d1f97f981c95dc"

  @Test func `a last line without a line break stays the one without`() throws {
    let randomness = StudyRandomness(number: 1)
    let draw = try SeedingFixtures.draw(1)
    for text in ["one", "one\r\ntwo", "one\ntwo", "one\n", "one\r\n\r\n  \r\n"] {
      let path = try folder.write(Array(text.utf8), to: "corpus.txt")
      let survey = try CorpusSurvey(path: path, options: .init(), randomness: randomness)
      _ = try Seeder(survey: survey, canaries: draw.canaries, randomness: randomness)
        .write(to: folder.file("seeded"), overwrite: true)
      let seeded = String(decoding: try folder.read("seeded"), as: UTF8.self)
      #expect((seeded.utf8.last == 0x0A) == (text.utf8.last == 0x0A))
      let crlf = text.utf8.contains(0x0D)
      let bare = Naive.lines(Array(seeded.utf8)).count { line in
        line.last == 0x0A && line.dropLast().last != 0x0D
      }
      #expect(crlf ? bare == 0 : !seeded.utf8.contains(0x0D))
    }
  }
}
