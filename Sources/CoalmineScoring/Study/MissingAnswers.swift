// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// How many answers are due, and how many of them are not there.
package struct MissingAnswers: Sendable, Equatable {
  /// Questions that the probe sets of both runs ask.
  package let due: Int
  /// Questions without any answer yet.
  package let missing: Int
  /// Questions whose answer failed for another reason.
  package let unreadable: Int

  /// Counts the questions: of the tuned run all that its probe set asks, of the base run the
  /// canaries' own secrets and the records. Without a tuned run, one answer is due and missing.
  package init(_ evidence: Evidence) {
    var due = 0
    var missing = 0
    var unreadable = 0
    func look(_ answers: Answers, _ probe: Probe, _ subjects: [Subject]) {
      guard answers.asked.contains(probe), evidence.leftOut(probe) == nil else { return }
      for subject in subjects {
        due += 1
        let outcome = answers.observation(probe, subject)
        if outcome.isNotAnswered {
          missing += 1
        } else if case .failed = outcome {
          unreadable += 1
        }
      }
    }
    let canaries = evidence.canaries.map { Subject.canary($0.id) }
    if let tuned = evidence.tuned {
      let references = evidence.canaries.flatMap { canary in
        (0..<SecretScores.referencesDue(canary, asked: evidence.studyProtocol.references)).map {
          Subject.reference(canary: canary.id, number: $0)
        }
      }
      let given = evidence.chainControls.map {
        Subject.chain(kind: $0.kind, number: $0.number, given: true)
      }
      let decoys = evidence.chainControls.map {
        Subject.chain(kind: $0.kind, number: $0.number, given: false)
      }
      look(tuned, .sequenceLikelihood, canaries + references)
      for probe in [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction] {
        look(tuned, probe, canaries)
      }
      look(tuned, .recordLikelihood, evidence.records.map { .record($0.id) })
      look(tuned, .chainLikelihood, given + decoys)
      look(tuned, .chainExtraction, given)
    } else {
      due = 1
      missing = 1
    }
    if let base = evidence.base {
      look(base, .sequenceLikelihood, canaries)
      look(base, .recordLikelihood, evidence.records.map { .record($0.id) })
    }
    self.due = due
    self.missing = missing
    self.unreadable = unreadable
  }
}
