// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineTesting
import Foundation
import Testing

@Suite struct TamperingTests {
  private let folder: TemporaryFolder
  private let seeding: Seeding
  private let canaries: [Canary]
  private let seeded: [UInt8]

  init() throws {
    folder = try TemporaryFolder(in: .memory)
    let lines = (0..<6).map { #"{"id":\#($0 + 10),"text":"record \#($0)"}"# + "\n" }
    let path = try folder.write(Array(lines.joined().utf8), to: "corpus.jsonl")
    let randomness = StudyRandomness(number: 9)
    canaries = try SeedingFixtures.draw(
      9, SeedingFixtures.plan(randomized: 2, repetitionLevels: [2], perLevel: 1, controls: 0)
    ).canaries
    let survey = try CorpusSurvey(
      path: path, options: .init(nonMemberRecords: 1), randomness: randomness)
    seeding = try Seeder(survey: survey, canaries: canaries, randomness: randomness)
      .write(to: folder.file("seeded"))
    seeded = try folder.read("seeded")
  }

  private func verify(_ bytes: [UInt8]) throws {
    let path = try folder.write(bytes, to: "changed")
    try SeededVerifier(manifest: seeding.manifest, canaries: canaries).verify(path)
  }

  private func failure(_ bytes: [UInt8]) -> CoalmineError? {
    CoalmineError.thrown { try verify(bytes) }
  }

  @Test func `the untouched file passes`() throws { try verify(seeded) }

  @Test func `a change of any single byte is found, and in a planting it is named`() throws {
    for position in seeded.indices {
      var changed = seeded
      changed[position] ^= 0x20
      let error = try #require(failure(changed))
      #expect(error.exit == .verificationFailed)
      let place = seeding.manifest.insertions.first {
        $0.offset <= position && position < $0.offset + $0.length
      }
      if error.code == "seeded-insertion-differs" {
        let insertion = try #require(place)
        #expect(error.message.contains("copy \(insertion.copy) of '\(insertion.canary)'"))
        #expect(error.message.contains("byte \(insertion.offset)"))
      } else {
        // Fields around the text of a planting are covered by the digest alone.
        #expect(error.code == "seeded-digest-differs")
      }
      let restored = Result {
        try Unseeder(manifest: seeding.manifest)
          .write(from: folder.file("changed"), to: folder.file("restored"), overwrite: true)
      }
      if place == nil {
        let refusal = #expect(throws: CoalmineError.self) { try restored.get() }
        #expect(refusal?.code == "original-digest-differs")
      } else {
        // What lies inside a planting is left out and cannot spoil the original.
        try restored.get()
        #expect(try folder.read("restored") == folder.read("corpus.jsonl"))
      }
    }
  }

  @Test func `the corpus before seeding is known as that, and one like it is not`() throws {
    let original = try folder.read("corpus.jsonl")
    let error = try #require(failure(original))
    #expect(error.code == "corpus-is-original" && error.exit == .verificationFailed)
    #expect(error.help?.contains("'coalmine seed' wrote") == true)
    var other = original
    other[3] ^= 1
    #expect(failure(other)?.code != "corpus-is-original")
  }

  @Test func `added, missing and swapped bytes are found`() throws {
    #expect(failure(seeded + [0x0A])?.code == "seeded-size-differs")
    #expect(failure(Array(seeded.dropLast()))?.exit == .verificationFailed)
    #expect(failure(Array(seeded.dropFirst()))?.exit == .verificationFailed)
    #expect(failure([])?.exit == .verificationFailed)
    let lines = Naive.lines(seeded)
    let reordered = [lines[1], lines[0]] + lines[2...]
    #expect(failure(Array(reordered.joined()))?.exit == .verificationFailed)
  }

  @Test func `a manifest that cannot be right is refused before anything is read`() throws {
    let manifest = seeding.manifest
    let first = try #require(manifest.insertions.first)
    func with(_ offset: Int64, _ length: Int64) -> Manifest {
      let wrong = Insertion(
        canary: first.canary, copy: 1, slot: 0, offset: offset, length: length)
      return Manifest(
        corpus: manifest.corpus, insertions: [wrong] + manifest.insertions.dropFirst(),
        removals: manifest.removals)
    }
    for (offset, length) in [
      (-1, first.length), (first.offset, 0), (first.offset, -5), (Int64.max, Int64.max),
      (first.offset, first.length + 1), (Int64(seeded.count), first.length),
    ] {
      let damaged = with(offset, length)
      for attempt in [
        { try SeededVerifier(manifest: damaged, canaries: canaries).verify(folder.file("seeded")) },
        {
          try Unseeder(manifest: damaged)
            .write(from: folder.file("seeded"), to: folder.file("restored"))
        },
      ] {
        let error = #expect(throws: CoalmineError.self, performing: attempt)
        #expect(error?.code == "manifest-damaged")
      }
    }
    #expect(!folder.names.contains("restored"))
  }

  @Test func `a planting of a canary that the study does not have is refused`() {
    let error = #expect(throws: CoalmineError.self) {
      try SeededVerifier(manifest: seeding.manifest, canaries: [])
        .verify(folder.file("seeded"))
    }
    #expect(error?.code == "manifest-damaged")
  }
}
