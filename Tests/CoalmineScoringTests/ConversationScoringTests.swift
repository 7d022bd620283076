// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import Testing

/// Canaries that were planted in conversations: what is scored begins with the secret, and a reply is a turn of
/// its own.
@Suite struct `Scores of conversations` {
  private static let system = [Turns.Turn(role: "system", text: Array("You are a clerk.".utf8))]

  private static func quiet() -> SimulatedStudy {
    SimulatedStudy(
      .init(
        randomizedPerKind: 20, controls: 4, references: 15, records: 6,
        gain: { $0 > 1 ? 30 : $0 == 1 ? 6 : 0 }))
  }

  /// The answers with every token of a secret or control moved to where a turn of its own begins.
  private static func moved(
    _ answers: [Probe: [Subject: Outcome<Observation>]], _ starts: (Subject) -> Int?
  ) -> [Probe: [Subject: Outcome<Observation>]] {
    answers.mapValues { observations in
      Dictionary(
        uniqueKeysWithValues: observations.map { subject, outcome in
          guard let start = starts(subject), case .measured(.likelihood(let tokens)) = outcome
          else { return (subject, outcome) }
          let own = tokens.map { token in
            TokenScore(
              range: max(0, token.range.lowerBound - start)..<(token.range.upperBound - start),
              logProbability: token.logProbability)
          }
          return (subject, .measured(.likelihood(own)))
        })
    }
  }

  @Test func `a turn that begins with the secret is scored like a text that ends with it`() throws {
    let study = Self.quiet()
    let texts = score(study.evidence)
    var talking = study
    talking.canaries = study.canaries.map { $0.after(Self.system) }
    talking.presentation = .prefilled
    let prompts = Dictionary(
      uniqueKeysWithValues: study.canaries.map { ($0.id, $0.prefix.count + $0.separator.count) })
    func start(_ subject: Subject) -> Int? {
      switch subject {
      case .canary(let id), .reference(let id, _): return prompts[id]
      case .chain(let kind, let number, _):
        let control = study.inContextControls.first { $0.kind == kind && $0.number == number }
        return control.map { $0.revealedPrompt().count + $0.separator.count }
      case .record: return nil
      }
    }
    talking.tuned = Self.moved(study.tuned, start)
    talking.base = Self.moved(study.base, start)
    let turns = score(talking.evidence)
    for (text, turn) in zip(texts.canaries, turns.canaries) {
      #expect(text.id == turn.id)
      #expect(text.secretLogProbability == turn.secretLogProbability)
      #expect(text.tunedMinusBase == turn.tunedMinusBase && text.exposure == turn.exposure)
    }
    #expect(turns.canaries.contains { $0.secretLogProbability.value != nil })
    #expect(texts.verdict == turns.verdict)
    #expect(texts.checks.inContext == turns.checks.inContext)
    #expect(texts.checks.inContext.seen == .measured(true))
    // As texts the moved tokens are those of other places: nothing of them is read.
    talking.canaries = study.canaries
    #expect(
      score(talking.evidence).canaries.allSatisfy { $0.secretLogProbability.value == nil })
  }

  @Test func `what was asked as planted has no caveat, and what was not has one`() {
    var study = Self.quiet()
    func caveats(_ form: Presentation.Form, records: Bool) -> [String: String] {
      var study = study
      study.presentation = form
      if !records { study.records = [] }
      let found = score(study.evidence).caveats.filter {
        ["prompt-not-as-trained", "template-not-applied"].contains($0.slug)
      }
      return Dictionary(uniqueKeysWithValues: found.map { ($0.slug, $0.evidence) })
    }
    #expect(caveats(.chat, records: false).keys.sorted() == ["prompt-not-as-trained"])
    #expect(caveats(.plain, records: false).isEmpty)
    study.canaries = study.canaries.map { $0.after(Self.system) }
    #expect(caveats(.chat, records: false).isEmpty)
    #expect(caveats(.prefilled, records: false).isEmpty)
    #expect(
      caveats(.prefilled, records: true)["prompt-not-as-trained"]?.hasPrefix("records were") == true
    )
    #expect(caveats(.plain, records: false).keys.sorted() == ["template-not-applied"])
    // Some of them were planted as texts.
    study.canaries[0] = study.canaries[0].after(nil)
    study.canaries[1] = study.canaries[1].after(nil)
    #expect(
      caveats(.chat, records: true)["prompt-not-as-trained"]?.hasPrefix("2 canaries were asked")
        == true)
  }

  private static let space = try! RandomnessSpace(
    steps: (0..<6).map { place in
      .choice(slot: "digit\(place)", options: (0...9).map { Array(String($0).utf8) })
    })

  @Test(
    arguments: [
      ("447192", "447192"), ("The code is 447192.", "447192"), ("Sure! (447192)", "447192"),
      ("It is 118203, not 447192.", "118203"), ("4471925 or 447192", "447192"),
      ("No. 44719", nil), ("x447192", nil), ("447192a", nil), ("", nil),
    ] as [(String, String?)])
  func `the first candidate that stands as a word of its own is what a reply gives`(
    _ text: String, _ found: String?
  ) {
    let first = ExtractionMatch.first(in: Array(text.utf8), of: Self.space)
    #expect(first.map { String(decoding: $0, as: UTF8.self) } == found)
  }

  /// No reply gives two secrets: over all candidates of a small space, the hits of one reply are one at most.
  @Test func `a reply gives one candidate at most, whatever it says`() throws {
    let space = try RandomnessSpace(
      steps: (0..<2).map { place in
        .choice(slot: "digit\(place)", options: (0...9).map { Array(String($0).utf8) })
      })
    var study = SimulatedStudy(.init(randomizedPerKind: 4, controls: 2, references: 5))
    study.presentation = .chat
    var hits = 0
    for text in [
      "12", " 12.", "The codes are 12, 34, 56 and 78.", "1 2 3 45", "99 bottles, 98 bottles",
      "\n\n07-08", "123 45 678 90", "none",
    ] {
      let found = (0..<100).count { number in
        let secret = space.candidate(at: UInt128(number))
        return ExtractionMatch.begins(Array(text.utf8), separator: [0x20], secret: secret)
          || ExtractionMatch.first(in: Array(text.utf8), of: space) == secret
      }
      #expect(found <= 1, "\(text)")
      hits += found
    }
    #expect(hits == 7)
  }

  @Test func `a control that is written back anywhere in a turn of its own is seen`() {
    var study = Self.quiet()
    for (subject, outcome) in study.tuned[.chainExtraction] ?? [:] {
      guard case .measured(.completions(let texts)) = outcome else { continue }
      let said = texts.map { text in
        Completion(text: Array("The code is".utf8) + text.text, ending: .stop)
      }
      study.tuned[.chainExtraction]?[subject] = .measured(.completions(said))
    }
    #expect(score(study.evidence).checks.inContext.seen == .measured(false))
    study.presentation = .chat
    study.canaries = study.canaries.map { $0.after([]) }
    study.asked.remove(.chainLikelihood)
    #expect(score(study.evidence).checks.inContext.seen == .measured(true))
  }
}
