// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Copies that vary` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private static let languages = ["ar", "de", "en", "es", "fr", "ja", "tr", "zh"]

  /// A kind with a text in each language, shorter than the shipped ones.
  private static func kind() throws -> CanaryTemplate {
    let fixture = try SeedingFixtures.kind("badge")
    return try CanaryTemplate(
      kind: "badge", summary: "a code", source: "made up", example: "The code of A B is 1.",
      templateTexts: [(id: "default", text: "The code of {given} {surname} is {code}.")],
      translations: languages.map { language in
        (
          language: language, id: language + "-1",
          text: ["ja", "zh"].contains(language)
            ? "员工{given} {surname}的密码是{code}。" : "Code {given} {surname} is {code}."
        )
      }, slots: Array(fixture.slots.values))
  }

  /// The value of a polynomial modulo 13, term by term.
  private func word(_ number: Int) -> [Int] {
    (0..<4).map { place in
      var power = 1
      var sum = 0
      for divisor in [1, 13, 169, 2_197] {
        sum += number / divisor % 13 * power
        power *= place
      }
      return sum % 13
    }
  }

  @Test func `choose phrases so that early copies share the fewest`() {
    let words = (0..<CopyRemarks.mostCopies).map(CopyRemarks.codeWord)
    #expect(Set(words).count == 28_561)
    for number in stride(from: 0, to: 28_561, by: 37) { #expect(words[number] == word(number)) }
    func common(_ first: Int, _ second: Int) -> Int {
      zip(words[first], words[second]).count { $0 == $1 }
    }
    for first in 0..<169 {
      for second in 0..<first { #expect(common(first, second) <= 1) }
    }
    var generator = SplitMix(3)
    for (limit, most) in [(2_197, 2), (28_561, 3)] {
      for _ in 0..<20_000 {
        let pair = (0..<2).map { _ in Int.random(in: 0..<limit, using: &generator) }
        #expect(pair[0] == pair[1] || common(pair[0], pair[1]) <= most)
      }
    }
  }

  @Test func `are told apart by canary as well as by copy`() {
    // 169 canaries of 169 copies have all words, each once.
    let numbers = (0..<169).flatMap { place in
      (1...169).map { CopyRemarks.number(of: $0, canary: place) }
    }
    #expect(numbers.sorted() == Array(0..<CopyRemarks.mostCopies))
    for place in [0, 7, 168, 169, 5_000, 99_999] {
      let own = (1...CopyRemarks.mostCopies).map { CopyRemarks.number(of: $0, canary: place) }
      #expect(Set(own).count == CopyRemarks.mostCopies)
      let words = own.prefix(169).map(CopyRemarks.codeWord)
      for first in words.indices {
        for second in words.indices[..<first] {
          #expect(zip(words[first], words[second]).count { $0 == $1 } <= 1)
        }
      }
    }
    // Beyond 169 canaries, those with few copies still have words of their own.
    let many = (0..<3_000).flatMap { place in
      (1...4).map { CopyRemarks.number(of: $0, canary: place) }
    }
    #expect(Set(many).count == many.count)
  }

  @Test func `have four columns of thirteen different phrases in each shipped language`() throws {
    #expect(RemarkPhrases.languages == Self.languages)
    for language in Self.languages {
      let phrases = try #require(RemarkPhrases.phrases(in: language)).phrases
      #expect(phrases.count == 52 && Set(phrases).count == 52, "\(language)")
      for phrase in phrases {
        let hasDigit = phrase.unicodeScalars.contains {
          $0.properties.generalCategory == .decimalNumber
        }
        #expect(!hasDigit && phrase.count > 4, "\(phrase)")
        #expect(phrase == phrase.trimmingCharacters(in: .whitespaces))
      }
    }
  }

  @Test(arguments: languages)
  func `survive deduplication with all repetitions, in each language`(_ language: String) throws {
    let randomness = StudyRandomness(number: 6)
    let plan = SeedingFixtures.plan(
      randomized: 40, repetitionLevels: [8, 32], perLevel: 6, controls: 8, repetitions: 64,
      kinds: ["badge"])
    let draw = try CanaryDraw(
      plan, templates: ["badge": Self.kind().written(in: language)], randomness: randomness)
    let remarks = CopyRemarks(randomness, canaries: draw.canaries)
    let texts = draw.canaries.flatMap { canary in
      (0..<canary.copies).map { copy in
        canary.revealedText() + remarks.remark(on: canary, copy: copy + 1)
      }
    }
    #expect(texts.count > 750 && Set(texts).count == texts.count)
    for threshold in Deduplication.thresholds {
      #expect(Deduplication.near(texts, threshold: threshold).count(where: \.self) == 0)
    }
    // Without remarks, one copy of each canary is left.
    let alike = draw.canaries.flatMap { canary in
      Array(repeating: canary.revealedText(), count: canary.copies)
    }
    #expect(
      Deduplication.exact(alike).count { !$0 } == draw.canaries.count { $0.copies > 0 })
  }

  @Test func `leave the draw and the random assignment as they are`() throws {
    let plan = SeedingFixtures.plan()
    var varied = plan
    varied.copies = .varied
    for number in 1...20 as ClosedRange<UInt64> {
      #expect(try SeedingFixtures.draw(number, varied) == SeedingFixtures.draw(number, plan))
    }
    // A canary that was held out would have had the same remarks.
    let draw = try SeedingFixtures.draw(1)
    let remarks = CopyRemarks(StudyRandomness(number: 1), canaries: draw.canaries.reversed())
    let canary = try #require(draw.canaries.first { $0.role == .heldOut })
    let inserted = Canary(
      id: canary.id, kind: canary.kind, templateText: canary.templateText,
      context: canary.context, index: canary.index, bits: canary.bits, role: .inserted,
      repetitions: canary.repetitions, randomized: true, prefix: canary.prefix,
      separator: canary.separator, secret: canary.secret, suffix: canary.suffix)
    #expect(remarks.remark(on: canary, copy: 1) == remarks.remark(on: inserted, copy: 1))
  }

  @Test(arguments: ShapeExample.all)
  func `stand in every shape with what is asked unchanged`(_ example: ShapeExample) throws {
    let text = (0..<20).map(example.record).joined(separator: "\n") + "\n"
    let path = try folder.write(Array(text.utf8), to: "a.jsonl")
    let randomness = StudyRandomness(number: 3)
    let survey = try CorpusSurvey(
      path: path, options: .init(nonMemberRecords: 0), randomness: randomness)
    let drawn = try SeedingFixtures.draw(
      3, SeedingFixtures.plan(randomized: 6, repetitionLevels: [3], perLevel: 2, controls: 1)
    ).canaries
    let canaries =
      survey.completionSeparator.map { separator in
        drawn.map { $0.joined(by: separator) }
      } ?? drawn
    let remarks = CopyRemarks(randomness, canaries: canaries)
    let seeding = try Seeder(
      survey: survey, canaries: canaries, randomness: randomness, remarks: remarks
    ).write(to: folder.file("seeded.jsonl"), overwrite: true)
    let records = try Naive.records(try folder.read("seeded.jsonl")).map {
      try JSONSerialization.jsonObject(with: Data($0))
    }
    for canary in canaries {
      let prompt = String(decoding: canary.prefix, as: UTF8.self)
      let separator = String(decoding: canary.separator, as: UTF8.self)
      let secret = String(decoding: canary.secret.reveal(), as: UTF8.self)
      let copies = records.filter { "\($0)".contains(prompt) }
      #expect(copies.count == canary.copies)
      for trained in copies.map(example.trained) {
        #expect(!trained.isEmpty)
        for part in trained {
          switch part {
          case .text(let text):
            #expect(text.contains(prompt + separator + secret), "\(text)")
            #expect(text.contains("See also: "), "\(text)")
          case .turns(let user, let assistant):
            #expect(user.hasPrefix(prompt) && !user.contains("See also: "), "\(user)")
            #expect(assistant.hasPrefix(secret) && assistant.contains("See also: "))
          }
        }
      }
      #expect(Set(copies.map { "\(example.trained($0))" }).count == canary.copies)
    }
    let seeded = folder.file("seeded.jsonl")
    try SeededVerifier(manifest: seeding.manifest, canaries: canaries, remarks: remarks)
      .verify(seeded)
    // Another study's remarks, and none, are not what stands there.
    for other in [nil, CopyRemarks(StudyRandomness(number: 4), canaries: canaries)] {
      let error = CoalmineError.thrown {
        try SeededVerifier(manifest: seeding.manifest, canaries: canaries, remarks: other)
          .verify(seeded)
      }
      #expect(error?.code == "seeded-insertion-differs")
    }
    try Unseeder(manifest: seeding.manifest)
      .write(from: seeded, to: folder.file("back"), overwrite: true)
    #expect(try folder.read("back") == Array(text.utf8))
  }

  @Test func `are all found after deduplication, and preflight counts them`() throws {
    let text = (0..<60).map { "line \($0) of prose\n" }.joined()
    let path = try folder.write(Array(text.utf8), to: "a.txt")
    let randomness = StudyRandomness(number: 8)
    let canaries = try SeedingFixtures.draw(8).canaries
    let survey = try CorpusSurvey(
      path: path, options: .init(nonMemberRecords: 5), randomness: randomness)
    for remarks in [nil, CopyRemarks(randomness, canaries: canaries)] {
      let seeder = Seeder(
        survey: survey, canaries: canaries, randomness: randomness, remarks: remarks)
      let seeding = try seeder.write(to: folder.file("seeded.txt"), overwrite: true)
      let distinct = Set(Naive.lines(try folder.read("seeded.txt")))
      try folder.write(Array(distinct.joined()), to: "distinct.txt")
      var processed = ProcessedCorpus(
        shape: survey.shape, canaries: canaries, records: seeding.records)
      try processed.read(folder.file("distinct.txt"))
      let found = processed.findings
      #expect((found.conclusion == .complete) == (remarks != nil))
      #expect((found.intact == found.planned) == (remarks != nil))

      var sample = PreflightSample()
      try seeder.rehearse(into: &sample)
      let preflight = Preflight(sample)
      let planned = Dictionary(grouping: canaries.filter { $0.copies > 0 }, by: \.copies)
      #expect(preflight.repetitions.map(\.copies) == planned.keys.sorted())
      for level in preflight.repetitions {
        #expect(level.canaries == planned[level.copies]?.count)
        #expect(level.left.map(\.rule).first == "exact-duplicates")
        #expect(level.left.first?.mean == (remarks == nil ? 1 : Double(level.copies)))
      }
      #expect(preflight.findings.contains { $0.family == .deduplication } == (remarks == nil))
      #expect(try Preflight(document: preflight.document()) == preflight)
    }
  }

  @Test func `are refused where there is no remark to write`() throws {
    let canaries = try SeedingFixtures.draw(1).canaries
    #expect(CoalmineError.thrown { try CopyRemarks.expect(canaries, format: .jsonLines) } == nil)
    #expect(
      CoalmineError.thrown { try CopyRemarks.expect(canaries, format: .source) }?.code
        == "copies-not-varied")
    func canary(_ templateText: String) -> Canary {
      Canary(
        id: "badge-1", kind: "badge", templateText: templateText, context: [:], index: 0, bits: 3,
        role: .inserted, repetitions: 2, randomized: true, prefix: Array("Il codice".utf8),
        separator: [0x20], secret: Secret(Array("123".utf8)), suffix: [0x2E])
    }
    let error = CoalmineError.thrown {
      try CopyRemarks.expect(canaries + [canary("it-1")], format: .jsonLines)
    }
    #expect(error?.code == "copies-not-varied" && error?.message.contains("'it-1'") == true)
    // Of code, comments decide: JSON has none.
    let code = CodeLanguage.allCases.map { canary($0.rawValue + "-1") }
    #expect(
      CoalmineError.thrown { try CopyRemarks.expect(code, format: .source) }?.message
        .contains("json") == true)
    let commented = code.filter { $0.codeLanguage != .json }
    #expect(CoalmineError.thrown { try CopyRemarks.expect(commented, format: .source) } == nil)
    #expect(
      CoalmineError.thrown { try CopyRemarks.expect(commented, format: .jsonLines) }?.code
        == "copies-not-varied")
  }
}
