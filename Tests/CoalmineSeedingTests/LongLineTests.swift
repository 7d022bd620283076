// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import CoalmineTesting
import Testing

@Suite struct LongLineTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private func generator(_ number: UInt8) -> ChaCha8Rand {
    ChaCha8Rand(seed: [UInt8](repeating: number, count: 32))
  }

  /// Lines of few different bytes, so that CR, LF, CR LF and blank lines meet every border.
  private func hostile(using generator: inout ChaCha8Rand) -> [UInt8] {
    let bytes: [UInt8] = [0x0A, 0x0D, 0x0D, 0x20, 0x61, 0x62, 0x00, 0xFF]
    let length = Int(generator.uniform(below: UInt64(90)))
    let mark: [UInt8] = generator.uniform(below: UInt64(3)) == 0 ? [0xEF, 0xBB, 0xBF] : []
    return mark
      + (0..<length).map { _ in bytes[Int(generator.uniform(below: UInt64(bytes.count)))] }
  }

  @Test func `the pieces of a line are the line, whatever the limit and the block are`() throws {
    var generator = generator(1)
    for trial in 0..<300 {
      let bytes = hostile(using: &generator)
      let file = try CorpusFile(try folder.write(bytes, to: "a"))
      let limit = 1 + Int(generator.uniform(below: UInt64(12)))
      let blockSize = [1, 2, 3, 7, 64][trial % 5]
      var reader = CorpusReader(file, limit: limit, blockSize: blockSize)
      var lines: [[CorpusLine]] = []
      var position: Int64 = 0
      while let line = try reader.next() {
        #expect(line.offset == position)
        position += Int64(line.mark.count + line.content.count + line.ending.count)
        if line.part.begins { lines.append([line]) } else { lines[lines.count - 1].append(line) }
      }
      let joined = lines.map { $0.flatMap { $0.mark + $0.content + $0.ending } }
      #expect(joined == Naive.lines(bytes))
      for parts in lines {
        let content = parts.flatMap(\.content)
        let isLong = content.count > limit
        #expect(parts.map(\.part).first == (isLong ? .first : .whole))
        #expect(parts.dropFirst().dropLast().allSatisfy { $0.part == .middle })
        if isLong { #expect(parts.last?.part == .last) } else { #expect(parts.count == 1) }
        for part in parts.dropLast() {
          #expect(part.ending.isEmpty)
          #expect(part.content.count <= max(limit, blockSize) + 1)
        }
        #expect(parts.dropFirst().allSatisfy { $0.mark.isEmpty })
        // CR LF is the ending wherever it stands, and never content.
        let line = parts.flatMap { $0.content + $0.ending }
        let ending = line.last != 0x0A ? 0 : line.dropLast().last == 0x0D ? 2 : 1
        #expect(parts.last?.ending.count == ending)
        let isBlank = content.allSatisfy { $0 == 0x20 || $0 == 0x0D }
        #expect(parts.allSatisfy { $0.isRecord == !isBlank })
      }
    }
  }

  private func survey(
    _ bytes: [UInt8], limit: Int?, holdOut: Int = 0, phrases: [[UInt8]] = [], number: UInt64 = 1
  ) throws -> CorpusSurvey {
    var options = CorpusSurvey.Options(
      format: .text, nonMemberRecords: holdOut, phrases: phrases)
    options.lineLimit = limit
    return try CorpusSurvey(
      path: try folder.write(bytes, to: "corpus.txt"), options: options,
      randomness: StudyRandomness(number: number))
  }

  @Test func `a survey in pieces counts and digests as one of whole lines`() throws {
    var generator = generator(2)
    for _ in 0..<200 {
      let bytes =
        GeneratedCorpus(.plainText, using: &generator).bytes + [0x0A] + hostile(using: &generator)
      let limit = 1 + Int(generator.uniform(below: UInt64(60)))
      let pieces = try survey(bytes, limit: limit)
      let whole = try survey(bytes, limit: nil)
      #expect(pieces.size == Int64(bytes.count))
      #expect(pieces.digest == sha256(bytes))
      #expect(pieces.records == whole.records)
      #expect(pieces.endings == whole.endings)
      #expect(pieces.hasByteOrderMark == whole.hasByteOrderMark)
      let long = Naive.records(bytes).filter { $0.count > limit }
      #expect(pieces.setAside.tooLong.count == long.count)
      #expect(whole.setAside.tooLong.count == 0)
      if long.isEmpty { #expect(pieces.setAside.count == whole.setAside.count) }
    }
  }

  @Test func `a phrase is found wherever the border of two pieces falls`() throws {
    let phrase = Array("Zoë \"Z\" Dalby".utf8)
    for limit in 1...phrase.count + 2 {
      for lead in 0...2 * limit {
        let text = [UInt8](repeating: 0x2E, count: lead) + phrase + Array(" and more".utf8)
        let hits = try survey(text, limit: limit, phrases: [phrase]).phrasesFound
        #expect(hits == [phrase])
        // The same bytes with a line break in the phrase hold no phrase.
        var broken = text
        broken.insert(0x0A, at: lead + 5)
        #expect(try survey(broken, limit: limit, phrases: [phrase]).phrasesFound.isEmpty)
      }
    }
  }

  @Test func `what is found in pieces is what is found in whole lines`() throws {
    var generator = generator(3)
    func letters(_ count: Int) -> [UInt8] {
      (0..<count).map { _ in Array("ab \n".utf8)[Int(generator.uniform(below: UInt64(4)))] }
    }
    for _ in 0..<100 {
      let phrases = (0..<8).map { _ in letters(5).filter { $0 != 0x0A } }
      let text = letters(200) + [0x78]
      let limit = 1 + Int(generator.uniform(below: UInt64(9)))
      let hits = try survey(text, limit: limit, phrases: phrases).phrasesFound
      for phrase in phrases where phrase.count >= 2 {
        #expect(hits.contains(phrase) == Naive.contains(text, phrase))
      }
    }
  }

  @Test func `a corpus with long lines is seeded between its lines and given back`() throws {
    var generator = generator(4)
    let plan = SeedingFixtures.plan(
      randomized: 3, repetitionLevels: [2], perLevel: 1, controls: 1, repetitions: 3, references: 0)
    var besideLong = 0
    for trial in 0..<300 as Range<UInt64> {
      var bytes =
        GeneratedCorpus(.plainText, least: 4, using: &generator).bytes + [0x0A]
        + hostile(using: &generator)
      // With a line break planted after it, a lone CR at the end would read as half of CR LF.
      while bytes.last == 0x0D { bytes.removeLast() }
      let limit = 15 + Int(generator.uniform(below: UInt64(25)))
      let sound = Naive.records(bytes).filter { $0.count <= limit && Naive.isUTF8($0) }
      let holdOut = min(Int(generator.uniform(below: UInt64(3))), Set(sound).count / 2)
      let draw = try SeedingFixtures.draw(trial, plan)
      let survey = try survey(bytes, limit: limit, holdOut: holdOut, number: trial)
      let seeding = try Seeder(
        survey: survey, canaries: draw.canaries, randomness: StudyRandomness(number: trial)
      ).write(to: folder.file("seeded"), overwrite: true)
      let seeded = try folder.read("seeded")
      let manifest = seeding.manifest
      #expect(Naive.unseeded(seeded, manifest) == bytes)
      try SeededVerifier(manifest: manifest, canaries: draw.canaries)
        .verify(folder.file("seeded"))
      try Unseeder(manifest: manifest).write(
        from: folder.file("seeded"), to: folder.file("restored"), overwrite: true)
      #expect(try folder.read("restored") == bytes)

      // No long line was drawn, and every one stands whole on a line of its own.
      #expect(seeding.records.count == 2 * holdOut)
      #expect(seeding.records.allSatisfy { $0.text.reveal().count <= limit })
      let isPlanted = { (line: [UInt8]) in
        draw.canaries.contains { Naive.contains(line, $0.prefix) }
      }
      let after = Naive.records(seeded)
      #expect(after.count(where: isPlanted) == manifest.insertions.count)
      let long = Naive.records(bytes).filter { $0.count > limit }
      #expect(after.filter { !isPlanted($0) && $0.count > limit } == long)
      for (line, next) in zip(after, after.dropFirst())
      where isPlanted(line) && !isPlanted(next) && next.count > limit {
        besideLong += 1
      }
    }
    #expect(besideLong > 100)
  }

  @Test func `a corpus of long lines alone is seeded before and after them`() throws {
    let bytes = Array("\u{FEFF}one long line\r\nand another one".utf8)
    let draw = try SeedingFixtures.draw(1)
    let survey = try survey(bytes, limit: 4)
    #expect(survey.setAside.reasons == ["2 records are longer than 4 bytes (the first in line 1)"])
    let seeding = try Seeder(
      survey: survey, canaries: draw.canaries, randomness: StudyRandomness(number: 1)
    ).write(to: folder.file("seeded"))
    #expect(Naive.unseeded(try folder.read("seeded"), seeding.manifest) == bytes)
    #expect(Set(seeding.manifest.insertions.map(\.slot)) == [0, 1, 2])
  }

  @Test(arguments: [
    ("", "\n", 31), ("\u{FEFF}", "\n", 34), ("\u{FEFF}", "\r\n", 36), ("", "\n\n", 32),
  ])
  func `a long line of JSON is refused with its number and its offset`(
    _ mark: String, _ ending: String, _ offset: Int
  ) throws {
    let text =
      mark + #"{"text":"a"}"# + ending + String(repeating: " ", count: 17) + ending
      + #"{"text":"a line that is too long"}"# + ending + #"{"text":"b"}"#
    let path = try folder.write(Array(text.utf8), to: "a.jsonl")
    let line = ending == "\n\n" ? 5 : 3
    let stated: [StatedFields?] = [nil, .text("text")]
    for fields in stated {
      var options = CorpusSurvey.Options(fields: fields)
      options.lineLimit = 16
      let error = #expect(throws: CoalmineError.self) {
        _ = try CorpusSurvey(
          path: path, options: options, randomness: StudyRandomness(number: 1))
      }
      #expect(error?.code == "corpus-line-too-long")
      #expect(error?.exit == .badData)
      // The blank line is long too, and is no record.
      #expect(
        error?.message == "\(path):\(line): the line that begins at byte "
          + "\(ending == "\n\n" ? 33 : offset) is longer than 16 bytes")
    }
  }

  @Test func `a long line that is an array is to be written as lines`() throws {
    var options = CorpusSurvey.Options(format: .jsonLines)
    options.lineLimit = 16
    let path = try folder.write(Array(#"[{"text":"a"}, {"text":"b"}]"#.utf8), to: "a.jsonl")
    let error = #expect(throws: CoalmineError.self) {
      _ = try CorpusSurvey(path: path, options: options, randomness: StudyRandomness(number: 1))
    }
    #expect(error?.help?.contains("--format json") == true)
  }
}
