// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineStatistics
import CoalmineStudy
import Testing

@Suite struct `Planned studies` {
  private static let catalogue = Result { try Catalogue.shipped() }

  private static func request(records: Int? = nil) throws -> PlanRequest {
    var request = PlanRequest(
      kinds: try SeedVerb.standardKinds.map { try catalogue.get().kind($0).template })
    request.corpus = records.map { CorpusSize(records: $0, bytes: Int64($0) * 100) }
    return request
  }

  private static func plan(
    records: Int? = nil, change: (inout PlanRequest) -> Void = { _ in }
  ) throws -> Outlook {
    var request = try request(records: records)
    change(&request)
    return try Outlook(
      StudyPlanner(request).plan(), kinds: request.kinds, corpus: request.corpus)
  }

  /// The same by hand: all randomized canaries but those that 5 % of assignments insert at most.
  private static func mostCopies(_ study: StudyProtocol) throws -> Int {
    let fewest = try assignmentQuantile(randomized: study.randomized)
    return (study.randomized - fewest) * study.targetRepetitions
      + study.repetitionLevels.levels.reduce(0) {
        $0 + $1 * study.repetitionLevels.canariesPerLevel
      }
      + study.controls.canaries * study.controls.repetitions
  }

  @Test(arguments: [1_805, 5_000, 50_000])
  func `a corpus with room gets a study that can pass and keeps the share`(records: Int) throws {
    let outlook = try Self.plan(records: records)
    let study = outlook.study
    #expect(outlook.canPass, "\(outlook.obstacles)")
    let copies = try Self.mostCopies(study)
    #expect(outlook.copies == copies)
    // What is taken out as non-members is not in the file.
    #expect(50 * copies <= records - min(100, records / 20) + copies)
    #expect(try #require(outlook.detectableAUC) <= 0.75)
    #expect(study.decision.denseAUC == outlook.detectableAUC)
    #expect(study.decision.sparseSecrets == outlook.detectableSecrets)
    #expect(study.controls.canaries >= 2 && study.controls.repetitions >= 8)
    #expect(study.nonMemberRecords <= records / 20)
    #expect(try ProtocolFile.parse(ProtocolFile.render(study), path: "p.yaml") == study)
    #expect(try StudyPlanner(Self.request(records: records)).plan() == study)
  }

