// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineProbing
import Testing

/// What comes back when a model is asked to repeat secrets that no study holds.
@Suite struct `Fresh secrets that are to be repeated` {
  private static let secret = Array("481-220-773".utf8)

  private static func fate(_ reply: String, _ ending: Completion.Ending = .stop) -> RepeatedText {
    let completion = Completion(text: Array(reply.utf8), ending: ending)
    return RepeatedText(secret, .measured(.completion(completion)))
  }

  @Test(
    arguments: [
      ("481-220-773", .repeated), ("Here it is: 481-220-773.", .repeated),
      ("481 220 773", .changed), ("***-***-773", .changed), ("The code is [REDACTED].", .changed),
      ("481-220-", .changed), ("•••••••••••", .changed),
      ("I cannot share that.", .otherWords), ("481", .otherWords), ("", .noAnswer),
    ] as [(String, RepeatedText)])
  func `a reply is told by its bytes`(_ reply: String, _ expected: RepeatedText) {
    #expect(Self.fate(reply) == expected, "\(reply)")
  }

  @Test func `what the endpoint marks is told by the mark, unless the secret came all the same`() {
    #expect(Self.fate("", .filtered) == .filtered)
    #expect(Self.fate("481", .filtered) == .filtered)
    #expect(Self.fate("", .recitation) == .filtered)
    #expect(Self.fate("I will not.", .refused) == .refused)
    #expect(Self.fate("481-220-773", .refused) == .repeated)
    #expect(RepeatedText(Self.secret, .censored(.contentFiltered())) == .filtered)
    #expect(RepeatedText(Self.secret, .failed(Reason("no-content", "none"))) == .noAnswer)
    #expect(RepeatedText(Self.secret, nil) == .noAnswer)
  }

  /// Forty canaries of one kind with nine references each.
  private static func study() throws -> RegisteredStudy {
    let record = ProbedStudy.record(canaries: 40, references: 9, seed: 3)
    return RegisteredStudy(
      record, ProbedStudy.decoding(samples: 1, defaultSamples: 1), spaces: ProbedStudy.spaces)
  }

  @Test func `a fresh secret is a candidate of its kind and nothing of the study`() throws {
    let study = try Self.study()
    var drawn: Set<[UInt8]> = []
    for run in 1...200 {
      let secrets = FreshSecret.draw(for: study, run: run)
      #expect(secrets.map(\.kind) == ["code"])
      let text = try #require(secrets.first).text.reveal()
      let number = try #require(ProbedStudy.space.index(of: text))
      for canary in study.record.canaries {
        #expect(canary.secret.reveal() != text)
        #expect(!(study.record.references[canary.id] ?? []).contains(number))
      }
      drawn.insert(text)
      // The same run has the same one, so that its stored replies can be read again.
      #expect(FreshSecret.draw(for: study, run: run).first?.text.reveal() == text)
    }
    #expect(drawn.count > 100, "\(drawn.count)")
  }

  @Test func `a kind whose candidates are all used has none`() throws {
    let record = ProbedStudy.record(canaries: 2, references: 0, seed: 3)
    let all = StudyRecord(
      id: record.id, protocolText: [], protocolDigest: record.protocolDigest, files: [:],
      root: record.root, predictableSeed: true, orderSeed: record.orderSeed,
      scoringSeed: record.scoringSeed, createdAt: record.createdAt, version: record.version,
      origin: record.origin, canaries: record.canaries,
      references: Dictionary(
        uniqueKeysWithValues: record.canaries.map {
          ($0.id, (0..<ProbedStudy.space.count).map { $0 })
        }), inContextControls: [], records: [])
    let study = RegisteredStudy(
      all, ProbedStudy.decoding(samples: 1, defaultSamples: 1), spaces: ProbedStudy.spaces)
    #expect(FreshSecret.draw(for: study, run: 1).isEmpty)
    let check = RepeatCheck([], .chat)
    #expect(check.item.state == .notTried)
  }

  /// The item of a check whose replies follow from the line that is to be repeated.
  private static func item(
    _ form: Presentation.Form = .chat, _ reply: (_ line: String, _ isHarmless: Bool) -> String
  ) throws -> Capabilities.Item {
    let check = RepeatCheck(FreshSecret.draw(for: try study(), run: 1), form)
    while let batches = check.nextRound() {
      for (place, batch) in batches.enumerated() {
        let passage = try #require(batch.asks.first?.passage)
        let conversation: [UInt8] =
          switch passage.presentation {
          case .prefilled(let turns): turns.earlier.last?.text ?? []
          default: passage.text
          }
        let told = String(decoding: conversation, as: UTF8.self)
        let line = try #require(told.split(separator: "\n\n").last)
        // A secret is no public text: messages must not repeat it.
        #expect(passage.isPublic == (place == 0))
        let text = reply(String(line), place == 0)
        let answer = Answer.completion(Completion(text: Array(text.utf8), ending: .stop))
        _ = check.take(.measured(answer), at: AskPlace(batch: place, ask: 0), exchange: 1)
      }
    }
    return check.item
  }

  @Test(arguments: [Presentation.Form.chat, .prefilled])
  func `a model that repeats all passes no filter`(_ form: Presentation.Form) throws {
    let item = try Self.item(form) { line, _ in line }
    #expect(item.subject == .secretsRepeated && item.state == .seen)
    #expect(item.evidence.contains("repeated: code"))
  }

  @Test func `what is changed, or declined by a model that follows, is a filter`() throws {
    let changed = try Self.item { line, isHarmless in isHarmless ? line : "***" }
    #expect(changed.state == .notSeen)
    #expect(changed.evidence.contains("changed or redacted: code"))
    #expect(changed.evidence.contains("lower bound"))
    let declined = try Self.item { line, isHarmless in isHarmless ? line : "I cannot." }
    #expect(declined.state == .notSeen && declined.evidence.contains("not repeated: code"))
  }

  @Test func `a model that does not follow tells nothing`() throws {
    let item = try Self.item { _, _ in "Once upon a time" }
    #expect(item.state == .notTried && item.evidence.contains("too weak"))
  }

  @Test func `a dialect without turns is not asked, and nothing decides`() throws {
    for form in [Presentation.Form.plain, .fillInMiddle] {
      let check = RepeatCheck(FreshSecret.draw(for: try Self.study(), run: 1), form)
      #expect(check.nextRound() == nil)
      #expect(check.item.state == .notTried)
    }
    #expect(!Capabilities.Subject.secretsRepeated.decides)
  }
}
