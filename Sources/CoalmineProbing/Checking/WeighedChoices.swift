// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Forced choices about public texts: does every text get a probability, and a likely one the largest
/// wherever it stands?
enum WeighedChoices {
  /// How far probabilities may sum beyond 1, or below it: they come rounded.
  private static let sumError = 0.05

  /// The lists of texts, each in two orders: an endpoint that likes a place would be right in one of them
  /// by its place alone.
  static let asks: [Ask] = CheckTexts.pairs.flatMap { pair -> [Ask] in
    let improbable = CheckTexts.pairs.map(\.improbable)
    let passage = CheckAsks.passage(pair.context, pair.likely)
    return [[pair.likely] + improbable, improbable + [pair.likely]].map { texts in
      .choose(passage, among: texts.map { Array($0.utf8) })
    }
  }

  static func item(_ sheet: CheckSheet) -> Capabilities.Item {
    func item(_ state: Capabilities.State, _ evidence: String) -> Capabilities.Item {
      Capabilities.Item(.choicesWeighed, state, evidence)
    }
    let count = sheet.asks.count
    guard let answers = sheet.answers else {
      return item(.notSeen, sheet.reason ?? "no choice came back")
    }
    // Whoever chooses by the place alone is right in half of them, whoever guesses in a sixth.
    var right = 0
    for (ask, answer) in zip(sheet.asks, answers) {
      guard case .choose(let passage, let texts) = ask, case .chosen(let values) = answer,
        let place = texts.firstIndex(of: passage.target),
        let choice = ForcedChoice(place: place, probabilities: values)
      else { return item(.notSeen, "an answer is of another kind than the question") }
      guard abs(values.reduce(0, +) - 1) <= sumError else {
        return item(.notSeen, "the probabilities of the texts of a question do not sum to 1")
      }
      if choice.isFirst { right += 1 }
    }
    return item(
      5 * right >= 4 * count ? .seen : .notSeen,
      "the likely text is the most probable one in \(right) of \(count) questions, at the first place "
        + "and at the last one")
  }
}
