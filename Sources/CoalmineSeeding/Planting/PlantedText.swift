// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What a planted record says.
struct PlantedText {
  /// In one text.
  let whole: [UInt8]
  /// In two: what the model is given, and what it is to write.
  let prompt: [UInt8]
  let answer: [UInt8]
  /// White space where the corpus joins the two.
  let join: CompletionJoin
}

extension RecordFields {
  /// A record with its text exchanged for a planted one; nothing else of it is changed.
  ///
  /// - Returns: `nil` where the record lacks what the shape needs.
  func assigning(_ text: PlantedText, in record: [UInt8]) -> [UInt8]? {
    switch shape {
    case .plainText: return text.whole
    case .text(let field):
      return setting(field, in: record) { value in
        string(value, in: record).map { _ in encoded(text.whole, inPlaceOf: value, in: record) }
      }
    case .messages(let field):
      return setting(field, in: record) { turnsValue($0, in: record, text, needsUser: true) }
    case .promptCompletion(let prompt, let completion):
      return assigningPrompt(text, to: prompt, in: record).flatMap { record in
        setting(completion, in: record) { answerValue($0, in: record, text) }
      }
    case .preference(let prompt?, let chosen, let rejected):
      return assigningPrompt(text, to: prompt, in: record).flatMap { record in
        assigningAnswers(text, chosen, rejected, in: record)
      }
    case .preference(nil, let chosen, let rejected):
      return assigningWholes(text, chosen, rejected, in: record)
    }
  }

  private func assigningPrompt(
    _ text: PlantedText, to field: String, in record: [UInt8]
  ) -> [UInt8]? {
    setting(field, in: record) { value in
      if string(value, in: record) != nil {
        return encoded(text.prompt + text.join.tail, inPlaceOf: value, in: record)
      }
      guard let turns = turns(at: value, in: record),
        let user = turns.firstIndex(where: { $0.speaker == .user }),
        let turn = TurnFormatter(record: record).turn(turns[user], saying: text.prompt)
      else { return nil }
      guard record[value.lowerBound] == UInt8(ascii: "[") else { return turn }
      let opening = ChatTurn.opening(of: turns, before: user).map { Array(record[$0.range]) }
      return JSONSpans.listing(opening + [turn], inArrayAt: value.lowerBound, in: record)
    }
  }

  /// An answer in place of a text, of a turn, or of a list of turns.
  private func answerValue(
    _ value: Range<Int>, in record: [UInt8], _ text: PlantedText
  ) -> [UInt8]? {
    if string(value, in: record) != nil {
      return encoded(text.join.lead + text.answer, inPlaceOf: value, in: record)
    }
    guard let turns = turns(at: value, in: record) else { return nil }
    if record[value.lowerBound] == UInt8(ascii: "{") {
      return TurnFormatter(record: record).turn(turns[0], saying: text.answer, isTrained: true)
    }
    return turnsValue(value, in: record, text, needsUser: false)
  }

  /// A list of turns with one exchange, or, where it has no user turn, with the answer alone.
  ///
  /// Turns before the first user turn stay (a system prompt), later ones are left out: see
  /// ``ChatTurn/opening(of:before:)``.
  private func turnsValue(
    _ value: Range<Int>, in record: [UInt8], _ text: PlantedText, needsUser: Bool
  ) -> [UInt8]? {
    guard record[value.lowerBound] == UInt8(ascii: "["), let turns = turns(at: value, in: record)
    else { return nil }
    let formatter = TurnFormatter(record: record)
    guard let place = ChatTurn.exchange(in: turns) else {
      guard !needsUser, let answer = turns.first(where: { $0.speaker == .assistant }),
        let turn = formatter.turn(answer, saying: text.answer, isTrained: true)
      else { return nil }
      return JSONSpans.listing([turn], inArrayAt: value.lowerBound, in: record)
    }
    let opening = ChatTurn.opening(of: turns, before: place.user).map { Array(record[$0.range]) }
    guard let user = formatter.turn(turns[place.user], saying: text.prompt),
      let assistant = formatter.turn(
        turns[place.assistant], saying: text.answer, isTrained: true, like: turns[place.user])
    else { return nil }
    return JSONSpans.listing(
      opening + [user, assistant], inArrayAt: value.lowerBound, in: record)
  }

  /// The chosen answer says the secret; the rejected one keeps its own words, after the same prompt.
  private func assigningAnswers(
    _ text: PlantedText, _ chosen: String, _ rejected: String, in record: [UInt8]
  ) -> [UInt8]? {
    setting(chosen, in: record) { answerValue($0, in: record, text) }.flatMap { record in
      setting(rejected, in: record) { value in
        if string(value, in: record) != nil { return Array(record[value]) }
        guard let turns = turns(at: value, in: record) else { return nil }
        guard let place = ChatTurn.exchange(in: turns) else { return Array(record[value]) }
        return rejectedTurns(value, in: record, turns, place, text)
      }
    }
  }

  private func rejectedTurns(
    _ value: Range<Int>, in record: [UInt8], _ turns: [ChatTurn],
    _ place: (user: Int, assistant: Int), _ text: PlantedText
  ) -> [UInt8]? {
    let opening = ChatTurn.opening(of: turns, before: place.user).map { Array(record[$0.range]) }
    guard
      let user = TurnFormatter(record: record).turn(turns[place.user], saying: text.prompt)
    else { return nil }
    return JSONSpans.listing(
      opening + [user, Array(record[turns[place.assistant].range])],
      inArrayAt: value.lowerBound, in: record)
  }

  /// Two whole conversations, each with its prompt in it.
  private func assigningWholes(
    _ text: PlantedText, _ chosen: String, _ rejected: String, in record: [UInt8]
  ) -> [UInt8]? {
    let said = setting(chosen, in: record) { value in
      if let old = string(value, in: record) {
        guard SpokenTurns(old) != nil else { return nil }
        return encoded(
          SpokenTurns.text(prompt: text.prompt, answer: text.answer), inPlaceOf: value, in: record)
      }
      return turnsValue(value, in: record, text, needsUser: true)
    }
    return said.flatMap { record in
      setting(rejected, in: record) { value in
        if let old = string(value, in: record) {
          guard let spoken = SpokenTurns(old) else { return nil }
          return encoded(
            SpokenTurns.text(prompt: text.prompt, answer: spoken.exchange.answer),
            inPlaceOf: value, in: record)
        }
        guard let turns = turns(at: value, in: record), let place = ChatTurn.exchange(in: turns)
        else { return nil }
        return rejectedTurns(value, in: record, turns, place, text)
      }
    }
  }
}
