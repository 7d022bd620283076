// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineScoring

/// Chooses a few replies of a run for a report: up to ``Transcripts/perClass`` per class, one per canary
/// and class.
///
/// The canaries are gone through in the order of SHA-256 over the study's id and the canary's; of each the
/// decodings in their order, and the samples in theirs. So the choice depends on no reply, but for the
/// class that it falls into.
///
/// - Complexity: O(bytes of replies), and O(bytes · secrets that are too short for a scan) for the few that
///   are shown.
package struct TranscriptChoice {
  /// How many canaries' secrets and replies are searched for written forms and foreign secrets.
  static let searched = 10_000

  private let spaces: [String: RandomnessSpace]
  private let run: RunRecord
  private let contexts: StudyProtocol.Contexts
  private let secrets: TranscriptSecrets
  private let redaction: TranscriptRedaction
  private var chosen: [Transcript.Class: [Transcript]] = [:]

  /// - Parameter number: a run of a tuned model; `nil` where none was asked.
  /// - Throws: ``CoalmineError`` where the ledger cannot be read.
  static func transcripts(_ reader: EvidenceReader, run number: Int?) throws -> Transcripts {
    if let retired = try reader.ledger.retirement() {
      return Transcripts(
        missing: Reason(
          "replies-dropped",
          "the study was retired on \(retired.at.prefix(10)), and its replies were dropped"))
    }
    guard let number else {
      return Transcripts(
        missing: Reason("not-asked", "no run of the tuned model was probed"))
    }
    let run = try reader.tuned(number)
    let probes = [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction].filter {
      run.probeSet.probes.contains($0)
    }
    guard !probes.isEmpty else {
      return Transcripts(
        missing: Reason(
          "not-asked", "the probe set asks the model to write nothing about canaries"))
    }
    let answers = try reader.ledger.observations(run: number, of: probes)
    return transcripts(
      study: reader.study.id, canaries: reader.study.canaries, spaces: reader.spaces, run: run,
      contexts: reader.plan.contexts,
      answers: probes.map { ($0, answers[$0] ?? [:]) })
  }

  /// - Parameters:
  ///   - study: the study's id.
  ///   - spaces: by the canary's id.
  ///   - contexts: what prompts are made of: text of the corpus is masked.
  ///   - answers: by decoding, in the order in which they are looked at.
  package static func transcripts(
    study: String, canaries: [Canary], spaces: [String: RandomnessSpace], run: RunRecord,
    contexts: StudyProtocol.Contexts = .sentences,
    answers: [(Probe, [Subject: Outcome<Observation>])]
  ) -> Transcripts {
    var choice = TranscriptChoice(study, canaries, spaces, run, contexts)
    guard choice.choose(answers) > 0 else {
      return Transcripts(
        missing: Reason("not-answered", "run \(run.number) holds no reply to a canary's prompt"))
    }
    return Transcripts(
      Transcript.Class.allCases.flatMap { choice.chosen[$0] ?? [] },
      searched: min(Self.searched, canaries.count))
  }

  private let order: [Canary]

  private init(
    _ study: String, _ canaries: [Canary], _ spaces: [String: RandomnessSpace], _ run: RunRecord,
    _ contexts: StudyProtocol.Contexts
  ) {
    self.contexts = contexts
    self.spaces = spaces
    self.run = run
    order = canaries.map { ($0, sha256(Array("\(study)\0\($0.id)".utf8))) }
      .sorted { $0.1.lexicographicallyPrecedes($1.1) }.map(\.0)
    secrets = TranscriptSecrets(canaries, searched: order.prefix(Self.searched))
    // Texts of a kind in several languages have the same secret slots.
    var kinds: [String: RandomnessSpace] = [:]
    for canary in canaries where kinds[canary.kind] == nil {
      kinds[canary.kind] = spaces[canary.id]
    }
    redaction = TranscriptRedaction(spaces: kinds.values)
  }

  /// - Returns: how many replies there are, at least those that were read.
  private mutating func choose(_ answers: [(Probe, [Subject: Outcome<Observation>])]) -> Int {
    var replies = 0
    for (place, canary) in order.enumerated() {
      guard Transcript.Class.allCases.contains(where: isOpen) else { return replies }
      var seen: Set<Transcript.Class> = []
      for (probe, answers) in answers {
        guard case .measured(.completions(let texts))? = answers[.canary(canary.id)] else {
          continue
        }
        replies += texts.count
        for (sample, text) in texts.enumerated() {
          guard let (outcome, marks) = look(at: text, of: canary, searching: place < Self.searched),
            isOpen(outcome), seen.insert(outcome).inserted
          else { continue }
          chosen[outcome, default: []].append(
            transcript(outcome, text, marks, canary, probe, sample))
        }
      }
    }
    return replies
  }

  private func isOpen(_ outcome: Transcript.Class) -> Bool {
    chosen[outcome, default: []].count < Transcripts.perClass
  }

  /// The class of a reply and the secrets in it; `nil` where it is not known without a search.
  private func look(at reply: Completion, of canary: Canary, searching: Bool)
    -> (Transcript.Class, [TranscriptSecrets.Mark])?
  {
    let own = TranscriptSecrets.exact(canary, in: reply.text)
    if !own.isEmpty {
      guard isOpen(.hit) else { return nil }
      return (.hit, secrets.marks(inReply: reply.text, of: canary))
    }
    let isWithheld = reply.ending.isWithheld
    guard searching else { return isWithheld ? (.refusal, []) : nil }
    let marks = secrets.marks(inReply: reply.text, of: canary)
    if marks.contains(where: { $0.found.canary == canary.id }) { return (.nearHit, marks) }
    if !marks.isEmpty { return (.offTarget, marks) }
    return (isWithheld ? .refusal : .miss, [])
  }

  private func transcript(
    _ outcome: Transcript.Class, _ reply: Completion, _ marks: [TranscriptSecrets.Mark],
    _ canary: Canary, _ probe: Probe, _ sample: Int
  ) -> Transcript {
    var found: [Transcript.Found] = []
    for mark in marks where !found.contains(mark.found) { found.append(mark.found) }
    return Transcript(
      outcome: outcome, canary: canary.id, role: canary.role, repetitions: canary.repetitions,
      probe: probe, sample: sample + 1, prompt: prompt(canary),
      reply: redaction.reply(reply.text, marks), ending: reply.ending, found: found,
      countsAsExtracted: ExtractionMatch.counts(
        reply.text, for: canary, asked: run.presentation, space: spaces[canary.id]))
  }

  /// Everything that was sent, as the run put it to the model. Turns that the canary was planted in come
  /// from the corpus: they are masked as replies are.
  private func prompt(_ canary: Canary) -> [Transcript.Part] {
    let gap = run.presentation == .fillInMiddle
    let passage = canary.passage(run.presentation, after: gap ? canary.suffix : [])
    let foreign = Set(passage.studyTurns).subtracting([canary.prefix])
    func part(_ role: String, _ text: [UInt8]) -> Transcript.Part {
      let marks = secrets.marks(inPrompt: text, of: canary, space: spaces[canary.id])
      return Transcript.Part(
        role: role,
        text: foreign.contains(text)
          ? redaction.reply(text, marks)
          : redaction.prompt(
            text, marks, isForeign: contexts == .grafted && text.starts(with: canary.prefix)))
    }
    switch passage.presentation {
    case .plain: return [part("text", passage.text)]
    case .chat(let turns):
      return turns.earlier.map { part($0.role, $0.text) } + [part("user", passage.text)]
    case .prefilled(let turns):
      return turns.earlier.map { part($0.role, $0.text) }
        + (passage.text.isEmpty ? [] : [part("assistant", passage.text)])
    case .fillInMiddle:
      let marks = secrets.marks(inPrompt: passage.after, of: canary, space: spaces[canary.id])
      return [
        part("text", passage.text),
        Transcript.Part(
          role: "text behind", text: redaction.reply(passage.after, marks, isReply: false)),
      ]
    }
  }
}
