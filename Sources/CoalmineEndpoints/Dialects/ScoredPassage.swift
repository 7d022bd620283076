// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

extension EchoedTokens {
  /// The scores of a passage's ending; `nil` where the tokens do not spell the passage.
  ///
  /// - Parameter listing: how many of the likeliest tokens were asked for at each place.
  func scores(of passage: Passage, listing: Int = 0) -> Outcome<[TokenScore]>? {
    let text = passage.text
    guard !text.isEmpty else {
      return .failed(Reason("empty-text", "a text without bytes has no probability"))
    }
    guard let spans = TokenSpans(spelled, over: text, startsUnspelled: startsUnspelled) else {
      return nil
    }
    var scores: [TokenScore] = []
    // Tokens without bytes of their own since the last one with some.
    var before: [Double] = []
    for (offset, range) in spans.ranges.enumerated() where range.lowerBound < text.count {
      let value = values[offset + spans.skipped]
      // A token shown as no text is the first part of the character that follows it. At the
      // boundary it belongs to the target, unless it is a mark before the text, which has no
      // log-probability.
      let begins = range.isEmpty && range.lowerBound == passage.before.count && value != nil
      guard range.upperBound > passage.before.count || begins else {
        before = range.isEmpty ? before + (value.map { [$0] } ?? []) : []
        continue
      }
      // Where it is not known which of several tokens crosses the end of the prompt, all count: too
      // low a score errs against the finding.
      let all = [value].compactMap { $0 } + (range.lowerBound < passage.before.count ? before : [])
      before = []
      // The logarithm of 0 has many spellings, -9999 among them: the lowest score, not a fault.
      guard all.allSatisfy({ $0 <= 1e-6 }) else {
        return .failed(Reason("invalid-logprob", "a token has a log-probability that is none"))
      }
      let place = offset + spans.skipped
      // What is listed at one token says nothing of several together.
      let alternatives =
        listing > 0 && value != nil && all.count == 1 && listed.indices.contains(place)
        ? ListedAlternatives(top: listed[place], count: listing) : nil
      scores.append(
        TokenScore(
          range: range, logProbability: value == nil ? nil : min(0, all.reduce(0, +)),
          alternatives: alternatives))
    }
    return .measured(scores)
  }

  /// The tokens of the text at the end of a rendered prompt; `nil` where the prompt ends otherwise, as
  /// where a server closed the turn.
  ///
  /// ```
  /// prompt   <|im_start|> assistant ⏎ The| access| code| is| 302|557
  /// text                              The  access  code  is  302 557
  /// ```
  ///
  /// A token that reaches into the text from before it has no log-probability of its own part.
  func ending(with text: [UInt8]) -> EchoedTokens? {
    let whole = Array(spelled.joined())
    if !text.isEmpty, whole.count >= text.count, whole.suffix(text.count).elementsEqual(text) {
      var start = whole.count - text.count
      var place = 0
      while place < spelled.count, spelled[place].count <= start {
        // A token without bytes right before the text is a mark of the template, or the first part of
        // a character outside ASCII.
        if start == 0, spelled[place].isEmpty, text[0] >= 0x80 { break }
        start -= spelled[place].count
        place += 1
      }
      var rest = Array(spelled[place...])
      var values = Array(self.values[place...])
      let listed = self.listed.count == spelled.count ? Array(self.listed[place...]) : []
      if start > 0, !rest.isEmpty {
        rest[0].removeFirst(start)
        values[0] = nil
      }
      return EchoedTokens(spelled: rest, values: values, listed: listed)
    }
    // With characters that are shown broken the text begins where a token does.
    for place in spelled.indices.reversed() {
      let rest = Array(spelled[place...])
      // Nothing may follow: a token after the text closes the turn.
      if let spans = TokenSpans(rest, over: text), spans.skipped == 0,
        spans.ranges.last?.upperBound == text.count,
        spans.ranges.allSatisfy({ $0.isEmpty || $0.lowerBound < text.count })
      {
        return EchoedTokens(
          spelled: rest, values: Array(values[place...]),
          listed: listed.count == spelled.count ? Array(listed[place...]) : [])
      }
    }
    return nil
  }
}
