// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Counts the answers that are due.
enum CountedAnswers {
  /// Of the tuned run all that its probe set asks, of the base run what is compared; nothing of a base
  /// run that came too late to decide.
  static func counts(_ evidence: Evidence, baseDecides: Bool) -> AnswerCounts {
    AnswerCounts(
      tuned: evidence.tuned.map { tuned($0, evidence) },
      base: baseDecides ? evidence.base.map { base($0, evidence) } : nil)
  }

  static func tuned(_ tuned: Answers, _ evidence: Evidence) -> AnswerCounts.Count {
    var count = AnswerCounts.Count()
    let canaries = evidence.canaries.lazy.map { Subject.canary($0.id) }
    let given = evidence.inContextControls.map {
      Subject.chain(kind: $0.kind, number: $0.number, given: true)
    }
    let decoys = evidence.inContextControls.map {
      Subject.chain(kind: $0.kind, number: $0.number, given: false)
    }
    look(tuned, .sequenceLikelihood, canaries, evidence, &count)
    look(tuned, .sequenceLikelihood, references(evidence), evidence, &count)
    for probe in evidence.decodings { look(tuned, probe, canaries, evidence, &count) }
    look(tuned, .recordLikelihood, evidence.records.map { .record($0.id) }, evidence, &count)
    if tuned.asked.contains(.recordLowercase) || tuned.asked.contains(.recordAfterNonmembers) {
      let variants = RecordVariants(evidence.records, in: tuned.run.presentation)
      look(
        tuned, .recordLowercase, variants.changedByCase.map { .record($0.id) }, evidence, &count)
      look(
        tuned, .recordAfterNonmembers, variants.afterPrefix.map { .record($0.id) }, evidence,
        &count)
    }
    look(tuned, .chainLikelihood, given + decoys, evidence, &count)
    look(tuned, .chainExtraction, given, evidence, &count)
    return count
  }

  static func base(_ base: Answers, _ evidence: Evidence) -> AnswerCounts.Count {
    var count = AnswerCounts.Count()
    let canaries = evidence.canaries.lazy.map { Subject.canary($0.id) }
    look(base, .sequenceLikelihood, canaries, evidence, &count)
    if evidence.asksBaseReferences {
      look(base, .sequenceLikelihood, references(evidence), evidence, &count)
    }
    look(base, .recordLikelihood, evidence.records.map { .record($0.id) }, evidence, &count)
    return count
  }

  /// One at a time: there may be millions.
  private static func references(_ evidence: Evidence) -> some Sequence<Subject> {
    evidence.canaries.lazy.flatMap { canary in
      (0..<ReferenceCount.due(canary, asked: evidence.studyProtocol.references)).lazy.map {
        Subject.reference(canary: canary.id, number: $0)
      }
    }
  }

  private static func look(
    _ answers: Answers, _ probe: Probe, _ subjects: some Sequence<Subject>, _ evidence: Evidence,
    _ count: inout AnswerCounts.Count
  ) {
    guard answers.asked.contains(probe), evidence.leftOut(probe) == nil else { return }
    let answer = answers.reader(probe)
    let planned = evidence.studyProtocol.decoding.samples(of: probe) ?? 1
    for subject in subjects {
      count.due += 1
      let outcome = answer(subject)
      if outcome.lacksSamples(planned) {
        count.missing += 1
      } else if case .censored = outcome {
        count.withheld += 1
      } else if case .failed = outcome {
        count.unreadable += 1
      }
    }
  }
}

extension Evidence {
  /// The answers that are due in the tuned run; `nil` without one.
  package var tunedCount: AnswerCounts.Count? { tuned.map { CountedAnswers.tuned($0, self) } }
  /// The answers that are due in the base run, whether it decides or not; `nil` without one.
  package var baseCount: AnswerCounts.Count? { base.map { CountedAnswers.base($0, self) } }
}
