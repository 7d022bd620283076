// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineSeeding
import CoalmineStudy
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

  @Test func `more than there are names is refused with their number`() throws {
    var plan = StudyProtocol.standard(kinds: ["access-code"])
    plan.randomized = 6_000
    plan.references = 1
    let templates = Dictionary(
      uniqueKeysWithValues: try Catalogue.shipped().kinds.map { ($0.name, $0.template) })
    let error = #expect(throws: CoalmineError.self) {
      try CanaryDraw(plan, templates: templates, randomness: StudyRandomness(number: 1))
    }
    #expect(error?.code == "contexts-exhausted")
    #expect(error?.message.contains("6056") == true, "\(error!)")
  }
}
