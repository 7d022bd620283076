// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// Which statistics a verb computes: the lists of docs/methods.md, held against the sources.
@Suite struct `Statistics that are reached` {
  @Test func `the lists of the page are those of the sources`() throws {
    var statistics: [String: SourceNames] = [:]
    for path in Repository.files(below: "Sources/CoalmineStatistics", ending: ".swift") {
      statistics[path] = try SourceNames(
        of: Repository.url("Sources/CoalmineStatistics/" + path))
    }
    let others = try Repository.files(below: "Sources", ending: ".swift")
      .filter { !$0.hasPrefix("CoalmineStatistics/") }
      .map { try SourceNames(of: Repository.url("Sources/" + $0)) }
      .filter { $0.words.contains("CoalmineStatistics") }
    // What another target uses, then what those files use, and so on.
    var reached = Set(
      statistics.filter { own in others.contains { $0.uses(own.value.open) } }.keys)
    var added = reached
    while !added.isEmpty {
      let users = added.compactMap { statistics[$0] }
      added = Set(
        statistics.filter { own in
          !reached.contains(own.key) && users.contains { $0.uses(own.value.shared) }
        }.keys)
      reached.formUnion(added)
    }
    #expect(reached.count > 20 && reached.count < statistics.count)

    let page = try Repository.text("docs/methods.md")
    let section = try #require(page.range(of: "## Which statistics are reached\n"))
    let lists = page[section.upperBound...].components(separatedBy: "\nNot reached yet")
    try #require(lists.count == 2)
    let named = Self.paths(lists[0].split(separator: "\n").filter { $0.hasPrefix("| `") })
    let unnamed = Self.paths(lists[1].split(separator: "\n"))
    #expect(named.count == Set(named).count && unnamed.count == Set(unnamed).count)
    let unreached = Set(statistics.keys).subtracting(reached)
    #expect(Set(named) == reached, "\(Set(named).symmetricDifference(reached).sorted())")
    #expect(
      Set(unnamed) == unreached, "\(Set(unnamed).symmetricDifference(unreached).sorted())")
  }

  private static func paths(_ lines: [Substring]) -> [String] {
    lines.flatMap {
      $0.matches(of: /`CoalmineStatistics\/([A-Za-z0-9\/]+\.swift)`/).map { String($0.output.1) }
    }
  }

  @Test func `names are read with their access, and uses with what stands around them`() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      // struct Hidden
      public struct Open { public func inner() {} }
      private struct Own {}
      func shared(_ value: Int) -> Int { value }
      let limit = other(1) + "named(2)".count + list.called(3)
      """, to: "A.swift")
    let names = try SourceNames(of: folder.url("A.swift"))
    #expect(names.open.types == ["Open"] && names.open.functions.isEmpty)
    #expect(names.shared.types == ["Open"] && names.shared.functions == ["shared"])
    #expect(names.shared.values == ["limit"])
    #expect(names.calls == ["other"] && names.methodCalls == ["called"])
    try folder.write("extension Int { \n  public func added() {}\n}", to: "B.swift")
    #expect(try SourceNames(of: folder.url("B.swift")).open.methods == ["added"])
  }
}

/// What a source declares for others, and which names it uses.
private struct SourceNames {
  struct Declared {
    var types: Set<String> = []
    var functions: Set<String> = []
    var values: Set<String> = []
    var methods: Set<String> = []
  }

  /// What other targets can use.
  var open = Declared()
  /// What other files of the target can use.
  var shared = Declared()
  /// Every identifier.
  var words: Set<String> = []
  /// Names before a parenthesis, without and with a dot before them.
  var calls: Set<String> = []
  var methodCalls: Set<String> = []

  init(of file: URL) throws {
    let code = try String(contentsOf: file, encoding: .utf8)
      .replacing(/\/\/[^\n]*/, with: "").replacing(/"(?:\\.|[^"\\\n])*"/, with: "\"\"")
    declarations(code)
    uses(code)
  }

  func uses(_ declared: Declared) -> Bool {
    !words.isDisjoint(with: declared.types) || !words.isDisjoint(with: declared.values)
      || !calls.isDisjoint(with: declared.functions)
      || !methodCalls.isDisjoint(with: declared.methods)
  }

  private mutating func declarations(_ code: String) {
    let top =
      /^(?:(public|package|internal|private|fileprivate) )?(?:final |indirect )*(func|struct|enum|class|protocol|let|var) ([A-Za-z_][A-Za-z0-9_]*)/
    let lines = code.split(separator: "\n")
    for line in lines {
      guard let found = line.firstMatch(of: top)?.output else { continue }
      let access = found.1.map(String.init) ?? "internal"
      guard access != "private", access != "fileprivate" else { continue }
      let name = String(found.3)
      switch found.2 {
      case "func":
        shared.functions.insert(name)
        if access == "public" { open.functions.insert(name) }
      case "let", "var":
        shared.values.insert(name)
        if access == "public" { open.values.insert(name) }
      default:
        shared.types.insert(name)
        if access == "public" { open.types.insert(name) }
      }
    }
    guard shared.types.isEmpty, shared.functions.isEmpty, shared.values.isEmpty else { return }
    // Nothing but extensions: their public methods.
    for line in lines {
      guard
        let found = line.firstMatch(
          of: /^  public (?:static |mutating )*func ([A-Za-z_][A-Za-z0-9_]*)/)
      else { continue }
      open.methods.insert(String(found.output.1))
      shared.methods.insert(String(found.output.1))
    }
  }

  private mutating func uses(_ code: String) {
    let bytes = Array(code.utf8)
    func isPart(_ byte: UInt8) -> Bool {
      byte == 0x5F || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte)
    }
    var place = 0
    var last = ""
    while place < bytes.count {
      guard isPart(bytes[place]) else {
        place += 1
        continue
      }
      let start = place
      while place < bytes.count, isPart(bytes[place]) { place += 1 }
      let name = String(decoding: bytes[start..<place], as: UTF8.self)
      words.insert(name)
      if place < bytes.count, bytes[place] == UInt8(ascii: "(") {
        if start > 0, bytes[start - 1] == UInt8(ascii: ".") {
          methodCalls.insert(name)
        } else if last != "func" {
          calls.insert(name)
        }
      }
      last = name
    }
  }
}
