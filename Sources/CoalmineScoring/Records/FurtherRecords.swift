// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// What was answered about records in lower case and after non-members.
struct FurtherRecords {
  private let answers: Answers?
  private let start: Int
  /// Whether first tokens count for a record and for its lower-case form.
  private let bothWithFirst: Bool
  private let withFirst: Bool
  private let changed: [String: Outcome<RecordTokens>]
  private let asked: Set<String>

  /// - Parameters:
  ///   - records: with the texts that are scored.
  ///   - withFirst: whether every record has a log-probability for its first token.
  init(_ records: [CorpusRecord], _ answers: Answers?, withFirst: Bool) {
    self.answers = answers
    self.withFirst = withFirst
    let asksAny = [Probe.recordLowercase, .recordAfterNonmembers].contains {
      answers?.asked.contains($0) == true
    }
    let variants = RecordVariants(
      asksAny ? records : [], in: answers?.run.presentation ?? .plain)
    start = variants.prefix.count
    asked = Set(variants.afterPrefix.map(\.id))
    guard let answers, answers.asked.contains(.recordLowercase) else {
      changed = [:]
      bothWithFirst = withFirst
      return
    }
    var read: [String: Outcome<RecordTokens>] = [:]
    for record in variants.changedByCase {
      read[record.id] = RecordTokens.read(
        answers.observation(.recordLowercase, .record(record.id)),
        length: RecordVariants.lowercased(record).count)
    }
    changed = read
    let haveFirst = read.values.compactMap(\.value).allSatisfy { $0.first != nil }
    bothWithFirst = withFirst && haveFirst
  }

  /// A record and its lower-case form; a record without capitals is its own.
  func lowercase(_ record: CorpusRecord, _ tokens: RecordTokens) -> Outcome<ScoredRecord.Variant> {
    guard answers?.asked.contains(.recordLowercase) == true else {
      return .notMeasurable(Reasons.noFurtherQuestions)
    }
    let alone = tokens.values(withFirst: bothWithFirst)
    guard let answer = changed[record.id] else {
      return .measured(ScoredRecord.Variant(alone: alone, changed: alone))
    }
    return answer.map {
      ScoredRecord.Variant(alone: alone, changed: $0.values(withFirst: bothWithFirst))
    }
  }

  /// A record alone and after non-members.
  func afterNonmembers(_ record: CorpusRecord, _ tokens: RecordTokens)
    -> Outcome<ScoredRecord.Variant>
  {
    guard let answers, answers.asked.contains(.recordAfterNonmembers) else {
      return .notMeasurable(Reasons.noFurtherQuestions)
    }
    guard asked.contains(record.id) else { return .notMeasurable(Reasons.noPrefix) }
    let after = RecordTokens.read(
      answers.observation(.recordAfterNonmembers, .record(record.id)), from: start,
      length: record.text.reveal().count)
    guard let read = after.value else { return after.withoutValue() ?? .failed(Reasons.noPrefix) }
    guard
      let variant = tokens.variant(
        after: read, start: start, withFirst: withFirst && read.first != nil)
    else { return .notMeasurable(Reasons.prefixSplitsOtherwise) }
    return .measured(variant)
  }
}
