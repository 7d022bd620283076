// SPDX-License-Identifier: Apache-2.0

/// The questions of one probe, spelled when they are read.
///
///     let list = QuestionList(counts: [1, 3]) { canary, number in question(canary, number) }
///     list.count  // 4
///     list[3]     // question(1, 2)
package struct QuestionList: RandomAccessCollection, Sendable {
  /// The number of questions before each owner's first, and of all at the end.
  private let starts: [Int]
  private let question: @Sendable (_ owner: Int, _ number: Int) -> PlannedQuestion

  package let startIndex = 0
  package var endIndex: Int { starts[starts.count - 1] }

  /// - Parameters:
  ///   - counts: how many questions each owner has.
  ///   - question: spells one by its owner and its number, from 0.
  package init(
    counts: [Int], _ question: @escaping @Sendable (_ owner: Int, _ number: Int) -> PlannedQuestion
  ) {
    var starts = [0]
    starts.reserveCapacity(counts.count + 1)
    for count in counts { starts.append(starts[starts.count - 1] + count) }
    self.starts = starts
    self.question = question
  }

  package init(_ questions: [PlannedQuestion]) {
    self.init(counts: [questions.count]) { _, number in questions[number] }
  }

  /// - Complexity: O(log owners), and the spelling of one question.
  package subscript(position: Int) -> PlannedQuestion {
    // The last owner that begins at or before the place.
    var (low, high) = (0, starts.count - 1)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if starts[middle] <= position { low = middle } else { high = middle }
    }
    return question(low, position - starts[low])
  }
}
