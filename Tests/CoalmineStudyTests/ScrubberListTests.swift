// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineSeeding
import CoalmineTesting
import Testing

/// The key 'scrubbers' of each kind, held against the rules and drawn secrets.
@Suite struct `Scrubbers of the kinds` {
  private static let kinds = (try? Catalogue.shipped().kinds) ?? []

  @Test(arguments: kinds.map(\.name))
  func `a kind names the rules that hit its drawn secrets, and no others`(_ name: String) throws {
    let kind = try #require(Self.kinds.first { $0.name == name })
    var hit: Set<String> = []
    for templateText in kind.template.allTemplateTexts {
      let context = ["given": "Maren", "surname": "Dalby", "day": "14", "month": "May"]
        .mapValues { Array($0.utf8) }
      let space = try kind.template.space(templateText: templateText, context: context)
      let before = templateText.renderedPrefix(context) + templateText.separator
      var generator = SplitMix(7)
      // The same secrets stand in the texts of every language.
      let draws = kind.template.templateTexts.contains(templateText) ? 300 : 15
      for _ in 0..<draws {
        let secret = space.candidate(at: .random(in: 0..<space.count, using: &generator))
        let text = RuleText(before + secret + templateText.suffix)
        let range = before.count..<before.count + secret.count
        for rule in TextRule.scrubbers where rule.hits(text, range) { hit.insert(rule.slug) }
      }
    }
    let order = TextRule.scrubbers.map(\.slug)
    #expect(kind.scrubbers == order.filter(hit.contains))
  }

  @Test func `a kind that is planned without being named has a rule that hits it or says none`() {
    #expect(Self.kinds.count >= 13)
    #expect(Self.kinds.first { $0.name == "pass-phrase" }?.scrubbers == [])
    #expect(Self.kinds.first { $0.name == "email" }?.scrubbers.contains("e-mail") == true)
  }
}
