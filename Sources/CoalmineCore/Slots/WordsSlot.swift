// SPDX-License-Identifier: Apache-2.0

/// Words of a list, drawn with replacement and joined.
///
/// `words.count ^ count` candidates. In a secret the list must be prefix-free whatever the joint
/// is: after the last word there is none.
public struct WordsSlot: SlotType, Equatable {
  /// The list as UTF-8. Several slots may share one: a long list is in memory once.
  public let words: [[UInt8]]
  /// How many words.
  public let count: Int
  /// What stands between two words.
  public let joint: String

  /// - Throws: ``SlotError`` for an empty list or a count outside 1…64.
  public init(words: [String], count: Int = 1, joint: String = " ") throws(SlotError) {
    try self.init(spelled: words.map { Array($0.utf8) }, count: count, joint: joint)
  }

  /// The same of words that are bytes already.
  ///
  /// - Throws: as ``init(words:count:joint:)``.
  public init(spelled words: [[UInt8]], count: Int = 1, joint: String = " ") throws(SlotError) {
    guard !words.isEmpty else {
      throw SlotError(code: "no-options", "a list of words needs at least one word")
    }
    guard (1...64).contains(count) else {
      throw SlotError(code: "bad-length", "a count of \(count) words is outside 1…64")
    }
    self.words = words
    self.count = count
    self.joint = joint
  }

  public func steps(slot: String, role: SlotRole) throws(SlotError) -> [Step] {
    let word = try Step.choice(slot: slot, role: role, among: words)
    let between = Array(joint.utf8)
    var steps: [Step] = []
    for position in 0..<count {
      if position > 0, !between.isEmpty {
        steps.append(.choice(slot: slot, options: [between]))
      }
      steps.append(word)
    }
    return steps
  }
}
