// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

/// What is planted in the place of held-out secrets.
@Suite struct `Placeholders for held-out secrets` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private static func plan() -> StudyProtocol {
    var plan = SeedingFixtures.plan(randomized: 24)
    plan.contexts = .grafted
    plan.heldOutContexts = .planted
    return plan
  }

  private struct Seeded {
    let canaries: [Canary]
    let drawn: CanaryDraw
    let seeding: Seeding
    let shape: RecordShape
    let bytes: [UInt8]
  }

  private func seed(
    _ example: `Contexts that begin as records`.Example, _ number: UInt64
  ) throws -> Seeded {
    let path = try folder.write(Array(example.bytes(0..<120).utf8), to: example.file)
    let randomness = StudyRandomness(number: number)
    let drawn = try SeedingFixtures.draw(number, Self.plan())
    var options = CorpusSurvey.Options(nonMemberRecords: 5)
    options.contexts = drawn.canaries.count
    let survey = try CorpusSurvey(path: path, options: options, randomness: randomness)
    let canaries = survey.inConversations(survey.grafted(drawn.canaries))
    let seeding = try Seeder(survey: survey, canaries: canaries, randomness: randomness)
      .write(to: folder.file("seeded"), overwrite: true)
    return Seeded(
      canaries: canaries, drawn: drawn, seeding: seeding, shape: survey.shape,
      bytes: try folder.read("seeded"))
  }

  @Test(arguments: `Contexts that begin as records`.examples)
  func `stand in every copy of a held-out context, and are undone byte for byte`(
    _ example: `Contexts that begin as records`.Example
  ) throws {
    for number in 1...2 as ClosedRange<UInt64> {
      let seeded = try seed(example, number)
      let manifest = seeded.seeding.manifest
      let original = Array(example.bytes(0..<120).utf8)
      let copies = Dictionary(grouping: manifest.insertions, by: \.canary).mapValues(\.count)
      var held = 0
      for canary in seeded.canaries {
        #expect(copies[canary.id, default: 0] == canary.repetitions, "\(canary.id)")
        #expect((canary.placeholder != nil) == (canary.role == .heldOut))
        #expect(Naive.contains(seeded.bytes, canary.prefix))
        let places = manifest.insertions.filter { $0.canary == canary.id }
          .map { Array(seeded.bytes[Int($0.offset)..<Int($0.offset + $0.length)]) }
        guard let placeholder = canary.placeholder?.reveal() else {
          #expect(places.allSatisfy { Naive.contains($0, canary.secret.reveal()) })
          continue
        }
        held += 1
        #expect(canary.copies == 0 && canary.plantings == canary.repetitions)
        #expect(places.allSatisfy { Naive.contains($0, placeholder) })
        // Two digits stand in many texts.
        if canary.kind != "pin" {
          #expect(!Naive.contains(seeded.bytes, canary.secret.reveal()))
        }
      }
      #expect(held > 4)
      try SeededVerifier(manifest: manifest, canaries: seeded.canaries)
        .verify(folder.file("seeded"))
      #expect(Naive.unseeded(seeded.bytes, manifest) == original)
      try Unseeder(manifest: manifest).write(
        from: folder.file("seeded"), to: folder.file("restored"), overwrite: true)
      #expect(try folder.read("restored") == original)
    }
  }

  @Test(arguments: [0, 1, 4, 5])
  func `are counted in processed files, and what is put in their place`(_ example: Int) throws {
    let seeded = try seed(`Contexts that begin as records`.examples[example], 3)
    func findings(_ text: [UInt8]) throws -> ProcessedFindings {
      var processed = ProcessedCorpus(
        shape: seeded.shape, canaries: seeded.canaries, records: seeded.seeding.records)
      try processed.read(try folder.write(text, to: "processed"))
      return processed.findings
    }
    let whole = try findings(seeded.bytes)
    #expect(whole.conclusion == .complete)
    #expect(whole.foundHeldOut.isEmpty && whole.lost == 0 && whole.added == 0)
    let held = seeded.canaries.filter { $0.role == .heldOut }
    #expect(whole.placeholderLevels.map(\.canaries) == [held.count])
    #expect(whole.placeholderLevels.map(\.found) == [held.count])
    #expect(whole.levels.reduce(0) { $0 + $1.canaries } == seeded.canaries.count - held.count)
    #expect(whole.planned == seeded.seeding.manifest.insertions.count)

    let one = try #require(held.first { $0.kind == "badge" })
    let placeholder = try #require(one.placeholder).reveal()
    func exchanged(_ new: [UInt8]) throws -> [UInt8] {
      let place = try #require(ByteSearch.firstRange(of: placeholder, in: seeded.bytes))
      return Array(seeded.bytes[..<place.lowerBound]) + new + seeded.bytes[place.upperBound...]
    }
    let lost = try findings(try exchanged(Array("nothing".utf8)))
    #expect(lost.conclusion == .repetitionsChanged && lost.lost == 1)
    #expect(lost.canaries.filter { !$0.isAsDrawn }.map(\.canary) == [one.id])
    let told = try findings(try exchanged(one.secret.reveal()))
    #expect(told.conclusion == .controlsLost && told.foundHeldOut == [one.id])
    #expect(told.canaries.first { $0.canary == one.id }?.revealed == 1)
  }

  @Test func `change nothing else that is drawn`() throws {
    var plain = Self.plan()
    plain.heldOutContexts = .absent
    let (with, without) = (
      try SeedingFixtures.draw(7, Self.plan()), try SeedingFixtures.draw(7, plain)
    )
    #expect(with.canaries.map { $0.held(by: nil) } == without.canaries)
    #expect(with.references == without.references)
    #expect(with.inContextControls == without.inContextControls)
    #expect(without.canaries.allSatisfy { $0.placeholder == nil })
  }

  @Test func `say nothing of the held-out secret`() throws {
    var equal = 0
    var all = 0
    for number in 0..<60 as Range<UInt64> {
      let drawn = try SeedingFixtures.draw(number, Self.plan())
      for canary in drawn.canaries where canary.kind == "access-code" {
        guard let placeholder = canary.placeholder?.reveal() else { continue }
        #expect(placeholder.count == 6 && placeholder.last == UInt8(ascii: "X"))
        for (one, other) in zip(placeholder.prefix(5), canary.secret.reveal()) {
          all += 1
          if one == other { equal += 1 }
        }
      }
    }
    let expected = Double(all) / 10
    #expect(all > 500)
    #expect(abs(Double(equal) - expected) < 4 * (0.9 * expected).squareRoot() + 1)
  }
}
