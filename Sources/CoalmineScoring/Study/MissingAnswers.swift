// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// How many answers are due, and how many of them are not there.
package struct MissingAnswers: Sendable, Equatable {
  /// Questions of one run.
  package struct Count: Sendable, Equatable {
    /// Questions that its probe set asks.
    package fileprivate(set) var due = 0
    /// Questions without any answer yet.
    package fileprivate(set) var missing = 0
    /// Questions whose answer failed for another reason.
    package fileprivate(set) var unreadable = 0
  }

  /// `nil` where no tuned model was probed: then nothing is due yet.
  package let tuned: Count?
  /// `nil` where no base model was probed.
  package let base: Count?
  /// Missing answers about the canaries' own secrets, of both runs…
  package let secrets: Int
  /// …and about in-context positive controls.
  package let inContext: Int

  package var due: Int { (tuned?.due ?? 0) + (base?.due ?? 0) }
  package var missing: Int { (tuned?.missing ?? 0) + (base?.missing ?? 0) }
  package var unreadable: Int { (tuned?.unreadable ?? 0) + (base?.unreadable ?? 0) }

  /// Counts the questions: of the tuned run all that its probe set asks, of the base run the
  /// canaries' own secrets and the records.
  package init(_ evidence: Evidence) {
    /// Whether fewer samples came than are asked, the last ones or one between.
    func lacksSamples(_ outcome: Outcome<Observation>, _ probe: Probe) -> Bool {
      switch outcome {
      case .measured(.completions(let texts)):
        texts.count < evidence.studyProtocol.decoding.samples(of: probe) ?? 1
      case .failed(let reason): reason.slug == Reasons.sampleMissing
      default: false
      }
    }
    /// Adds to `count`, and returns how many are missing.
    @discardableResult
    func look(
      _ answers: Answers, _ probe: Probe, _ subjects: [Subject], _ count: inout Count
    ) -> Int {
      guard answers.asked.contains(probe), evidence.leftOut(probe) == nil else { return 0 }
      let before = count.missing
      for subject in subjects {
        count.due += 1
        let outcome = answers.observation(probe, subject)
        if outcome.isNotAnswered || lacksSamples(outcome, probe) {
          count.missing += 1
        } else if case .failed = outcome {
          count.unreadable += 1
        }
      }
      return count.missing - before
    }
    var secrets = 0
    var inContext = 0
    let canaries = evidence.canaries.map { Subject.canary($0.id) }
    tuned = evidence.tuned.map { tuned in
      var count = Count()
      let references = evidence.canaries.flatMap { canary in
        (0..<SecretScores.referencesDue(canary, asked: evidence.studyProtocol.references)).map {
          Subject.reference(canary: canary.id, number: $0)
        }
      }
      let given = evidence.inContextControls.map {
        Subject.chain(kind: $0.kind, number: $0.number, given: true)
      }
      let decoys = evidence.inContextControls.map {
        Subject.chain(kind: $0.kind, number: $0.number, given: false)
      }
      secrets += look(tuned, .sequenceLikelihood, canaries, &count)
      look(tuned, .sequenceLikelihood, references, &count)
      for probe in [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction] {
        look(tuned, probe, canaries, &count)
      }
      look(tuned, .recordLikelihood, evidence.records.map { .record($0.id) }, &count)
      inContext += look(tuned, .chainLikelihood, given + decoys, &count)
      inContext += look(tuned, .chainExtraction, given, &count)
      return count
    }
    base = evidence.base.map { base in
      var count = Count()
      secrets += look(base, .sequenceLikelihood, canaries, &count)
      look(base, .recordLikelihood, evidence.records.map { .record($0.id) }, &count)
      return count
    }
    self.secrets = secrets
    self.inContext = inContext
  }
}
