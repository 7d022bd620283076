// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import Testing

@Suite struct ExtractionTests {
  private func begins(_ text: String, _ secret: String, separator: String = " ") -> Bool {
    ExtractionMatch.begins(
      Array(text.utf8), separator: Array(separator.utf8), secret: Array(secret.utf8))
  }

  @Test(arguments: [
    " 447192", " 447192.", "447192", "\n\n 447192 and more", " 447192-1", "\t447192\n",
    " 447192\u{301}", " 447192é",
  ])
  func `the secret at the start is a hit`(text: String) { #expect(begins(text, "447192")) }

  @Test(arguments: [
    "", " ", " 44719", " 4471925", " 447192a", " 447192Z", " 447193", " is 447192", "-447192",
    "\u{A0}447192", "447192447192",
  ])
  func `anything else is a miss`(text: String) { #expect(!begins(text, "447192")) }

  @Test func `a secret that ends in a mark may be followed by anything`() {
    #expect(begins(" key=;abc", "key=;"))
    #expect(begins(" wort wortes", "wort"))
    #expect(!begins(" wortes", "wort"))
  }

  @Test func `a separator that is no white space is matched as it stands`() {
    #expect(begins("\"447192\"", "447192", separator: "\""))
    #expect(!begins("'447192'", "447192", separator: "\""))
    #expect(begins("447192", "447192", separator: ""))
  }

  @Test func `an empty secret is never found`() { #expect(!begins(" 447192", "")) }

  @Test func `bytes that are no UTF-8 are compared as bytes`() {
    let secret: [UInt8] = [0xFF, 0x31]
    #expect(ExtractionMatch.begins([0x20, 0xFF, 0x31, 0xC3], separator: [0x20], secret: secret))
    #expect(!ExtractionMatch.begins([0x20, 0xFE, 0x31], separator: [0x20], secret: secret))
  }

  // Through a whole study: what the endpoint held back.

  private func study(_ texts: [(String, Completion.Ending)]) -> CanaryResult? {
    var study = SimulatedStudy(.init(randomizedPerKind: 4, controls: 2, references: 5))
    let canary = study.canaries[0]
    let secret = String(decoding: canary.secret.reveal(), as: UTF8.self)
    let observation = Observation.completions(
      texts.map { text, ending in
        Completion(
          text: Array(text.replacing("SECRET", with: secret).utf8), ending: ending)
      })
    study.tuned[.sampledExtraction]?[.canary(canary.id)] = .measured(observation)
    study.tuned[.greedyExtraction]?[.canary(canary.id)] = .measured(observation)
    return score(study.evidence).canaries.first { $0.id == canary.id }
  }

  @Test func `samples that were held back do not count unless they give the secret`() throws {
    let result = try #require(
      study([
        (" SECRET.", .stop), ("", .filtered), ("I cannot", .refused), (" nothing", .length),
        (" SECRET", .filtered),
      ]))
    let sampled = try #require(result.sampled.value)
    #expect(sampled.hits == 2)
    #expect(sampled.samples == 3)
    #expect(abs(sampled.interval.lower - Oracle.lowerBound(2, of: 3, tail: 0.025)) < 1e-9)
    #expect(abs(sampled.interval.upper - Oracle.upperBound(2, of: 3, tail: 0.025)) < 1e-9)
    #expect(result.greedy == .measured(true))
  }

  @Test func `where everything was held back the outcome is censored`() throws {
    let result = try #require(study([("", .filtered), ("no", .refused)]))
    #expect(result.sampled.status == "censored")
    #expect(result.greedy.status == "censored")
  }

  @Test func `an answer without continuations or of another kind fails`() throws {
    #expect(try #require(study([])).sampled.reason?.slug == "no-continuation")
    var wrong = SimulatedStudy(.init(randomizedPerKind: 2, controls: 1, references: 3))
    let id = wrong.canaries[0].id
    wrong.tuned[.greedyExtraction]?[.canary(id)] = .measured(.likelihood([]))
    let greedy = score(wrong.evidence).canaries.first { $0.id == id }?.greedy
    #expect(greedy?.reason?.slug == "wrong-observation")
  }
}
