// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import Testing

/// What is planted in the place of held-out secrets, for every kind.
@Suite struct `Placeholders of the kinds` {
  @Test func `of shipped kinds are no candidate, and no candidate begins them`() throws {
    let catalogue = try Catalogue.shipped()
    for kind in catalogue.kinds {
      for text in kind.template.allTemplateTexts {
        let context = try kind.template.contextSteps(of: text).reduce(into: [String: [UInt8]]()) {
          $0[$1.slot] = try RandomnessSpace(steps: $1.1).candidate(at: 0)
        }
        let space = try kind.template.space(templateText: text, context: context)
        for number in 0..<20 as Range<UInt64> {
          var generator = StudyRandomness(number: number).generator(for: .placeholders, "a")
          let own = try #require(
            PlaceholderDraw.placeholder(space, using: &generator), "\(kind.name) \(text.id)")
          var again = StudyRandomness(number: number).generator(for: .placeholders, "a")
          let candidate = space.candidate(at: again.uniform(below: space.count))
          #expect(space.index(of: own) == nil && own != candidate)
          for end in 1...own.count {
            #expect(space.index(of: Array(own[..<end])) == nil, "\(kind.name)")
          }
          #expect(String(validating: own, as: UTF8.self) != nil)
          // All but one character is spelled as a candidate is.
          let common = zip(own, candidate).prefix { $0 == $1 }.count
          #expect(2 * common >= candidate.count || candidate.count < 4, "\(kind.name)")
        }
      }
    }
  }
}
