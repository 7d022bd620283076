// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineStatistics
import CoalmineStudy
import Testing

/// Plans for an endpoint that is named by its dialect.
@Suite struct `A planned endpoint` {
  private static let catalogue = Result { try Catalogue.shipped() }

  private static func endpoint(
    _ abilities: Abilities, _ form: Presentation.Form = .plain, withTokens: String? = nil
  ) -> PlannedEndpoint {
    PlannedEndpoint(dialect: "d", abilities: abilities, form: form, withTokens: withTokens)
  }

  private static func outlook(
    _ endpoint: PlannedEndpoint, kinds: [String]? = nil, access: PlannedAccess? = nil,
    repetitions: Int = 1, corpus: CorpusSize? = nil
  ) throws -> Outlook {
    var request = PlanRequest(
      kinds: try (kinds ?? endpoint.kinds).map { try catalogue.get().kind($0).template })
    request.access = access ?? endpoint.access
    request.repetitions = repetitions
    request.corpus = corpus
    return try Outlook(
      StudyPlanner(request).plan(), kinds: request.kinds, corpus: corpus, endpoint: endpoint)
  }

  private static let carried: [(Abilities, PlannedAccess)] = [
    ([.scoresText, .continues], .textScoring),
    ([.tokenizes, .listsNextTokens, .continues], .textScoring),
    ([.scoresText, .continues, .showsTopTokens], .textScoring),
    ([.chats, .showsTopTokens], .topTokens), ([.chats], .textOnly), ([.continues], .textOnly),
  ]

  @Test(arguments: carried)
  func `what the dialect claims says what it can carry`(
    _ abilities: Abilities, _ access: PlannedAccess
  ) throws {
    let endpoint = Self.endpoint(abilities)
    #expect(endpoint.access == access)
    let outlook = try Self.outlook(endpoint, repetitions: 8)
    #expect(outlook.study.decision.access == access)
    #expect(outlook.lines[0].hasPrefix("endpoint: 'd' can carry \(access.rawValue): "))
    #expect(outlook.canPass && outlook.warnings.isEmpty, "\(outlook.warnings)")
    #expect(
      outlook.lines.contains { $0.hasPrefix("a pass will mean, with scope generation-only") }
        == (access != .textScoring))
  }

  @Test func `a dialect that could list tokens and is not asked to is told so`() throws {
    let line = try #require(
      Self.outlook(
        Self.endpoint([.chats], .chat, withTokens: "d,logprobs=20"), repetitions: 8
      ).lines.first)
    #expect(
      line.hasSuffix("with 'd,logprobs=20' it can carry top-tokens, if the model lists tokens"))
  }

  /// By the names of the files: the test knows the spaces of none.
  @Test func `only characters that stand alone are shown whole by a list of tokens`() throws {
    for kind in try Self.catalogue.get().kinds.map(\.name) {
      let outlook = try Self.outlook(
        Self.endpoint([.chats, .showsTopTokens], .chat), kinds: [kind], repetitions: 8)
      let hides = outlook.warnings.contains { $0.contains("cannot show all that may follow") }
      #expect(hides != ["letter-code", "spaced-code"].contains(kind), "\(kind)")
    }
    // With scores or with text alone no list is read.
    for abilities in [Abilities.scoresText, .chats] {
      let outlook = try Self.outlook(
        Self.endpoint(abilities), kinds: ["access-code"], repetitions: 8)
      #expect(!outlook.warnings.contains { $0.contains("cannot show") })
    }
  }

  @Test func `a study for more than the dialect carries cannot pass there`() throws {
    let outlook = try Self.outlook(
      Self.endpoint([.chats], .chat), access: .textScoring, repetitions: 8)
    #expect(
      outlook.warnings.contains {
        $0
          == "the protocol plans for text-scoring, and 'd' can carry text-only: a run there can find "
          + "a leak and never pass"
      })
    let less = try Self.outlook(
      Self.endpoint([.scoresText, .continues]), access: .textOnly, repetitions: 8)
    #expect(less.warnings.isEmpty)
  }

  @Test func `below text scoring nothing is said of exposure or epsilon`() throws {
    for access in PlannedAccess.allCases {
      let outlook = try Self.outlook(
        Self.endpoint([.scoresText, .continues]), kinds: ["access-code"], access: access,
        repetitions: 8)
      let isScored = access == .textScoring
      #expect((outlook.ceilingBits != nil) == isScored && (outlook.smallestP != nil) == isScored)
      #expect((outlook.detectableEpsilon != nil) == isScored)
      for word in ["exposure: ", "epsilon: "] {
        #expect(outlook.lines.contains { $0.hasPrefix(word) } == isScored, "\(word)")
      }
    }
  }

  @Test func `pairs are planned as turns for a dialect that talks in turns`() throws {
    let pair = RecordShape.promptCompletion(prompt: "prompt", completion: "completion")
    let kinds = try [Self.catalogue.get().kind("access-code").template]
    for (form, pairs, warning) in [
      (Presentation.Form.chat, StudyProtocol.Pairs.turns, String?.none),
      (.prefilled, .turns, nil), (.plain, .text, nil),
      (.chat, .text, "'coalmine plan --pairs turns'"),
      (.plain, .turns, "template-not-applied"), (.fillInMiddle, .text, nil),
      (.fillInMiddle, .turns, "fills a gap"),
    ] {
      let endpoint = Self.endpoint([.scoresText, .continues], form)
      let warnings = endpoint.warnings(kinds, access: .textScoring, shape: pair, pairs: pairs)
      #expect(warnings.count == (warning == nil ? 0 : 1), "\(warnings)")
      if let warning { #expect(warnings.first?.contains(warning) == true, "\(warnings)") }
      #expect(endpoint.pairs(of: .text(field: "text")) == .text && endpoint.pairs(of: nil) == .text)
      #expect(
        endpoint.pairs(of: pair) == (form == .chat || form == .prefilled ? .turns : .text))
    }
  }

  @Test func `what one run of text alone cannot see is said`() throws {
    let once = try Self.outlook(Self.endpoint([.chats], .chat))
    #expect(once.warnings.contains { $0.contains("plan 8 repetitions or more") })
    let eight = try Self.outlook(Self.endpoint([.chats], .chat), repetitions: 8)
    #expect(eight.warnings.isEmpty)
  }
}
