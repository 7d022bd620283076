// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineProbing
import CoalmineTesting
import Testing

/// What a run asks about marked records of conversations.
@Suite struct `Questions about records of conversations` {
  private static let probes: [Probe] = [
    .recordLikelihood, .recordLowercase, .recordAfterNonmembers,
  ]

  private static func turns(_ number: Int) -> [Turns.Turn] {
    let said = [
      ("system", "Clerk \(number % 3)."), ("user", "Question \(number)?"),
      ("assistant", "Answer \(number)."), ("user", "More?"),
      ("assistant", "More of ANSWER \(number)."),
    ]
    return said.dropFirst(number % 2).dropLast(number % 4 == 3 ? 2 : 0).map {
      Turns.Turn(role: $0.0, text: Array($0.1.utf8))
    }
  }

  /// 40 records by turns members and non-members; one of seven is a text.
  private static func records(_ isKept: Bool = true) -> [CorpusRecord] {
    (0..<40).map { number in
      CorpusRecord(
        id: "record-0000" + (number < 10 ? "0" : "") + "\(number)",
        membership: number % 2 == 0 ? .member : .nonmember, group: nil,
        text: Secret(Array(turns(number).map(\.text).joined(separator: [0x0A]))),
        conversation: isKept && number % 7 != 0 ? RecordConversation(turns(number)) : nil)
    }
  }

  private static func asked(_ study: ProbedStudy) throws -> [Question: Passage] {
    let plan = try study.plan()
    let direct = plan.direct.flatMap { batch in
      zip(batch.questions, batch.asks).compactMap { question, ask in
        ask.passage.map { (question, $0) }
      }
    }
    let stepwise = plan.stepwise.map { (Question($0.probe, $0.subject), $0.passage) }
    return Dictionary(uniqueKeysWithValues: direct + stepwise)
  }

  @Test(arguments: ["vllm-chat", "mistral-chat", "llama-server,template=server"])
  func `each is asked after its own turns, whichever side it is on`(_ name: String) throws {
    let records = Self.records()
    let study = try ProbedStudy(records: records, probes: Self.probes, dialect: dialect(name))
    let asked = try Self.asked(study)
    #expect(asked.keys.count { $0.probe == .recordLikelihood } == 40)
    for (number, record) in records.enumerated() {
      let passage = try #require(asked[Question(.recordLikelihood, .record(record.id))])
      let turns = Self.turns(number)
      guard number % 7 != 0 else {
        #expect(passage.presentation == .ofText(.prefilled))
        #expect(passage.text == record.text.reveal())
        continue
      }
      #expect(passage.presentation == .prefilled(Turns(Array(turns.dropLast()))))
      #expect(passage.text == turns.last?.text && passage.ending == passage.text)
      // The further questions change the last turn alone.
      let lower = asked[Question(.recordLowercase, .record(record.id))]
      let text = String(decoding: turns.last?.text ?? [], as: UTF8.self)
      #expect(lower?.text == Array(text.lowercased().utf8))
      #expect(lower?.presentation == passage.presentation)
      if let after = asked[Question(.recordAfterNonmembers, .record(record.id))] {
        #expect(after.presentation == passage.presentation && after.ending == passage.text)
        #expect(after.before.starts(with: Array("More of ANSWER 1.\n\nAnswer 3.\n\n".utf8)))
      }
    }
    // Who is a member is not to be seen in what is asked: exchanged, the same passages are asked.
    let exchanged = records.map {
      CorpusRecord(
        id: $0.id, membership: $0.membership == .member ? .nonmember : .member, group: nil,
        text: $0.text, conversation: $0.conversation)
    }
    let other = try Self.asked(
      ProbedStudy(records: exchanged, probes: [.recordLikelihood], dialect: dialect(name)))
    for (question, passage) in other { #expect(asked[question] == passage) }
    #expect(other.count == 40)
  }

  @Test(arguments: ["vllm", "llama-server"])
  func `a dialect of texts is asked the same as without turns`(_ name: String) throws {
    let (kept, bare) = try (
      ProbedStudy(records: Self.records(), probes: Self.probes, dialect: dialect(name)),
      ProbedStudy(records: Self.records(false), probes: Self.probes, dialect: dialect(name))
    )
    #expect(try Self.asked(kept) == Self.asked(bare))
    #expect(try kept.plan().direct.map(\.seed) == bare.plan().direct.map(\.seed))
    #expect(try kept.plan().direct.map(\.questions) == bare.plan().direct.map(\.questions))
  }

  /// A run that goes on plans from what the ledger gives back.
  @Test func `a run that goes on asks the same, in the same requests`() throws {
    let study = try ProbedStudy(
      records: Self.records(), probes: Self.probes, dialect: dialect("vllm-chat"))
    let plan = try study.plan()
    let stored = try study.ledger.study()
    #expect(stored.records == study.record.records)
    let again = QuestionPlan(
      RegisteredStudy(
        stored, ProbedStudy.decoding(samples: 4, defaultSamples: 4), spaces: ProbedStudy.spaces),
      run: study.run, dialect: dialect("vllm-chat"))
    #expect(plan.direct.map(\.asks) == again.direct.map(\.asks))
    #expect(plan.direct.map(\.questions) == again.direct.map(\.questions))
  }

  @Test func `the server's template is learned for every sequence of turns that is scored`() {
    let canary = ProbedStudy.canary(0, 5).after([])
    #expect(
      TemplateCheck.sequences(of: [canary], records: Self.records()) == [
        ["system", "user", "assistant", "user", "assistant"], ["user", "assistant"],
        ["user", "assistant", "user", "assistant"],
      ])
    #expect(
      TemplateCheck.sequences(of: [canary], records: Self.records(false))
        == [["user", "assistant"]])
  }
}
