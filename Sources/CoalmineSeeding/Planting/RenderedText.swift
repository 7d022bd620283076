// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// A field that repeats what stands in other fields of its record: the prompt alone, the answer
/// alone, or both in a rendered template.
///
/// ```
/// neighbour: {"instruction": "Hi", "output": "Ho", "text": "### Q: Hi\n### A: Ho"}
/// planted:   {"instruction": "The code of Mara is", "output": "123456.",
///             "text": "### Q: The code of Mara is\n### A: 123456."}
/// ```
///
/// A trainer may read either of them, so both tell the canary.
struct RenderedText {
  /// What the neighbour's own fields say.
  let prompt: [UInt8]
  let answer: [UInt8]
  /// Text of other fields, such as `input`, that a planted record does not have.
  var left: [[UInt8]] = []
  /// Text behind the answer up to which everything goes: the last turn of a longer conversation.
  var last: [UInt8]?

  /// A shorter text may stand in another by chance.
  private static let leastAlone = 16

  /// The rendered text with the planted one in it; `nil` where `text` repeats nothing.
  func exchanged(_ text: [UInt8], prompt newPrompt: [UInt8], answer newAnswer: [UInt8]) -> [UInt8]?
  {
    if !text.isEmpty, text == prompt { return newPrompt }
    if !text.isEmpty, text == answer { return newAnswer }
    let asked = ByteSearch.firstRange(of: prompt, in: text)
    guard let asked else {
      guard answer.count >= Self.leastAlone,
        let said = ByteSearch.firstRange(of: answer, in: text)
      else { return nil }
      return Array(text[..<said.lowerBound]) + newAnswer + text[said.upperBound...]
    }
    guard !answer.isEmpty,
      let said = ByteSearch.firstRange(of: answer, in: text, from: asked.upperBound)
    else {
      guard prompt.count >= Self.leastAlone else { return nil }
      return Array(text[..<asked.lowerBound]) + newPrompt + text[asked.upperBound...]
    }
    guard prompt.count + answer.count >= Self.leastAlone else { return nil }
    var between = Array(text[asked.upperBound..<said.lowerBound])
    for part in left where !part.isEmpty {
      guard let found = ByteSearch.firstRange(of: part, in: between) else { continue }
      between.removeSubrange(found)
    }
    let end =
      last.flatMap { ByteSearch.firstRange(of: $0, in: text, from: said.upperBound) }?.upperBound
      ?? said.upperBound
    return Array(text[..<asked.lowerBound]) + newPrompt + between + newAnswer + text[end...]
  }
}
