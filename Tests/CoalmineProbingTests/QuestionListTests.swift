// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineProbing
import CoalmineTesting
import Testing

@Suite struct `A list of questions that are spelled when they are read` {
  private func question(_ owner: Int, _ number: Int) -> PlannedQuestion {
    PlannedQuestion(
      .sequenceLikelihood, .reference(canary: "c-\(owner)", number: number),
      Passage(before: [], target: Array("\(owner)/\(number)".utf8)))
  }

  @Test func `has each owner's questions in their order`() {
    var random = SplitMix(3)
    for _ in 0..<200 {
      let counts = (0..<Int(random.next() % 9)).map { _ in Int(random.next() % 5) }
      let list = QuestionList(counts: counts) { question($0, $1) }
      let naive = counts.enumerated().flatMap { owner, count in
        (0..<count).map { question(owner, $0) }
      }
      #expect(list.count == naive.count)
      #expect(Array(list) == naive, "\(counts)")
    }
    let few = [question(1, 2), question(0, 1)]
    #expect(Array(QuestionList(few)) == few)
  }

  @Test func `makes the same requests as questions that are spelled beforehand`() {
    let list = QuestionList(counts: [3, 2, 4]) { question($0, $1) }
    let places: [UInt32] = [8, 0, 5, 3, 1]
    var listed = AskBatch(of: list, at: places)
    let asks = places.flatMap { list[Int($0)].asks }
    var spelled = AskBatch(asks.map(\.1), questions: asks.map(\.0))
    (listed.seed, spelled.seed) = (7, 7)
    func expectSame(_ one: AskBatch, _ other: AskBatch) {
      #expect(one.asks == other.asks && one.questions == other.questions)
      #expect(one.count == other.count && one.seed == other.seed && one.kind == other.kind)
      for place in 0..<one.count {
        #expect(one.ask(place) == other.ask(place) && one.question(place) == other.question(place))
      }
    }
    expectSame(listed, spelled)
    expectSame(listed.part(1..<4), spelled.part(1..<4))
    expectSame(listed.part(1..<4).part(1..<2), spelled.part(2..<3))
    #expect(AskBatch([]).isEmpty && AskBatch([]).kind == nil)
  }
}
