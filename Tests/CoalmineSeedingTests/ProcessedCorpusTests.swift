// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

@Suite struct ProcessedCorpusTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private struct Study {
    let shape: RecordShape
    let canaries: [Canary]
    let records: [CorpusRecord]
    let original: [String]
    let seeded: [String]
    let isTable: Bool
  }

  private static let forms = ["text", "pair", "chat", "plain"]

  private func study(_ form: String, _ number: UInt64 = 8) throws -> Study {
    let original = (0..<60).map { number in
      switch form {
      case "text": #"{"id": \#(number), "text": "né/\#(number) said \"so\""}"#
      case "pair": #"{"prompt": "ask \#(number)", "completion": " tell \#(number)"}"#
      case "chat":
        #"{"messages": [{"role": "user", "content": "ask \#(number)"}, "#
          + #"{"role": "assistant", "content": "tell \#(number)"}]}"#
      default: "line \(number) of prose"
      }
    }
    let name = form == "plain" ? "a.txt" : "a.jsonl"
    let path = try folder.write(Array((original.joined(separator: "\n") + "\n").utf8), to: name)
    let randomness = StudyRandomness(number: number)
    let survey = try CorpusSurvey(
      path: path, options: .init(nonMemberRecords: 5), randomness: randomness)
    let drawn = try SeedingFixtures.draw(number).canaries
    let canaries =
      survey.completionSeparator.map { separator in
        drawn.map { $0.joined(by: separator) }
      } ?? drawn
    let seeding = try Seeder(survey: survey, canaries: canaries, randomness: randomness)
      .write(to: folder.file("seeded"), overwrite: true)
    let seeded = Naive.records(try folder.read("seeded")).map {
      String(decoding: $0, as: UTF8.self)
    }
    return Study(
      shape: survey.shape, canaries: canaries, records: seeding.records, original: original,
      seeded: seeded, isTable: false)
  }

  private func findings(
    _ study: Study, _ files: [(name: String, text: String)]
  ) throws -> ProcessedFindings {
    var processed = ProcessedCorpus(
      shape: study.shape, canaries: study.canaries, records: study.records)
    for file in files {
      try processed.read(try folder.write(Array(file.text.utf8), to: "p-" + file.name))
    }
    return processed.findings
  }

  private func name(_ form: String) -> String { form == "plain" ? "a.txt" : "a.jsonl" }

  /// Written by another program: keys sorted, slashes and letters outside ASCII escaped.
  private func rewritten(_ line: String) throws -> String {
    let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
    let bytes = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys])
    return String(decoding: bytes, as: UTF8.self).unicodeScalars.map { scalar in
      scalar.isASCII
        ? String(scalar)
        : String(scalar).utf16.map { unit in
          let digits = String(unit, radix: 16)
          return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }.joined()
  }

  @Test(arguments: forms)
  func `a file that was shuffled, rewritten or split is complete`(_ form: String) throws {
    for number in 1...10 as ClosedRange<UInt64> {
      let study = try study(form, number)
      let shuffled = study.seeded.shuffled()
      var ways: [[(name: String, text: String)]] = [
        [(name(form), shuffled.joined(separator: "\n"))],
        [(name(form), study.seeded.joined(separator: "\r\n") + "\r\n")],
        [
          ("1" + name(form), shuffled[..<30].joined(separator: "\n")),
          ("2" + name(form), shuffled[30...].joined(separator: "\n")),
        ],
      ]
      if form != "plain" {
        let lines = try study.seeded.map(rewritten)
        ways.append([(name(form), lines.joined(separator: "\n"))])
        ways.append([("a.json", "[" + lines.joined(separator: ",\n") + "]")])
      }
      for way in ways {
        let found = try findings(study, way)
        #expect(found.conclusion == .complete)
        #expect(found.planned == study.canaries.reduce(0) { $0 + $1.copies })
        #expect(found.intact == found.planned)
        #expect(found.nonmembers == 5 && found.foundNonmembers == 0 && found.foundMembers == 5)
        #expect(found.records == study.seeded.count)
      }
    }
  }

  @Test(arguments: forms)
  func `lost and collapsed copies are counted by canary and by level`(_ form: String) throws {
    let study = try study(form)
    func count(_ canary: Canary, in lines: [String]) -> Int {
      let prompt = String(decoding: canary.prefix, as: UTF8.self)
      return lines.count { $0.contains(prompt) }
    }
    let kept = Array(study.seeded.shuffled().dropLast(study.seeded.count / 3))
    let distinct = Array(Set(study.seeded)).sorted()
    for lines in [kept, distinct] {
      let found = try findings(study, [(name(form), lines.joined(separator: "\n"))])
      for (canary, presence) in zip(study.canaries, found.canaries) {
        #expect(presence.intact == count(canary, in: lines))
        #expect(presence.missing == canary.copies - presence.intact)
        #expect(presence.changed == 0)
      }
      let isWhole = study.canaries.allSatisfy { count($0, in: lines) == $0.copies }
      #expect(found.conclusion == (isWhole ? .complete : .repetitionsChanged))
      for level in found.levels {
        let canaries = study.canaries.filter { $0.copies == level.planned }
        let counts = canaries.map { count($0, in: lines) }
        #expect(level.canaries == canaries.count && level.found == counts.reduce(0, +))
        #expect(level.fewest == counts.min() && level.most == counts.max())
      }
    }
  }

  @Test(arguments: forms)
  func `a secret that was redacted is a changed copy`(_ form: String) throws {
    let study = try study(form)
    let canary = try #require(study.canaries.first { $0.copies > 1 })
    let prompt = String(decoding: canary.prefix, as: UTF8.self)
    let secret = String(decoding: canary.secret.reveal(), as: UTF8.self)
    // A longer number is not the secret either.
    for new in ["<REDACTED>", secret + "0"] {
      let lines = study.seeded.map { line in
        line.contains(prompt) ? line.replacingOccurrences(of: secret, with: new) : line
      }
      let found = try findings(study, [(name(form), lines.joined(separator: "\n"))])
      let presence = try #require(found.canaries.first { $0.canary == canary.id })
      #expect(presence.intact == 0 && presence.changed == canary.copies)
      #expect(found.conclusion == .repetitionsChanged)
    }
  }

  @Test(arguments: forms)
  func `the original is not this corpus, and both together have lost their controls`(
    _ form: String
  ) throws {
    let study = try study(form)
    let original = study.original.joined(separator: "\n")
    let found = try findings(study, [(name(form), original)])
    #expect(found.conclusion == .notThisCorpus)
    #expect(found.intact == 0 && found.foundNonmembers == 5)
    let both = try findings(
      study,
      [("1" + name(form), original), ("2" + name(form), study.seeded.joined(separator: "\n"))])
    #expect(both.conclusion == .controlsLost)
    #expect(both.intact == both.planned)
  }

  @Test func `a held-out canary in the file is named`() throws {
    let study = try study("text")
    let canary = try #require(study.canaries.first { $0.copies == 0 })
    let line = String(decoding: canary.revealedText(), as: UTF8.self)
    let found = try findings(
      study,
      [("a.jsonl", study.seeded.joined(separator: "\n")), ("b.txt", line + "\n")])
    #expect(found.conclusion == .controlsLost)
    #expect(found.foundHeldOut == [canary.id])
  }

  @Test func `copies in one endless line are each counted once`() throws {
    let study = try study("plain")
    let filler = String(repeating: "lorem ipsum ", count: 9_000)
    let line = study.seeded.map { $0 + " " + filler.prefix(Int.random(in: 0..<9_000)) }.joined()
    #expect(line.utf8.count > 1 << 18)
    let found = try findings(study, [("a.txt", line)])
    #expect(found.intact == found.planned)
    #expect(found.canaries.allSatisfy { $0.changed == 0 })
  }

  @Test func `each of two thousand canaries is found once among lines that begin alike`() throws {
    let canaries = (0..<2_000).map { number in
      Canary(
        id: "c-\(number)", kind: "c", templateText: "plain", context: [:], index: 0, bits: 20,
        role: .inserted, repetitions: 1, randomized: true,
        prefix: Array("The access code of Person \(number) of Town is".utf8), separator: [0x20],
        secret: Secret(Array("\(100_000 + number)".utf8)), suffix: Array(".".utf8))
    }
    let lines = canaries.map { String(decoding: $0.revealedText(), as: UTF8.self) }
    let filler = (0..<4_000).map { "The access code of Nobody \($0) at all is not here." }
    let path = try folder.write(
      Array((lines + filler).joined(separator: "\n").utf8), to: "many.txt")
    var processed = ProcessedCorpus(shape: .plainText, canaries: canaries, records: [])
    try processed.read(path)
    #expect(processed.findings.canaries.allSatisfy { $0.intact == 1 && $0.changed == 0 })
    #expect(processed.findings.conclusion == .complete)
  }
}
