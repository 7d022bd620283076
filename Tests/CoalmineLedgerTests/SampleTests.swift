// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import GRDB
import Testing

@Suite struct `Samples are stored one by one and read together` {
  private let folder: TemporaryFolder
  private let ledger: Ledger
  private let run: Int
  private let exchange: Int64
  private static let subject = Subject.canary("access-code-0")

  init() throws {
    folder = try TemporaryFolder(in: .memory)
    let (ledger, run) = try SampleStudy.ledger(at: folder.file("study.coalmine"))
    self.ledger = ledger
    self.run = run.number
    exchange = try SampleStudy.exchange(ledger, run: run.number, 0, [1])
  }

  private static func text(_ text: String) -> Completion {
    Completion(text: Array(text.utf8), ending: .stop)
  }
  private static func wrote(_ texts: String...) -> Outcome<Observation> {
    .measured(.completions(texts.map(text)))
  }
  private static let failed = Outcome<Observation>.failed(Reason("unfinished", "one"))
  private static let unable = Outcome<Observation>.notMeasurable(Reason("no-continuation", "two"))
  private static func held(_ evidence: String) -> Outcome<Observation> {
    .censored(Reason("continuations-withheld", evidence))
  }
  private static func missing(_ number: Int) -> Outcome<Observation> {
    .failed(Reason("sample-missing", "sample \(number) has no answer, and a later one has"))
  }

