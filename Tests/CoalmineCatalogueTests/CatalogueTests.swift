// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineTesting
import Foundation
import Testing

@Suite struct CatalogueTests {
  @Test func `the shipped kinds are these`() throws {
    #expect(
      try Fixtures.catalogue.get().kinds.map(\.name) == [
        "access-code", "account-number", "api-key", "code-comment", "code-configuration",
        "code-constant", "email", "hex-token", "iban", "letter-code", "medical-record",
        "pass-phrase",
        "payment-card", "phone", "postal-address", "social-security", "spaced-code",
      ])
  }

  @Test(arguments: ["canaries", "probe-sets"])
  func `the program holds the files of the folder, byte for byte`(folder: String) throws {
    let root = Repository.url(folder).resolvingSymlinksInPath()
    let embedded = folder == "canaries" ? EmbeddedFiles.canaries : EmbeddedFiles.probeSets
    let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
      .filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".txt") }
    #expect(embedded.map(\.name) == names.sorted())
    for file in embedded {
      #expect(Data(file.text.utf8) == (try Data(contentsOf: root.appending(path: file.name))))
    }
  }

  @Test func `a kind brings its word lists and nothing else`() throws {
    let catalogue = try Fixtures.catalogue.get()
    #expect(
      try catalogue.kind("email").files.map(\.name) == [
        "canaries/email.yaml", "canaries/lists/given.txt", "canaries/lists/surname.txt",
        "canaries/lists/words.txt",
      ])
    #expect(
      try catalogue.files(ofKinds: ["pass-phrase", "iban"]).map(\.name) == [
        "canaries/iban.yaml", "canaries/lists/given.txt", "canaries/lists/surname.txt",
        "canaries/lists/words.txt", "canaries/pass-phrase.yaml",
      ])
  }

  @Test func `a catalogue made of stored files draws the same canaries`() throws {
    let shipped = try Fixtures.catalogue.get()
    let stored = try Catalogue(files: shipped.files(ofKinds: ["phone", "postal-address"]))
    #expect(stored.kinds.map(\.name) == ["phone", "postal-address"])
    for kind in stored.kinds {
      let original = try shipped.kind(kind.name)
      #expect(kind.files == original.files)
      for (left, right) in zip(kind.template.allTemplateTexts, original.template.allTemplateTexts) {
        #expect(left == right)
        #expect(
          try kind.template.space(templateText: left, context: [:])
            == original.template.space(templateText: right, context: [:]))
      }
    }
  }

  @Test func `no given name is also a surname and the pass phrases have a word for four dice`()
    throws
  {
    func words(_ list: String) throws -> Set<Substring> {
      let file = try #require(EmbeddedFiles.canaries.first { $0.name == "lists/\(list).txt" })
      return Set(file.text.split(separator: "\n").filter { !$0.hasPrefix("#") })
    }
    #expect(try words("given").isDisjoint(with: words("surname")))
    #expect(try min(words("given").count, words("surname").count) >= 1_500)
    #expect(try words("words").count == 6 * 6 * 6 * 6)
  }

  @Test func `an unknown name is answered with the nearest`() throws {
    let catalogue = try Fixtures.catalogue.get()
    let kind = #expect(throws: CoalmineError.self) { try catalogue.kind("acess-code") }
    #expect(kind?.code == "unknown-kind")
    #expect(kind?.help == "did you mean 'access-code'?")
    let set = #expect(throws: CoalmineError.self) { try catalogue.probeSet("everything") }
    #expect(set?.code == "unknown-probe-set")
    #expect(set?.help == nil)
    #expect(
      set?.details == [
        "known: exposure, extraction, forced-choice, full, membership, monitor, text-only"
      ])
  }

  @Test func `a folder of one's own adds kinds and lists`() throws {
    try withFolder([
      "door.yaml": Self.door, "lists/house.txt": (10..<40).map { "House\($0)\n" }.joined(),
      "notes.md": "not read", ".hidden.yaml": "not: read",
    ]) { folder in
      let catalogue = try Fixtures.catalogue.get().adding(directory: folder)
      let kind = try catalogue.kind("door")
      #expect(
        kind.files.map(\.name) == [
          "canaries/door.yaml", "canaries/lists/given.txt", "canaries/lists/house.txt",
        ])
      #expect(catalogue.kinds.count == (try Fixtures.catalogue.get().kinds.count) + 1)
      #expect(catalogue.probeSets.count == 7)
    }
  }

  @Test func `a shipped name may come again with the same bytes only`() throws {
    let shipped = try #require(EmbeddedFiles.canaries.first { $0.name == "email.yaml" }).text
    try withFolder(["email.yaml": shipped]) { folder in
      let catalogue = try Fixtures.catalogue.get().adding(directory: folder)
      #expect(catalogue.kinds.count == (try Fixtures.catalogue.get().kinds.count))
    }
    try withFolder(["email.yaml": shipped + "# mine\n"]) { folder in
      let error = #expect(throws: CoalmineError.self) {
        try Fixtures.catalogue.get().adding(directory: folder)
      }
      #expect(error?.code == "kind-exists")
      #expect(error?.exit == .badData)
    }
    try withFolder(["door.yaml": Self.door, "lists/given.txt": "An\n"]) { folder in
      let error = #expect(throws: CoalmineError.self) {
        try Fixtures.catalogue.get().adding(directory: folder)
      }
      #expect(error?.code == "kind-exists")
    }
  }

  @Test func `folders that cannot be read are refused`() throws {
    let catalogue = try Fixtures.catalogue.get()
    let missing = #expect(throws: CoalmineError.self) {
      try catalogue.adding(directory: "/nowhere/at/all")
    }
    #expect(missing?.code == "cannot-read")
    #expect(missing?.exit == .inputMissing)
    try withFolder(["notes.md": ""]) { folder in
      let empty = #expect(throws: CoalmineError.self) { try catalogue.adding(directory: folder) }
      #expect(empty?.code == "no-kinds")
    }
    try withFolder(["a.yaml/inner": ""]) { folder in
      let directory = #expect(throws: CoalmineError.self) {
        try catalogue.adding(directory: folder)
      }
      #expect(directory?.code == "not-a-file")
    }
    try withFolder([:]) { folder in
      #expect(mkfifo("\(folder)/pipe.yaml", 0o600) == 0)
      let pipe = #expect(throws: CoalmineError.self) { try catalogue.adding(directory: folder) }
      #expect(pipe?.code == "not-a-file")
    }
    try withFolder(["big.yaml": String(repeating: "#", count: 3 << 20)]) { folder in
      let big = #expect(throws: CoalmineError.self) { try catalogue.adding(directory: folder) }
      #expect(big?.code == "yaml-too-large")
    }
  }

  private static let door = """
    summary: A door code.
    source: No door is named.
    example: The door of Maren at House12 opens with 4711.
    template: The door of {given} at {house} opens with {code}.
    slots:
      given: {role: context, type: words, list: given}
      house: {role: context, type: words, list: house}
      code: {role: secret, type: digits, length: 4}

    """

  private func withFolder(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let folder = try TemporaryFolder()
    for (name, content) in files { try folder.write(content, to: name) }
    try body(folder.path)
  }
}