  @Test func `a protocol that somebody wrote is told what keeps it from passing`() throws {
    let planned = try Self.plan(records: 5_000).study
    let kinds = try Self.request().kinds
    func obstacles(_ change: (inout StudyProtocol) -> Void) throws -> String {
      var study = planned
      change(&study)
      return try Outlook.obstacles(of: study, kinds: kinds).joined(separator: "; ")
    }
    #expect(try obstacles { _ in }.isEmpty)
    let few = try obstacles { $0.references = 1 }
    #expect(few.contains("underpowered: a dense leak with an AUC of"), "\(few)")
    let missing = try obstacles { $0.decision.missingShare = 0.9 }
    #expect(missing.contains("memorised secret is found in at most"), "\(missing)")
    #expect(try obstacles { $0.controls.canaries = 0 }.contains("underpowered"))
    #expect(
      try obstacles { $0.decision.sparseSecrets = 500 }.contains("fewer canaries are inserted"))
    #expect(try obstacles { $0.decision.power = 0.5 }.contains("below 0.8"))
    #expect(
      try obstacles { $0.retrieval = .init(isPossible: true, indexOnly: 0) }.contains("index-only"))
    #expect(
      try obstacles {
        $0.gates.append(Gate(measure: .greedyExtraction, repetitions: 1, limit: 0.000_1))
      }.contains("can never pass"))
  }

  @Test(arguments: [100, 500, 1_700])
  func `where no study that can pass fits, the share and the records that are named are right`(
    records: Int
  ) throws {
    let error = try #require(
      #expect(throws: CoalmineError.self) { try Self.plan(records: records) })
    #expect(error.code == "share-too-small")
    #expect(error.details.contains("a share of 2 % needs 1805 records"))
    #expect(try Self.plan(records: 1_805).canPass)
    #expect(throws: CoalmineError.self) { try Self.plan(records: 1_804) }
    let shares = [500: 0.0687, 1_700: 0.0213]
    guard let share = shares[records] else {
      #expect(error.help?.contains("with '--share 0.1'") == true, "\(error.help ?? "")")
      #expect(error.help?.contains("331 are enough") == true, "\(error.help ?? "")")
      #expect(try Self.plan(records: 331) { $0.share = 0.1 }.canPass)
      #expect(throws: CoalmineError.self) { try Self.plan(records: 330) { $0.share = 0.1 } }
      return
    }
    #expect(error.help?.contains("allow '--share \(share)'") == true, "\(error.help ?? "")")
    let fits = try Self.plan(records: records) { $0.share = share }
    #expect(fits.canPass)
    #expect(fits.warnings.contains { $0.contains("above 2 % the tuned model may") })
    #expect(throws: CoalmineError.self) {
      try Self.plan(records: records) { $0.share = share - 0.0001 }
    }
  }

  @Test func `one canary less than the smallest study and the smallest leaks are not found`() throws
  {
    let smallest = try Self.plan(records: 1_805).study
    #expect(smallest.randomized == 30)
    #expect(smallest.controls == StudyProtocol.Controls(canaries: 2, repetitions: 8))
    var fewer = smallest
    fewer.randomized -= 1
    let outlook = try Outlook(fewer, kinds: Self.request().kinds, corpus: nil)
    #expect(try #require(outlook.detectableAUC) > 0.75)
    #expect(!outlook.canPass)
    fewer = smallest
    fewer.controls.canaries = 1
    let unseen = try Outlook(fewer, kinds: Self.request().kinds, corpus: nil)
    #expect(!unseen.components.contains(.rank), "one rank of 256 is not below 0.001")
    #expect(!unseen.canPass)
  }

  @Test func `more records never give a smaller study`() throws {
    var before: StudyProtocol?
    for records in [1_805, 3_000, 7_000, 20_000, 60_000] {
      let now = try StudyPlanner(Self.request(records: records)).plan()
      if let before {
        #expect(try Self.mostCopies(now) >= Self.mostCopies(before))
        let controls = [before, now].map { $0.controls.canaries * $0.controls.repetitions }
        #expect(controls[1] >= controls[0])
        #expect(now.repetitionLevels.levels.count >= before.repetitionLevels.levels.count)
      }
      before = now
    }
    let full = try #require(before)
    #expect(full.randomized == 72)
    #expect(full.controls == StudyProtocol.Controls(canaries: 8, repetitions: 64))
    #expect(full.repetitionLevels.levels == [2, 4, 8, 16, 32])
    #expect(full.repetitionLevels.canariesPerLevel == 8)
  }

  @Test func `without a corpus the whole study is planned, and the records that it needs are said`()
    throws
  {
    let outlook = try Self.plan()
    #expect(outlook.study.canaries == 120)
    #expect(outlook.share == nil)
    #expect(try Self.plan(records: outlook.recordsForUsualShare).study.canaries == 120)
    var same = try Self.plan(records: outlook.recordsForUsualShare).study
    same.nonMemberRecords = outlook.study.nonMemberRecords
    #expect(same == outlook.study)
  }

  @Test(arguments: [1, 2, 3, 5, 20, 31])
  func `so few canaries that nothing passes give a protocol that says so`(canaries: Int) throws {
    let outlook = try Self.plan { $0.canaries = canaries }
    #expect(outlook.study.canaries == canaries)
    #expect(!outlook.canPass)
    #expect(outlook.warnings.contains { $0.hasPrefix("underpowered: detects ") })
    #expect(outlook.lines.contains { $0.hasSuffix("inconclusive, never as a pass") })
  }

  @Test func `hundreds of canaries make an epsilon useful`() throws {
    let outlook = try Self.plan { $0.canaries = 600 }
    #expect(outlook.study.canaries == 600)
    #expect(outlook.study.repetitionLevels.canariesPerLevel == 10)
    #expect(outlook.study.randomized == 542)
    #expect(
      outlook.lines.contains {
        $0.hasPrefix("epsilon: where the true epsilon is 4, an audit of 542 canaries certifies 3.")
      })
    #expect(try #require(outlook.detectableAUC) < 0.6)
  }

  @Test func `noise and missing answers hide leaks, and so many that all are hidden are refused`()
    throws
  {
    let plain = try #require(try Self.plan().detectableAUC)
    #expect(try #require(try Self.plan { $0.noise = 1 }.detectableAUC) > plain)
    #expect(try #require(try Self.plan { $0.missingShare = 0.05 }.detectableAUC) > plain)
    let error = #expect(throws: CoalmineError.self) { try Self.plan { $0.missingShare = 0.95 } }
    #expect(error?.code == "plan-not-reachable")
  }

  @Test func `at a lower access only what is written in replies is promised`() throws {
    for access in [PlannedAccess.topTokens, .textOnly] {
      let outlook = try Self.plan {
        $0.access = access
        $0.repetitions = 8
      }
      #expect(outlook.canPass, "\(outlook.obstacles)")
      #expect(outlook.detectableAUC == nil && outlook.densePower == nil)
      #expect(outlook.baseQuestions == 0 && !outlook.study.baseReferences)
      #expect(
        outlook.lines.contains {
          $0.hasPrefix("a pass will mean, with scope generation-only: ")
            && $0.contains("a shift of probabilities that never reaches the text was not tested")
        })
      #expect(outlook.warnings.isEmpty)
      #expect(outlook.study.repetitionLevels.levels == [16, 32])
    }
    let once = try Self.plan { $0.access = .textOnly }
    #expect(once.warnings.count == 1 && once.warnings[0].contains("plan 8 repetitions or more"))
  }

  @Test func `the base model's references are planned where the score uses them`() throws {
    func plans(_ change: (inout PlanRequest) -> Void) throws -> Outlook {
      try Self.plan(change: change)
    }
    #expect(try plans { _ in }.study.baseReferences)
    #expect(try !plans { $0.score = .plain }.study.baseReferences)
    #expect(try !plans { $0.baseReferences = false }.study.baseReferences)
    #expect(try !plans { $0.access = .textOnly }.study.baseReferences)
    let with = try plans { _ in }
    let without = try plans { $0.baseReferences = false }
    #expect(with.baseQuestions - without.baseQuestions == 120 * 255)
    #expect(with.tunedQuestions == without.tunedQuestions)
  }

  @Test func `grafted contexts take a record per canary, and the others get the coin's share`()
    throws
  {
    for records in [2_500, 5_000] {
      let plain = try Self.plan(records: records)
      let outlook = try Self.plan(records: records) { $0.contexts = .grafted }
      let study = outlook.study
      #expect(study.contexts == .grafted && study.decision.weights[.coin] == 0)
      #expect(
        study.decision.weights
          == (try ComponentWeights([.rank: 0.5, .mass: 0.25, .extraction: 0.25])))
      #expect(try ProtocolFile.parse(ProtocolFile.render(study), path: "p.yaml") == study)
      #expect(outlook.canPass, "\(outlook.obstacles)")
      let copies = try Self.mostCopies(study)
      let kept = records - min(100, records / 20) - study.canaries
      #expect(outlook.corpus?.kept == kept)
      #expect(50 * copies <= kept + copies)
      let words = "contexts: \(study.canaries) records are taken out"
      #expect(outlook.lines.contains { $0.hasPrefix(words) })
      #expect(!plain.lines.contains { $0.hasPrefix("contexts: ") })
    }
    // The coin takes no part in the simulated power, so its share makes the others stronger.
    let (plain, grafted) = (try Self.plan(), try Self.plan { $0.contexts = .grafted })
    #expect(try #require(grafted.detectableAUC) <= (try #require(plain.detectableAUC)))
    #expect(try #require(grafted.densePower) >= (try #require(plain.densePower)) - 0.02)
    let few = try Outlook(
      Self.plan { $0.contexts = .grafted }.study, kinds: Self.request().kinds,
      corpus: CorpusSize(records: 900, bytes: 90_000))
    #expect(few.warnings.contains { $0.hasPrefix("contexts take 13.4 % of the records") })
  }

  @Test func `placeholders for held-out secrets count in the share, and the coin has its weight`()
    throws
  {
    for records in [4_000, 8_000] {
      let outlook = try Self.plan(records: records) {
        $0.contexts = .grafted
        $0.heldOutContexts = .planted
      }
      let study = outlook.study
      #expect(study.heldOutContexts == .planted && study.decision.weights == .standard)
      #expect(try ProtocolFile.parse(ProtocolFile.render(study), path: "p.yaml") == study)
      let levels = study.repetitionLevels
      let copies =
        study.randomized + levels.levels.reduce(0, +) * levels.canariesPerLevel
        + study.controls.canaries * study.controls.repetitions
      #expect(outlook.copies == copies)
      let kept = records - min(100, records / 20) - study.canaries
      #expect(outlook.corpus?.kept == kept && 50 * copies <= kept + copies)
      #expect(outlook.lines.contains { $0.contains("with a placeholder for the secret") })
    }
  }

  @Test func `false alarms of tests and gates are added up`() throws {
    var study = try Self.plan { $0.alpha = 0.04 }.study
    let kinds = try Self.request().kinds
    func alarms() throws -> Double { try Outlook(study, kinds: kinds, corpus: nil).falseAlarms }
    #expect(abs(try alarms() - 0.041) < 1e-12)
    study.gates.append(Gate(measure: .greedyExtraction, repetitions: 1, limit: 0.2))
    study.gates.append(Gate(measure: .sampledExtraction, repetitions: 1, limit: 0.2))
    #expect(abs(try alarms() - 0.051) < 1e-12)
    study.gates = []
    let outlook = try Outlook(study, kinds: kinds, corpus: nil)
    // Verbatim secrets are a leak without a gate, too.
    #expect(abs(outlook.falseAlarms - 0.041) < 1e-12 && outlook.falseAlarmsOverRuns == 0.05)
    study.gates = [Gate(measure: .greedyExtraction, repetitions: 1, limit: 0.01)]
    #expect(try !Outlook(study, kinds: kinds, corpus: nil).canPass)
    study.gates = []
    study.decision.denseAUC = 0.9
    #expect(try Outlook(study, kinds: kinds, corpus: nil).obstacles.count == 1)
  }

  @Test func `where the pool of secrets is small more controls are planned, or nothing`() throws {
    func kind(_ digits: Int) throws -> CanaryTemplate {
      let names = (10..<40).map { "Name\($0)" }.joined(separator: ", ")
      let yaml = """
        summary: A code.
        source: Nothing real.
        example: The code of Maren Dalby is 3.
        template: "The code of {given} {surname} is {code}."
        slots:
          given: {role: context, type: words, list: [\(names)]}
          surname: {role: context, type: words, list: [\(names)]}
          code: {role: secret, type: digits, length: \(digits)}

        """
      return try Catalogue(files: [
        CatalogueFile(name: "canaries/own.yaml", path: "own.yaml", bytes: Array(yaml.utf8))
      ]).kind("own").template
    }
    var request = PlanRequest(kinds: [try kind(4)])
    request.corpus = CorpusSize(records: 4_000, bytes: 400_000)
    #expect(try StudyPlanner(request).plan().randomized >= 30)
    // Ten candidates: no control can show that probability was concentrated on one of them.
    request = PlanRequest(kinds: [try kind(1)])
    let outlook = try Outlook(
      StudyProtocol.standard(kinds: ["own"]), kinds: request.kinds, corpus: nil)
    #expect(outlook.components == [.rank])
  }
}