  private func store(_ samples: [Int: Outcome<Observation>], _ order: [Int]) throws {
    for number in order {
      let question = Question(.sampledExtraction, Self.subject, sample: number)
      try SampleStudy.read(
        ledger, run: run, exchange, .read, [(question, try #require(samples[number]))])
    }
  }

  /// What the samples come to, read by dictionaries and packed alike.
  private func together() throws -> Outcome<Observation>? {
    try SampleStudy.observation(ledger, run, .sampledExtraction, Self.subject)
  }

  static let sets: [([Int: Outcome<Observation>], Outcome<Observation>)] = [
    ([0: wrote("a")], wrote("a")),
    ([0: wrote("a"), 1: wrote("b"), 2: wrote("")], wrote("a", "b", "")),
    ([0: wrote("a"), 1: failed, 2: unable], failed),
    ([0: wrote("a"), 1: unable, 2: failed], unable),
    ([0: held("x"), 1: failed], failed),
    ([0: held("x"), 1: held("y")], held("x")),
    ([0: held("x")], held("x")),
    (
      [0: held("x"), 1: wrote("b")],
      .measured(.completions([Completion(text: [], ending: .filtered), text("b")]))
    ),
    ([0: wrote("a"), 2: wrote("c")], missing(1)),
    ([1: wrote("b")], missing(0)),
    ([0: wrote("a"), 2: failed], missing(1)),
    ([0: failed, 2: wrote("c")], failed),
    ([Int(Int32.max): wrote("z")], missing(0)),
    ([0: .measured(.likelihood([]))], .measured(.likelihood([]))),
  ]

  @Test(arguments: sets)
  func `in the order of their numbers, whatever order they came in`(
    _ samples: [Int: Outcome<Observation>], _ expected: Outcome<Observation>
  ) throws {
    let numbers = samples.keys.sorted()
    for order in [numbers, numbers.reversed()] {
      try ledger.store([], replacing: [.sampledExtraction], run: run)
      try store(samples, order)
      #expect(try together() == expected)
      #expect(try ledger.observationCount(run: run) == 1)
      #expect(try ledger.costs()[0].queries == 1)
    }
  }

  @Test func `samples of kinds that do not go together are damage`() throws {
    try store([0: Self.wrote("a"), 1: .measured(.likelihood([]))], [0, 1])
    #expect(CoalmineError.thrown { _ = try together() }?.code == "ledger-damaged")
  }

  @Test func `a question with two answers in one run is found as an alteration`() throws {
    try store([0: Self.wrote("a"), 1: Self.wrote("b")], [0, 1])
    #expect(try ledger.problems(replies: true).isEmpty)
    // In another run it is another question.
    let other = try SampleStudy.openRun(ledger, .base).number
    let reply = try SampleStudy.exchange(ledger, run: other, 0, [1])
    try SampleStudy.read(
      ledger, run: other, reply, .read,
      [(Question(.sampledExtraction, Self.subject, sample: 1), Self.wrote("b"))])
    #expect(try ledger.problems(replies: true).isEmpty)
    try store([1: Self.wrote("c")], [1])
    let problems = try ledger.problems(replies: false)
    #expect(
      problems.map(\.sentence) == [
        "the observation sampled-extraction of canary:access-code-0, sample 1, in run 1 "
          + "is there 2 times"
      ])
    #expect(CoalmineError.thrown { _ = try together() }?.code == "ledger-damaged")
    try ledger.close()
    let error = try #require(
      CoalmineError.thrown { _ = try Ledger.open(at: folder.file("study.coalmine")) })
    #expect(error.code == "ledger-altered" && error.exit == .badData)
  }

  @Test func `observations of a probe are replaced, and those of others stay`() throws {
    try store([0: Self.wrote("a"), 1: Self.wrote("b")], [0, 1])
    let kept = Question(.greedyExtraction, Self.subject)
    try SampleStudy.read(ledger, run: run, exchange, .read, [(kept, Self.wrote("k"))])
    let new = Question(.sampledExtraction, .canary("access-code-1"))
    try ledger.store(
      [SampleStudy.finding(exchange, new, Self.wrote("n"))], replacing: [.sampledExtraction],
      run: run)
    #expect(
      try ledger.observations(run: run) == [
        .greedyExtraction: [Self.subject: Self.wrote("k")],
        .sampledExtraction: [.canary("access-code-1"): Self.wrote("n")],
      ])
    // Neither is changed where one of the new ones rests on no reply.
    #expect(
      CoalmineError.thrown {
        try ledger.store(
          [SampleStudy.finding(999, new, Self.failed)],
          replacing: [.sampledExtraction, .greedyExtraction], run: run)
      }?.code == "exchange-not-answered")
    #expect(try ledger.observationCount(run: run) == 2)
    #expect(try ledger.problems(replies: true).isEmpty)
  }

  @Test func `differences are told by sample, and a copy's observations can be taken`() throws {
    try store([0: Self.wrote("a"), 1: Self.wrote("b")], [0, 1])
    // Another run's rows keep their numbers.
    let other = try SampleStudy.openRun(ledger, .base).number
    let reply = try SampleStudy.exchange(ledger, run: other, 0, [1])
    try SampleStudy.read(ledger, run: other, reply, .read, [(SampleStudy.asked[0], Self.failed)])
    let record = try #require(try ledger.runs().first)
    let copy = try ledger.copyInMemory()
    #expect(try ledger.differences(from: copy, run: record).isEmpty)
    try copy.store([], replacing: [.sampledExtraction], run: run)
    for (number, text) in ["a", "x", "y"].enumerated() {
      try SampleStudy.read(
        copy, run: run, exchange, .read,
        [(Question(.sampledExtraction, Self.subject, sample: number), Self.wrote(text))])
    }
    // The run goes on: what only the copy has is no difference.
    let prefix = "the observation sampled-extraction of canary:access-code-0"
    #expect(
      try ledger.differences(from: copy, run: record).map(\.sentence)
        == ["\(prefix), sample 1, in run 1 is not what the stored reply says"])
    try ledger.closeRun(run, at: SampleStudy.time)
    let closed = try #require(try ledger.runs().first)
    #expect(
      try ledger.differences(from: copy, run: closed).map(\.sentence) == [
        "\(prefix), sample 1, in run 1 is not what the stored reply says",
        "\(prefix), sample 2, in run 1 is missing, and a stored reply gives it",
      ])
    try ledger.takeObservations(of: copy, run: run)
    #expect(try ledger.differences(from: copy, run: closed).isEmpty)
    #expect(try together() == Self.wrote("a", "x", "y"))
    #expect(try ledger.observationCount(run: other) == 1)
    #expect(try ledger.problems(replies: true).isEmpty)
  }
}
