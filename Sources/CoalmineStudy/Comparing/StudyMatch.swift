// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger

/// What two runs must share so that their answers can be compared canary by canary.
struct StudyMatch {
  let label: String
  let plan: StudyProtocol
  let run: RunRecord
  /// SHA-256 over every canary, its assignment and its references, hexadecimal.
  let assignment: String
  /// The same over the marked records.
  private let records: String

  /// Whether another model answered when the run ended than when it began.
  let isOfTwoModels: Bool

  init(
    _ label: String, _ study: StudyRecord, _ plan: StudyProtocol, _ run: RunRecord,
    isOfTwoModels: Bool
  ) {
    self.isOfTwoModels = isOfTwoModels
    self.label = label
    self.plan = plan
    self.run = run
    assignment = Self.assignment(study)
    records = Self.digest { parts in
      for record in study.records.sorted(by: { $0.id < $1.id }) {
        parts.add(record.id)
        parts.add(record.membership.rawValue)
        parts.add(record.text.reveal())
        // Studies without turns of records have the digest that they always had.
        for turn in record.conversation?.revealedTurns() ?? [] {
          parts.add(turn.role)
          parts.add(turn.text)
        }
      }
    }
  }

  /// The digest of what was drawn: two studies with the same one planted the same secrets in the same
  /// texts as often, and ask about the same references.
  static func assignment(_ study: StudyRecord) -> String {
    digest { parts in
      for canary in study.canaries.sorted(by: { $0.id < $1.id }) {
        for text in [
          canary.id, canary.kind, canary.role.rawValue, String(canary.repetitions),
          String(canary.randomized), String(canary.bits),
        ] {
          parts.add(text)
        }
        for bytes in [
          canary.prefix, canary.separator, canary.secret.reveal(), canary.suffix,
        ] {
          parts.add(bytes)
        }
        // Studies without placeholders have the digest that they always had.
        if let placeholder = canary.placeholder {
          parts.add("placeholder")
          parts.add(placeholder.reveal())
        }
        // Studies without conversations have the digest that they always had.
        if let turns = canary.turns {
          parts.add("turns")
          for turn in turns {
            parts.add(turn.role)
            parts.add(turn.text)
          }
        }
        parts.add(
          (study.references[canary.id] ?? []).map { String($0) }.joined(separator: ","))
      }
    }
  }

  /// - Throws: ``CoalmineError`` with code `not-comparable` and every difference.
  func expectComparable(with other: StudyMatch) throws {
    var differences: [String] = []
    for one in [self, other] where !one.run.isComplete {
      differences.append(
        "run \(one.run.number) of \(one.label) is not complete; the 'probe' command that began it "
          + "completes it")
    }
    for one in [self, other] where one.isOfTwoModels {
      differences.append(
        "another model was put in place while run \(one.run.number) of \(one.label) asked; "
          + "'coalmine probe --new-run' asks one model")
    }
    for one in [self, other] where one.plan.retrieval.isPossible {
      differences.append(
        "the endpoint of \(one.label) may look texts up, by its protocol: what it learned cannot be compared"
      )
    }
    if assignment != other.assignment {
      differences.append(
        "the canaries are not the same: other secrets, another assignment or other references "
          + "(digest \(assignment.prefix(16)) and \(other.assignment.prefix(16)))")
    }
    if plan.copies != other.plan.copies {
      differences.append(
        "the copies of one canary differ after the secret in \(plan.copies == .varied ? label : other.label) "
          + "alone")
    }
    if records != other.records {
      differences.append("the records marked as members and non-members are not the same")
    }
    if Set(run.probeSet.probes) != Set(other.run.probeSet.probes) {
      differences.append(
        "the probe sets ask different questions: '\(run.probeSet.name)' and "
          + "'\(other.run.probeSet.name)'")
    }
    if run.presentation != other.run.presentation {
      differences.append(
        "texts were put to the models in different forms: \(run.presentation.rawValue) and "
          + other.run.presentation.rawValue)
    }
    if plan.decoding != other.plan.decoding {
      differences.append("the protocols draw different numbers of samples")
    }
    if plan.decision.score != other.plan.decision.score {
      differences.append(
        "the protocols name different scores: \(plan.decision.score.rawValue) and "
          + other.plan.decision.score.rawValue)
    }
    if plan.references != other.plan.references
      || plan.targetRepetitions != other.plan.targetRepetitions
      || plan.decision.alpha != other.plan.decision.alpha || plan.edition != other.plan.edition
    {
      differences.append(
        "the protocols differ in edition, references, target repetitions or alpha")
    }
    guard !differences.isEmpty else { return }
    throw CoalmineError(
      code: "not-comparable", "the two runs cannot be compared canary by canary",
      details: differences,
      help: "ask both models about the canaries of one seeded file with one probe set",
      exit: .badData)
  }

  /// Parts with their lengths, so that no two lists of parts are the same bytes.
  private struct Parts {
    var bytes: [UInt8] = []

    mutating func add(_ text: String) { add(Array(text.utf8)) }

    mutating func add(_ part: [UInt8]) {
      bytes += Array("\(part.count):".utf8) + part
    }
  }

  private static func digest(_ fill: (inout Parts) -> Void) -> String {
    var parts = Parts()
    fill(&parts)
    return hexadecimal(sha256(parts.bytes))
  }
}
