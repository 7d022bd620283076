// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineSeeding
import CoalmineStudy
import CoalmineTesting
import Testing

@Suite struct `Studies of thousands of canaries` {
  @Test func `5,000 canaries have contexts of which no two share a name`() throws {
    var plan = StudyProtocol.standard(kinds: SeedVerb.standardKinds)
    plan.randomized = 4_952
    plan.references = 1
    let templates = Dictionary(
      uniqueKeysWithValues: try Catalogue.shipped().kinds.map { ($0.name, $0.template) })
    let draw = try CanaryDraw(
      plan, templates: templates, randomness: StudyRandomness(number: 1))
    #expect(draw.canaries.count == 5_000)
    for slot in ["given", "surname"] {
      let names = Set(draw.canaries.compactMap { $0.context[slot] })
      #expect(names.count == 5_000, "\(slot)")
    }
  }

  /// No two contexts share two of their words.
  @Test func `more than there are names have a second name, and differ in two words`() throws {
    var plan = StudyProtocol.standard(kinds: ["access-code"])
    plan.randomized = isDeep ? 200_000 : 6_500
    plan.references = 1
    let templates = Dictionary(
      uniqueKeysWithValues: try Catalogue.shipped().kinds.map { ($0.name, $0.template) })
    let draw = try CanaryDraw(
      plan, templates: templates, randomness: StudyRandomness(number: 1))
    #expect(draw.canaries.count == plan.canaries)
    var pairs: Set<[String]> = []
    var single: [Set<String>] = []
    for canary in draw.canaries {
      let words = canary.context.values
        .flatMap { String(decoding: $0, as: UTF8.self).lowercased().split(separator: " ") }
        .map(String.init).sorted()
      #expect((2...3).contains(words.count))
      if words.count == 2 { single.append(Set(words)) }
      for (place, word) in words.enumerated() {
        for other in words[(place + 1)...] {
          #expect(pairs.insert([word, other]).inserted, "\(canary.id)")
        }
      }
    }
    // Without a second name no two share a word.
    #expect(single.count > 5_000 && Set(single.joined()).count == 2 * single.count)
    #expect(Set(draw.phrases).count == plan.canaries + draw.inContextControls.count)
  }
}
