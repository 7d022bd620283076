// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

extension [Canary] {
  /// How prompts and completions that are texts are trained, by what the canaries keep: in a corpus of such
  /// pairs they have turns where the protocol says so.
  var pairs: StudyProtocol.Pairs {
    isEmpty || contains { $0.turns == nil } ? .text : .turns
  }
}

extension CorpusSurvey {
  /// The canaries, each with the turns of the record that it is drawn to be formatted like.
  ///
  /// ```
  /// models of the corpus   m0        m1        m2
  /// canary                 0, 3, 6   1, 4, 7   2, 5, 8     inserted or held out
  /// ```
  ///
  /// Which canary gets which model follows from its place in the list by names, and names are drawn without
  /// the assignment: so the turns of inserted and of held-out canaries are drawn alike, and given the turns
  /// of all canaries every assignment is as likely as before. The seeder plants a copy beside a record with
  /// other turns like its model, and like the record itself where both have the same.
  ///
  /// - Parameters:
  ///   - canaries: in the order in which the seeder gets them.
  ///   - pairs: whether a prompt and a completion that are texts are trained as turns.
  /// - Complexity: O(canaries · bytes of a record).
  public func inConversations(
    _ canaries: [Canary], pairs: StudyProtocol.Pairs = .text
  ) -> [Canary] {
    switch shape {
    case .plainText, .text: return canaries
    case .promptCompletion, .messages, .preference: break
    }
    let formatter = formatter
    // What is drawn for identifiers in the record is not looked at.
    var identifiers = ChaCha8Rand(seed: [UInt8](repeating: 0, count: 32))
    return canaries.enumerated().map { place, canary in
      let planted = formatter.line(for: canary, like: model(of: place), using: &identifiers)
      return canary.after(planted.flatMap { formatter.fields.turnsBefore(of: $0, pairs: pairs) })
    }
  }

  /// The record that all copies of a canary are formatted like where copies take from it what is trained.
  func model(of canary: Int) -> [UInt8] {
    models.isEmpty ? exemplar : models[canary % models.count]
  }

  var formatter: RecordFormatter {
    RecordFormatter(
      fields: RecordFields(shape: shape, syntax: files[0].codec.syntax),
      join: join ?? CompletionJoin())
  }
}
