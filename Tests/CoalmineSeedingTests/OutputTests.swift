// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineTesting
import Foundation
import Testing

@Suite struct OutputTests {
  private let folder: TemporaryFolder
  private let randomness = StudyRandomness(number: 1)
  private let original = Array("one\ntwo\nthree\n".utf8)

  init() throws {
    folder = try TemporaryFolder(in: .memory)
    try folder.write(original, to: "corpus.txt")
  }

  private func seeder() throws -> Seeder {
    let survey = try CorpusSurvey(
      path: folder.file("corpus.txt"), options: .init(), randomness: randomness)
    return Seeder(
      survey: survey, canaries: try SeedingFixtures.draw().canaries, randomness: randomness)
  }

  private func error(_ body: () throws -> Void) -> CoalmineError? {
    #expect(throws: CoalmineError.self, performing: body)
  }

  @Test func `the new file is the owner's alone, and nothing else is left`() throws {
    _ = try seeder().write(to: folder.file("seeded.txt"))
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("seeded.txt"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(folder.names == ["corpus.txt", "seeded.txt"])
    #expect(try folder.read("corpus.txt") == original)
  }

  @Test func `a file that exists is replaced only when asked`() throws {
    try folder.write([1, 2, 3], to: "seeded.txt")
    let seeder = try seeder()
    let refused = error { _ = try seeder.write(to: folder.file("seeded.txt")) }
    #expect(refused?.code == "output-exists")
    #expect(refused?.exit == .cannotCreate)
    #expect(try folder.read("seeded.txt") == [1, 2, 3])
    _ = try seeder.write(to: folder.file("seeded.txt"), overwrite: true)
    #expect(try folder.read("seeded.txt").count > original.count)
  }

  @Test func `the corpus is never its own output, by no name`() throws {
    let files = FileManager.default
    try files.createSymbolicLink(
      atPath: folder.file("link.txt"), withDestinationPath: folder.file("corpus.txt"))
    try files.linkItem(atPath: folder.file("corpus.txt"), toPath: folder.file("hard.txt"))
    let seeder = try seeder()
    let parent = "../\(folder.path.split(separator: "/").last ?? "")/corpus.txt"
    for name in ["corpus.txt", "link.txt", "hard.txt", parent] {
      let refused = error { _ = try seeder.write(to: folder.file(name), overwrite: true) }
      #expect(refused?.code == "output-is-input")
    }
    #expect(try folder.read("corpus.txt") == original)
  }

  @Test func `a folder that is missing is a clear error`() throws {
    let seeder = try seeder()
    let refused = error { _ = try seeder.write(to: folder.file("no/such/seeded.txt")) }
    #expect(refused?.code == "output-not-created")
    #expect(refused?.exit == .cannotCreate)
  }

  @Test(arguments: ["one\ntwo\nthrew\n", "one\ntwo\n", "one\ntwo\nthree\nfour\n", ""])
  func `a corpus that changes between the passes leaves nothing behind`(_ text: String) throws {
    let seeder = try seeder()
    try folder.write(Array(text.utf8), to: "corpus.txt")
    let refused = error { _ = try seeder.write(to: folder.file("seeded.txt")) }
    #expect(refused?.code == "corpus-changed")
    #expect(folder.names == ["corpus.txt"])
  }

  @Test func `the original is not written over the seeded corpus`() throws {
    let manifest = try seeder().write(to: folder.file("seeded.txt")).manifest
    let unseeder = Unseeder(manifest: manifest)
    let refused = error {
      try unseeder.write(
        from: folder.file("seeded.txt"), to: folder.file("seeded.txt"), overwrite: true)
    }
    #expect(refused?.code == "output-is-input")
    let exists = error {
      try unseeder.write(from: folder.file("seeded.txt"), to: folder.file("corpus.txt"))
    }
    #expect(exists?.code == "output-exists")
  }
}
