// SPDX-License-Identifier: Apache-2.0

extension Canary {
  /// The place of the canary's secret as it is put to a model, with the secret, with another candidate, or
  /// with nothing where the model is to write it.
  ///
  /// ```
  /// planted as a text   before: prefix   separator   target         an instruction before it, in turns
  /// chat                turns, user: prefix                         the model answers
  /// prefilled           turns, user: prefix, assistant: target      a given text is scored
  /// ```
  ///
  /// In a conversation the secret begins the turn after its prefix: no white space stands between them.
  ///
  ///     canary.passage(.prefilled, target: canary.secret.reveal())
  ///
  /// - Parameters:
  ///   - form: how the endpoint is asked.
  ///   - after: what the model is shown behind the place, in a gap.
  package func passage(
    _ form: Presentation.Form, target: [UInt8]? = nil, after: [UInt8] = []
  ) -> Passage {
    Passage(
      of: prefix, target.map { (separator, $0) }, after: after, in: turns, form)
  }

  /// Whether the model answers in a turn of its own, which may begin without the separator.
  package func answersInOwnTurn(_ form: Presentation.Form) -> Bool {
    form == .chat || form == .prefilled && turns != nil
  }
}

extension Passage {
  /// A text with a place for a secret, as the canaries of a study are put to a model.
  ///
  /// - Parameters:
  ///   - prompt: what stands before the secret.
  ///   - ending: white space and a candidate; `nil` where the model writes.
  ///   - turns: the turns before the user's turn with the prompt; `nil` for a text.
  package init(
    of prompt: [UInt8], _ ending: (separator: [UInt8], target: [UInt8])? = nil,
    after: [UInt8] = [], in turns: [Turns.Turn]?, _ form: Presentation.Form
  ) {
    let (separator, target) = ending ?? ([], [])
    switch (turns, form) {
    case (let turns?, .chat):
      self.init(
        before: prompt, separator: separator, target: target, presentation: .chat(Turns(turns)))
    case (let turns?, .prefilled):
      let user = Turns.Turn(role: "user", text: prompt)
      self.init(before: [], target: target, presentation: .prefilled(Turns(turns + [user])))
    case (nil, _), (_, .plain), (_, .fillInMiddle):
      self.init(
        before: prompt, separator: separator, target: target, after: after,
        presentation: .ofText(form))
    }
  }
}

extension Passage {
  /// The texts of the turns before it that are a study's own, and no instruction of coalmine's.
  package var studyTurns: [[UInt8]] {
    switch presentation {
    case .plain, .fillInMiddle: []
    case .chat(let turns), .prefilled(let turns):
      turns.earlier.filter { $0 != Presentation.instruction && $0 != Presentation.opening }
        .map(\.text)
    }
  }
}

extension [Canary] {
  /// The turns that an in-context control is asked after: those of a canary of its kind.
  ///
  /// - Returns: `nil` where the canaries of its kind are texts, or there are none.
  package func turns(of control: InContextControl) -> [Turns.Turn]? {
    let alike = count { $0.kind == control.kind }
    guard alike > 0 else { return nil }
    // Without a list of them, which would take as much memory as the canaries.
    var left = control.number % alike
    for canary in self where canary.kind == control.kind {
      if left == 0 { return canary.turns }
      left -= 1
    }
    return nil
  }
}
