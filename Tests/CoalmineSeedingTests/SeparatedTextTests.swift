// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

/// Plain text with a stated text between its records.
@Suite struct `Text by a separator` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private func options(_ separator: String, holdOut: Int = 0) -> CorpusSurvey.Options {
    var options = CorpusSurvey.Options(format: .separated, nonMemberRecords: holdOut)
    options.separator = Array(separator.utf8)
    return options
  }

  private static let variants: [(separator: String, before: String, after: String)] = [
    ("<|endoftext|>", "", ""), ("<|endoftext|>", "", "\n"), ("<|endoftext|>", "\n", "\r\n"),
    ("\n---\n", "", ""), ("\n\n\n", "", ""), ("\u{0}", "", ""), ("∎", "\n", "\n"),
  ]

  @Test(arguments: variants.indices, [0, 1, 2])
  func `old records keep their places and bytes, and canaries are records of their own`(
    _ variant: Int, _ end: Int
  ) throws {
    let (separator, before, after) = Self.variants[variant]
    let records = (0..<40).map { "\(before)Record \($0)\nof two lines\(after)" }
    let text =
      (end == 2 ? "\u{FEFF}" : "") + records.joined(separator: separator)
      + (end == 1 ? separator + "\n" : "")
    let path = try folder.write(text, to: "a.txt")
    let randomness = StudyRandomness(number: UInt64(variant * 3 + end))
    let survey = try CorpusSurvey(
      path: path, options: options(separator, holdOut: 4), randomness: randomness)
    #expect(survey.records == 40)
    let canaries = try SeedingFixtures.draw(UInt64(variant)).canaries
    let seeding = try Seeder(survey: survey, canaries: canaries, randomness: randomness)
      .write(to: folder.file("seeded"))
    let seeded = try folder.read("seeded")
    let manifest = seeding.manifest
    #expect(manifest.corpus.separator == Array(separator.utf8))
    // Split by Foundation, not by the reader under test.
    var pieces = String(decoding: seeded, as: UTF8.self).components(separatedBy: separator)
    if end == 1 { #expect(pieces.removeLast() == "\n") }
    if end == 2 { pieces[0] = String(pieces[0].unicodeScalars.dropFirst().map(Character.init)) }
    let old = pieces.filter { records.contains($0) }
    #expect(old.count == 36 && Set(old).count == 36)
    #expect(old == records.filter(old.contains))
    let planted = pieces.filter { !records.contains($0) }
    #expect(planted.count == manifest.insertions.count)
    for canary in canaries {
      let whole = String(decoding: canary.revealedText(), as: UTF8.self)
      #expect(planted.count { $0 == before + whole + after } == canary.copies)
    }
    try SeededVerifier(manifest: manifest, canaries: canaries).verify(folder.file("seeded"))
    #expect(Naive.unseeded(seeded, manifest) == Array(text.utf8))
    try Unseeder(manifest: manifest).write(from: folder.file("seeded"), to: folder.file("back"))
    #expect(try folder.read("back") == Array(text.utf8))
  }

  @Test(arguments: [1, 2, 7, 13] as [Int])
  func `a separator across the end of what is read at once is found`(_ length: Int) throws {
    let separator = String("<|endoftext|>".prefix(length))
    // Blocks have 256 KiB.
    for shift in 0..<(length + 1) {
      let first = String(repeating: "x", count: (1 << 18) - shift)
      let text = first + separator + "second" + separator + String(repeating: "y", count: 300_000)
      let survey = try CorpusSurvey(
        path: try folder.write(text, to: "a.txt"), options: options(separator),
        randomness: StudyRandomness(number: 1))
      #expect(survey.records == 3)
      #expect(survey.digest == sha256(Array(text.utf8)))
    }
  }

  @Test func `a separator that is not there, or stands in a canary, is refused`() throws {
    let path = try folder.write("a\nb\nc\n", to: "a.txt")
    let absent = CoalmineError.thrown {
      _ = try CorpusSurvey(
        path: path, options: options("<|x|>"), randomness: StudyRandomness(number: 1))
    }
    #expect(absent?.code == "bad-corpus-option" && absent?.exit == .usage)
    let words = try folder.write((0..<30).map { "w\($0)" }.joined(separator: " of "), to: "b.txt")
    let randomness = StudyRandomness(number: 1)
    let survey = try CorpusSurvey(path: words, options: options(" of "), randomness: randomness)
    #expect(survey.records == 30)
    let within = CoalmineError.thrown {
      _ = try Seeder(
        survey: survey, canaries: try SeedingFixtures.draw(1).canaries, randomness: randomness
      ).write(to: folder.file("seeded"))
    }
    #expect(within?.code == "bad-corpus-option", "\(within?.message ?? "")")
  }
}
