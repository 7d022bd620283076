// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineTesting
import Testing

@Suite struct KindPropertyTests {
  @Test(arguments: Fixtures.kindTexts)
  func `a candidate leads back to its number`(kind: KindText) throws {
    let space = try kind.space
    var generator = SplitMix(1)
    for _ in 0..<1_000 {
      let index = UInt128.random(in: 0..<space.count, using: &generator)
      #expect(space.index(of: space.candidate(at: index)) == index)
    }
  }

  @Test(arguments: Fixtures.kindTexts)
  func `no option of a secret begins with another`(kind: KindText) throws {
    for step in try kind.template.steps(of: kind.templateText.secret) {
      let options = step.options(given: try kind.context)
      let known = Set(options)
      #expect(known.count == options.count)
      for option in options {
        for length in 0..<option.count {
          #expect(!known.contains(Array(option.prefix(length))))
        }
      }
    }
  }

  @Test(arguments: Fixtures.kindTexts)
  func `a walk along a candidate counts down without losing one`(kind: KindText) throws {
    let space = try kind.space
    #expect(space.node(after: [])?.candidates == space.count)
    var generator = SplitMix(2)
    for _ in 0..<20 {
      let candidate = space.candidate(at: UInt128.random(in: 0..<space.count, using: &generator))
      var below = space.count
      for length in candidate.indices {
        let prefix = Array(candidate.prefix(length))
        let node = try #require(space.node(after: prefix))
        #expect(node.candidates == below)
        #expect(!node.isEnd)
        below = try #require(node.next[candidate[length]])
        let absent = (0...255).map { UInt8($0) }.first { node.next[$0] == nil }
        #expect(space.node(after: prefix + [try #require(absent)]) == nil)
      }
      #expect(below == 1)
      #expect(space.node(after: candidate)?.isEnd == true)
      #expect(space.node(after: candidate + [0x2E]) == nil)
    }
  }

  @Test(arguments: Fixtures.kindTexts)
  func `a prompt names a person and is a natural length`(kind: KindText) throws {
    let steps = try kind.template.contextSteps(of: kind.templateText)
    #expect(steps.map(\.slot).starts(with: ["given", "surname"]))
    for (_, parts) in steps.prefix(2) { #expect((parts.first?.radix ?? 0) >= 1_500) }
    // The shortest and the longest names that can stand there.
    for pick in [Swift.min, Swift.max] as [(Int, Int) -> Int] {
      var length = 0
      for piece in kind.templateText.prefix {
        switch piece {
        case .text(let bytes): length += bytes.count
        case .slot(let name):
          let parts = try #require(steps.first { $0.slot == name }).1
          for part in parts {
            let lengths = part.options(given: [:]).map(\.count)
            length += lengths.reduce(lengths[0], pick)
          }
        }
      }
      // A file of source code has lines before the one with the secret.
      #expect((30...(kind.isCode ? 140 : 90)).contains(length), "\(length) bytes")
    }
  }

  @Test(arguments: Fixtures.kindTexts)
  func `something ends the secret, and a sentence has no line break`(kind: KindText)
    throws
  {
    let ends = [".", "\"", "。"] + (kind.isCode ? ["'", "\n"] : [])
    #expect(ends.contains { kind.templateText.suffix.starts(with: Array($0.utf8)) })
    let whole =
      try kind.templateText.renderedPrefix(kind.context) + kind.templateText.separator
      + (try kind.space.candidate(at: 0)) + kind.templateText.suffix
    // A file is lines, the last of them ended.
    #expect(kind.isCode ? whole.last == 0x0A : !whole.contains(0x0A))
  }

  @Test func `the example of a kind is one of its candidates`() throws {
    for kind in try Fixtures.catalogue.get().kinds {
      let template = kind.template
      let example = Array(template.example.utf8)
      let found = try template.templateTexts.contains { templateText in
        try contexts(of: template, templateText, in: example).contains { context in
          let prefix = templateText.renderedPrefix(context) + templateText.separator
          guard example.starts(with: prefix), example.count > prefix.count else { return false }
          let rest = example.dropFirst(prefix.count)
          guard rest.reversed().starts(with: templateText.suffix.reversed()) else { return false }
          let secret = Array(rest.dropLast(templateText.suffix.count))
          return try template.space(templateText: templateText, context: context).index(of: secret)
            != nil
        }
      }
      #expect(found, "\(kind.name): \(template.example)")
    }
  }

  /// The contexts whose values all stand in `example`: few, since the names are distinctive.
  private func contexts(
    of template: CanaryTemplate, _ templateText: TemplateText, in example: [UInt8]
  )
    throws -> [[String: [UInt8]]]
  {
    let words = example.split { !(65...90).contains($0 & 0xDF) && !(48...57).contains($0) }
      .map { Array($0) }
    var contexts: [[String: [UInt8]]] = [[:]]
    for (slot, steps) in try template.contextSteps(of: templateText) {
      let options = Set(steps.flatMap { $0.options(given: [:]) })
      let present = words.filter { options.contains($0) }
      contexts = contexts.flatMap { context in
        present.map { value in context.merging([slot: value]) { $1 } }
      }
    }
    return contexts
  }
}
