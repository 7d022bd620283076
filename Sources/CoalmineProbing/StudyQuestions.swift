// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger

/// One question of a study as it is spelled, before it is put into requests.
package struct PlannedQuestion: Sendable, Equatable {
  package let probe: Probe
  package let subject: Subject
  package let passage: Passage
  /// How the model writes; `nil` where the passage's ending is scored.
  package var decoding: Decoding?
  /// Whether the likeliest tokens are listed beside the scores.
  package var listsTokens = false
  /// How many samples are asked; 1 where there is one answer.
  package var samples = 1
  /// The number of the first sample; the planned ones begin at 0.
  package var firstSample = 0
  /// Texts of which one is to be chosen, the passage's target among them; empty for any other question.
  package var choices: [[UInt8]] = []

  package init(_ probe: Probe, _ subject: Subject, _ passage: Passage) {
    self.probe = probe
    self.subject = subject
    self.passage = passage
  }

  /// Each answer that is asked for, with its question.
  package var asks: [(Question, Ask)] {
    guard choices.isEmpty else {
      return [(Question(probe, subject), .choose(passage, among: choices))]
    }
    guard let decoding else {
      return [(Question(probe, subject), listsTokens ? .scoreListing(passage) : .score(passage))]
    }
    return (firstSample..<(firstSample + max(1, samples))).map { sample in
      (
        Question(probe, subject, sample: sample),
        .complete(
          passage, Decoding(decoding.rule, maxTokens: decoding.maxTokens, sample: sample))
      )
    }
  }

  /// Whether the answers are drawn at random.
  package var isSampled: Bool { decoding.map { $0.rule != .greedy } ?? false }

  package var isLong: Bool { passage.text.count > QuestionPlan.loneBytes }

  /// Whether it is about a canary's own secret.
  package var isOfCanary: Bool { if case .canary = subject { true } else { false } }

  package var isOfReference: Bool { if case .reference = subject { true } else { false } }
}

/// Spells the questions of a study.
struct StudyQuestions {
  let study: RegisteredStudy
  let role: RunRole
  let presentation: Presentation.Form
  /// Whether the endpoint lists tokens beside those of a text that it scores: records of a tuned model
  /// are asked so.
  var listsScoredTokens = false

  /// The questions of one probe, in the order of the study.
  ///
  /// The base model scores the canaries' own secrets and the records, and the references where the
  /// protocol says so.
  func list(_ probe: Probe) -> QuestionList {
    guard probe == .sequenceLikelihood else { return QuestionList(questions(probe)) }
    let asksReferences = role == .tuned || study.studyProtocol.baseReferences
    let asked = study.record.canaries.map { canary in
      let space = study.spaces[canary.id]
      let references =
        asksReferences && space != nil ? study.record.references[canary.id] ?? [] : []
      return (canary: canary, space: space, references: references)
    }
    return QuestionList(counts: asked.map { 1 + $0.references.count }) { place, number in
      let (canary, space, references) = asked[place]
      guard number > 0, let space else { return secret(canary) }
      return PlannedQuestion(
        .sequenceLikelihood, .reference(canary: canary.id, number: number - 1),
        canary.passage(presentation, target: space.candidate(at: references[number - 1])))
    }
  }

  private func questions(_ probe: Probe) -> [PlannedQuestion] {
    let planted = study.record
    let decoding = study.studyProtocol.decoding
    if decoding.samples(of: probe) == 0 { return [] }
    return switch (probe, role) {
    // Many, so that they are spelled one by one.
    case (.sequenceLikelihood, _): []
    case (.recordLikelihood, _): planted.records.map(record)
    case (_, .base): []
    case (.recordLowercase, .tuned):
      RecordVariants(planted.records, in: presentation).changedByCase.map(lowercased)
    case (.recordAfterNonmembers, .tuned): afterNonmembers()
    // Asked in rounds, each after the answers to the one before.
    case (.rankSearch, .tuned): []
    case (.greedyExtraction, .tuned):
      planted.canaries.map { completion($0, .greedyExtraction, .greedy, samples: 1) }
    case (.sampledExtraction, .tuned):
      planted.canaries.map {
        completion($0, .sampledExtraction, .neutral, samples: decoding.samples)
      }
    case (.defaultExtraction, .tuned):
      planted.canaries.map {
        completion(
          $0, .defaultExtraction, .endpointDefault, samples: decoding.defaultSamples)
      }
    case (.chainLikelihood, .tuned): planted.inContextControls.flatMap(scores)
    case (.chainExtraction, .tuned): planted.inContextControls.map(completion)
    case (.forcedChoice, .tuned): ForcedChoiceQuestions(study: study).list()
    }
  }

  private func record(_ record: CorpusRecord) -> PlannedQuestion {
    var question = PlannedQuestion(
      .recordLikelihood, .record(record.id), record.passage(presentation))
    question.listsTokens = listsScoredTokens && role == .tuned
    return question
  }

  private func lowercased(_ record: CorpusRecord) -> PlannedQuestion {
    PlannedQuestion(
      .recordLowercase, .record(record.id),
      record.passage(presentation, saying: RecordVariants.lowercased(record)))
  }

  private func afterNonmembers() -> [PlannedQuestion] {
    let variants = RecordVariants(study.record.records, in: presentation)
    return variants.afterPrefix.map { record in
      PlannedQuestion(
        .recordAfterNonmembers, .record(record.id),
        record.passage(presentation, after: variants.prefix))
    }
  }

  private func secret(_ canary: Canary) -> PlannedQuestion {
    PlannedQuestion(
      .sequenceLikelihood, .canary(canary.id),
      canary.passage(presentation, target: canary.secret.reveal()))
  }

  private func completion(
    _ canary: Canary, _ probe: Probe, _ rule: Decoding.Rule, samples: Int
  ) -> PlannedQuestion {
    // Only a gap has something behind it.
    let place = canary.passage(
      presentation, after: presentation == .fillInMiddle ? canary.suffix : [])
    var question = PlannedQuestion(probe, .canary(canary.id), place)
    // As long as the longest candidate: what is asked must not depend on which one was drawn.
    let longest = study.spaces[canary.id]?.longestCandidate ?? canary.secret.reveal().count
    question.decoding = Decoding(
      rule, maxTokens: Self.tokens(canary.separator.count + longest))
    question.samples = samples
    return question
  }

  private func scores(_ control: InContextControl) -> [PlannedQuestion] {
    [true, false].map { given in
      PlannedQuestion(
        .chainLikelihood,
        .chain(kind: control.kind, number: control.number, given: given),
        passage(
          of: control, ending: (control.separator, (given ? control.given : control.decoy).reveal())
        ))
    }
  }

  private func completion(_ control: InContextControl) -> PlannedQuestion {
    var question = PlannedQuestion(
      .chainExtraction, .chain(kind: control.kind, number: control.number, given: true),
      passage(of: control))
    question.decoding = Decoding(
      .greedy, maxTokens: Self.tokens(control.separator.count + control.given.reveal().count))
    return question
  }

  /// In the turns of a canary, so that a control is put to the model as canaries are.
  private func passage(
    of control: InContextControl, ending: (separator: [UInt8], target: [UInt8])? = nil
  ) -> Passage {
    Passage(
      of: control.revealedPrompt(), ending, in: study.record.canaries.turns(of: control),
      presentation)
  }

  /// No tokeniser spends more tokens than bytes; four more show where the secret ends.
  private static func tokens(_ bytes: Int) -> Int { bytes + 4 }
}
