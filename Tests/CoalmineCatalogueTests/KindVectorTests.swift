// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineTesting
import Testing

@Suite struct KindVectorTests {
  @Test func `every template text of every kind has a vector and every vector a template text`()
    throws
  {
    let vectors = try Fixtures.vectors.get().cases.map { "\($0.kind)/\($0.templateText)" }
    #expect(vectors.sorted() == Fixtures.kindTexts.map(\.testDescription).sorted())
    #expect(Fixtures.kindTexts.count >= 13)
  }

  @Test(arguments: Fixtures.kindTexts)
  func `count and candidates are those of an independent computation`(kind: KindText) throws {
    let vector = try #require(
      try Fixtures.vectors.get().cases.first {
        $0.kind == kind.template.kind && $0.templateText == kind.templateText.id
      })
    let space = try kind.space
    #expect(space.count == UInt128(vector.count))
    #expect(try kind.templateText.renderedPrefix(kind.context).text == vector.prefix)
    #expect(kind.templateText.separator.text == vector.separator)
    #expect(kind.templateText.suffix.text == vector.suffix)
    #expect(vector.candidates.count >= 3)
    for candidate in vector.candidates {
      let index = try #require(UInt128(candidate.index))
      #expect(space.candidate(at: index).text == candidate.text)
      #expect(space.index(of: Array(candidate.text.utf8)) == index)
    }
  }
}
