// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import GRDB
import Testing

@Suite struct `Packed observations` {
  private let folder: TemporaryFolder
  private let ledger: Ledger
  private let run: Int
  private let exchange: Int64

  init() throws {
    folder = try TemporaryFolder(in: .memory)
    let (ledger, run) = try SampleStudy.ledger(at: folder.file("study.coalmine"))
    self.ledger = ledger
    self.run = run.number
    exchange = try SampleStudy.exchange(ledger, run: run.number, 0, [1])
  }

  /// Subjects of every sort, also such as no study of ours has.
  private static let names = ["c-1", "c-10", "", "kéy-\u{301}", "a b", "reference", "c-2"]
  private static func subject(_ random: inout SplitMix) -> Subject {
    let name = names[Int.random(in: 0..<names.count, using: &random)]
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return .canary(name)
    case 1: return .record(name)
    case 2:
      return .chain(
        kind: name, number: Int.random(in: 0..<3, using: &random), given: .random(using: &random))
    case 3:
      return .reference(
        canary: name, number: [0, -1, 1 << 40, 7][Int.random(in: 0..<4, using: &random)])
    default: return .reference(canary: name, number: Int.random(in: 0..<20, using: &random))
    }
  }

  private static func likelihood(_ random: inout SplitMix) -> Outcome<Observation> {
    var end = Int.random(in: 0..<300, using: &random)
    let count = Int.random(in: 0..<6, using: &random)
    let bounded = Int.random(in: 0..<5, using: &random) == 0
    let tokens = (0..<count).map { _ in
      let start = end + (Int.random(in: 0..<9, using: &random) == 0 ? 3 : 0)
      end = start + [0, 1, 4, 130, 20_000][Int.random(in: 0..<5, using: &random)]
      return TokenScore(
        range: start..<end,
        logProbability: [nil, -Double.infinity, -Double.random(in: 0...40, using: &random)][
          Int.random(in: 0..<3, using: &random)],
        isUpperBound: bounded && Bool.random(using: &random))
    }
    return .measured(.likelihood(tokens))
  }

  private static func outcome(_ random: inout SplitMix) -> Outcome<Observation> {
    let all = `Observations in binary form`.outcomes
    return Bool.random(using: &random)
      ? likelihood(&random) : all[Int.random(in: 0..<all.count, using: &random)]
  }

  private func expectAlike(_ comment: Comment) throws {
    let plain = try ledger.observations(run: run)
    let packed = try ledger.observationLookup(run: run)
    #expect(packed.all() == plain, comment)
    let subjects = Set(plain.values.flatMap(\.keys)).union([.canary("none"), .record("c-1")])
    for probe in Probe.allCases {
      for subject in subjects {
        #expect(packed.outcome(probe, subject) == plain[probe]?[subject], comment)
      }
    }
    #expect(packed.listsTokens == ObservationTable(plain).listsTokens, comment)
  }

  @Test(arguments: 1...6)
  func `give what dictionaries give, for answers of every kind in any order`(seed: UInt64) throws {
    var random = SplitMix(seed)
    let probes: [Probe] = [
      .sequenceLikelihood, .recordLikelihood, .sampledExtraction, .chainLikelihood,
    ]
    var seen: Set<String> = []
    let findings = (0..<400).compactMap { _ -> LedgerBatch.Finding? in
      let probe = probes[Int.random(in: 0..<probes.count, using: &random)]
      let subject = Self.subject(&random)
      guard seen.insert("\(probe) \(subject.slug)").inserted else { return nil }
      return SampleStudy.finding(exchange, Question(probe, subject), Self.outcome(&random))
    }
    try ledger.store(findings, replacing: [], run: run)
    try expectAlike("seed \(seed)")
  }

  @Test(arguments: 1...4)
  func `put samples together as dictionaries do, missing ones among them`(seed: UInt64) throws {
    var random = SplitMix(seed)
    let texts = (0..<3).map { Completion(text: Array("t\($0)".utf8), ending: .stop) }
    var findings: [LedgerBatch.Finding] = []
    for number in 0..<60 {
      let subject = Subject.canary("c-\(number)")
      for sample in [0, 1, 2, 5].shuffled(using: &random)
      where Int.random(in: 0..<4, using: &random) > 0 {
        let outcome: Outcome<Observation> =
          switch Int.random(in: 0..<8, using: &random) {
          case 0: .failed(Reason("unfinished", "it ended"))
          case 1: .notMeasurable(Reason("no-continuation", "none"))
          case 2: .censored(Reason("continuations-withheld", "held"))
          default: .measured(.completions([texts[Int.random(in: 0..<3, using: &random)]]))
          }
        findings.append(
          SampleStudy.finding(
            exchange, Question(.sampledExtraction, subject, sample: sample), outcome))
      }
    }
    try ledger.store(findings.shuffled(using: &random), replacing: [], run: run)
    try expectAlike("seed \(seed)")
  }

  @Test func `a run without answers has none`() throws {
    try expectAlike("empty")
    #expect(try ledger.observationLookup(run: 99).all().isEmpty)
  }

  @Test func `bodies of more than a block are kept whole`() throws {
    let long = Completion(text: [UInt8](repeating: 7, count: 3 << 20), ending: .length)
    let findings = (0..<4).map { number in
      SampleStudy.finding(
        exchange, Question(.greedyExtraction, .canary("c-\(number)")),
        .measured(.completions([number % 2 == 0 ? long : Completion(text: [1], ending: .stop)])))
    }
    try ledger.store(findings, replacing: [], run: run)
    try expectAlike("long")
  }

  @Test(arguments: [
    ("subject", "canary"), ("subject", "reference:c-1:x"), ("subject", "reference:c-1:1:2"),
    ("subject", "canary:a:b"), ("subject", "other:a"), ("probe", "no-probe"), ("status", "done"),
  ])
  func `what makes no sense is damage by either way`(_ column: String, _ value: String) throws {
    try ledger.store(
      [SampleStudy.finding(exchange, SampleStudy.asked[0], .measured(.likelihood([])))],
      replacing: [], run: run)
    try ledger.write {
      try $0.execute(sql: "UPDATE observation SET \(column) = ?", arguments: [value])
    }
    for read in [
      { _ = try ledger.observations(run: run) }, { _ = try ledger.observationLookup(run: run) },
    ] as [() throws -> Void] {
      #expect(CoalmineError.thrown { try read() }?.code == "ledger-damaged")
    }
  }

  @Test func `a reference whose number is written otherwise is the same reference`() throws {
    let question = Question(.sequenceLikelihood, .reference(canary: "c-1", number: 3))
    try ledger.store(
      [SampleStudy.finding(exchange, question, .measured(.likelihood([])))], replacing: [], run: run
    )
    try ledger.write { try $0.execute(sql: "UPDATE observation SET subject = 'reference:c-1:03'") }
    try expectAlike("leading zero")
    #expect(
      try ledger.observationLookup(run: run).outcome(question.probe, question.subject) != nil)
  }
}
