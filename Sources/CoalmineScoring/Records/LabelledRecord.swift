// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// A record of the corpus with its label and what was answered about it.
struct LabelledRecord: Sendable {
  /// With the text that is scored: of a conversation that was asked in turns, the model's last turn.
  let record: CorpusRecord
  let tokens: ScoredRecord

  var isMember: Bool { record.membership == .member }

  /// Records that belong together have one; a record without a group is a group of its own.
  var group: String { record.group.map { "group:\($0)" } ?? "record:\(record.id)" }

  /// The records that were scored under the tuned model, in the order of their ids.
  struct Reading: Sendable {
    var records: [LabelledRecord] = []
    /// Records left out because fewer than two of their tokens were scored.
    var tooShort = 0
    /// Records whose tokens end before their text does.
    var truncated = 0
    /// Why the first record that is not scored is not.
    var unread: Outcome<RecordTokens>?
    /// Every record of the study in the order of the ids: its place in ``records``, or why it has none.
    var all: [(record: CorpusRecord, place: Outcome<Int>)] = []
  }

  /// - Parameter base: the answers of the base model, for the scores that compare with it.
  static func read(_ records: [CorpusRecord], _ answers: Answers?, base: Answers?) -> Reading {
    let byID = records.sorted { $0.id < $1.id }
    func read(_ answers: Answers?, _ absent: Outcome<Observation>)
      -> [(record: CorpusRecord, tokens: Outcome<RecordTokens>)]
    {
      byID.map { record in
        let asked = answers.map { record.asked(in: $0.run.presentation) } ?? record
        return (
          asked,
          RecordTokens.read(
            answers?.observation(.recordLikelihood, .record(record.id)) ?? absent,
            length: asked.text.reveal().count)
        )
      }
    }
    let asked = read(answers, .notMeasurable(Reasons.noTunedRun))
    let (sorted, tuned) = (asked.map(\.record), asked.map(\.tokens))
    // A base model that was asked in another form was scored on another text.
    let before = zip(read(base, .notMeasurable(Reasons.noBaseRun)), sorted).map { base, record in
      base.record.text == record.text || base.tokens.value == nil
        ? base.tokens : .notMeasurable(Reasons.baseAskedOtherwise)
    }
    // The first token counts everywhere or nowhere: a text scored from its first token on is no
    // match for one that is not.
    func haveFirst(_ outcomes: [Outcome<RecordTokens>]) -> Bool {
      outcomes.allSatisfy { outcome in outcome.value.map { $0.first != nil } ?? true }
    }
    let withFirst = haveFirst(tuned)
    let further = FurtherRecords(sorted, answers, withFirst: withFirst)
    let bothWithFirst = withFirst && haveFirst(before)
    var reading = Reading()
    reading.unread = tuned.first { $0.value == nil }
    for (place, record) in sorted.enumerated() {
      guard let tokens = tuned[place].value else {
        reading.all.append((record, tuned[place].map { _ in 0 }))
        continue
      }
      let text = record.text.reveal()
      let values = tokens.values(withFirst: withFirst)
      guard values.count >= 2 else {
        reading.tooShort += 1
        reading.all.append((record, .notMeasurable(Reasons.recordTooShort)))
        continue
      }
      reading.all.append((record, .measured(reading.records.count)))
      if tokens.covered < text.count { reading.truncated += 1 }
      reading.records.append(
        LabelledRecord(
          record: record,
          tokens: ScoredRecord(
            logProbabilities: values, text: Array(text.prefix(tokens.covered)),
            comparison: before[place].value.flatMap {
              tokens.compared(with: $0, withFirst: bothWithFirst)
            }, isOfOtherText: before[place].reason == Reasons.baseAskedOtherwise,
            lowercase: further.lowercase(record, tokens),
            afterNonmembers: further.afterNonmembers(record, tokens),
            alternatives: tokens.alternatives(withFirst: withFirst))))
    }
    return reading
  }
}
