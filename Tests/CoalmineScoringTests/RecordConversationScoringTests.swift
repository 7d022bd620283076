// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineTesting
import Testing

/// Membership scores of records that were asked in their own turns: those of the scored turn, as if it were the
/// whole record.
@Suite struct `Scores of records of conversations` {
  private static func texts() -> SimulatedStudy {
    var study = SimulatedStudy(
      .init(randomizedPerKind: 2, controls: 1, references: 2, records: 20, recordGain: 0.5),
      seed: 11)
    study.presentation = .prefilled
    study.canaries = study.canaries.map { $0.after([]) }
    return study
  }

  /// The same records as last turns of conversations, which are of other lengths and other words.
  private static func conversations(_ study: SimulatedStudy) -> SimulatedStudy {
    var study = study
    study.records = study.records.enumerated().map { place, record in
      let isMember = record.membership == .member
      let user = Turns.Turn(
        role: "user",
        text: Array(
          String(repeating: isMember ? "inside " : "out ", count: isMember ? 40 : 3 + place).utf8))
      let model = Turns.Turn(role: "assistant", text: record.text.reveal())
      return CorpusRecord(
        id: record.id, membership: record.membership, group: nil,
        text: Secret(user.text + [0x0A] + model.text),
        conversation: RecordConversation([user, model]))
    }
    return study
  }

  private static func membership(_ study: SimulatedStudy) -> StudyResult {
    score(study.evidence, simulatesPower: false)
  }

  @Test func `scores, text alone and length alone are those of the last turn`() throws {
    let texts = Self.texts()
    let (plain, spoken) = (
      Self.membership(texts), Self.membership(Self.conversations(texts))
    )
    #expect(plain.membership.map(\.score) == spoken.membership.map(\.score))
    for (one, other) in zip(plain.membership, spoken.membership) {
      #expect(one.auc == other.auc && one.members == other.members, "\(one.score)")
      #expect(one.lengthAUC == other.lengthAUC && one.blind == other.blind, "\(one.score)")
    }
    // By the turns before it, text alone would tell them apart without a fault.
    let loss = try #require(spoken.membership.first { $0.score == "loss" })
    #expect((loss.auc.value?.auc ?? 0) > 0.6 && (loss.blind.value?.auc ?? 1) < 0.9)
    for (one, other) in zip(plain.records, spoken.records) {
      #expect(one.id == other.id && one.tokens == other.tokens && one.text == other.text)
    }
    // The sum over the scored turn, added up here.
    for record in spoken.records.prefix(5) {
      guard
        case .measured(.likelihood(let tokens))? =
          texts.tuned[.recordLikelihood]?[.record(record.id)]
      else { continue }
      let sum = tokens.dropFirst().reduce(0) { $0 + ($1.logProbability ?? .nan) }
      #expect(abs((record.tokens.value?.nats ?? .nan) - sum) < 1e-9)
    }
  }

  @Test func `as one text the whole conversation is what answers are held against`() throws {
    var study = Self.conversations(Self.texts())
    study.presentation = .plain
    // The answers are those of the last turn, which is a part of the text.
    let result = Self.membership(study)
    #expect(result.caveats.contains { $0.slug == "record-truncated" })
    #expect(
      result.records.allSatisfy { record in
        study.records.contains { $0.id == record.id && $0.text == record.text }
      })
  }

  @Test func `a base model that was asked in another form is not compared with`() throws {
    let study = Self.conversations(Self.texts())
    let evidence = study.evidence
    let base = try #require(evidence.base)
    let run = base.run
    let other = RunRecord(
      number: run.number, role: run.role, model: run.model, endpoint: run.endpoint,
      dialect: run.dialect, presentation: .plain, probeSet: run.probeSet, openedAt: "",
      closedAt: "")
    let mixed = Evidence(
      studyProtocol: evidence.studyProtocol, facts: evidence.facts, canaries: evidence.canaries,
      inContextControls: evidence.inContextControls, records: evidence.records,
      shape: evidence.shape, predictableSeed: false, scoringSeed: evidence.scoringSeed,
      tuned: evidence.tuned,
      base: Answers(run: other, asked: base.asked, observations: base.observations))
    let found = score(mixed, simulatesPower: false).membership
    for slug in ["reference", "reference-ratio", "error-zone", "dc-pdd", "rmia"] {
      let row = try #require(found.first { $0.score == slug })
      #expect(row.auc.reason?.slug == "base-asked-otherwise", "\(slug): \(row.auc)")
    }
    let loss = try #require(found.first { $0.score == "loss" })
    #expect(loss.auc == Self.membership(study).membership.first { $0.score == "loss" }?.auc)
  }

  @Test func `the caveat is about the records that were scored without turns`() {
    func evidence(_ study: SimulatedStudy) -> String? {
      Self.membership(study).caveats.first { $0.slug == "prompt-not-as-trained" }?.evidence
    }
    let texts = Self.texts()
    #expect(evidence(texts)?.hasPrefix("records were scored as one turn") == true)
    var spoken = Self.conversations(texts)
    #expect(evidence(spoken) == nil)
    spoken.records[0] = texts.records[0]
    spoken.records[3] = texts.records[3]
    #expect(evidence(spoken)?.hasPrefix("2 records were scored as one turn") == true)
  }
}
