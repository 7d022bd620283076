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
}
