// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// What to do next in a study.
public struct NextStep: Sendable, Equatable {
  /// Which of the steps; scripts may compare it.
  public let name: Name
  /// One sentence.
  public let sentence: String
  /// The command that does it, with placeholders for what the ledger does not know.
  public let command: String?

  /// The steps, in the order of work.
  public enum Name: String, Sendable, CaseIterable {
    /// Train the model, and state how.
    case train = "train"
    /// Ask the base model.
    case probeBase = "probe-base"
    /// Ask the tuned model.
    case probeTuned = "probe-tuned"
    /// Go on with a run that has answers missing.
    case goOn = "go-on"
    /// Everything was answered.
    case score = "score"
    /// The study was retired: nothing can be asked any more.
    case retired = "retired"
  }
}

extension StudyStatus {
  /// The first step that is not done.
  public var next: NextStep {
    if let retired {
      return NextStep(
        name: .retired,
        sentence:
          "The study was retired on \(retired.at.prefix(10)): nothing can be asked any more, and "
          + "the results are kept as they were.",
        command: "coalmine score --study \(word(path))")
    }
    if let replaced = runs.last(where: \.wasAsked), replaced.isOfTwoModels {
      return NextStep(
        name: .goOn,
        sentence:
          "Another model was put in place while run \(replaced.record.number) asked, so the run "
          + "can show a leak and never pass: ask the model that is served now.",
        command: probe(replaced) + " --new-run")
    }
    if let open = runs.last(where: { $0.wasAsked && !$0.record.isComplete }) {
      let missing =
        open.answers.map { ", \($0.missing) of \($0.due) answers are not whole yet" } ?? ""
      return NextStep(
        name: .goOn,
        sentence: isHeld
          ? "Another process holds the ledger, and run \(open.record.number) is open\(missing): if "
            + "that process is 'coalmine probe', wait for it."
          : "Run \(open.record.number) is open\(missing): the same 'coalmine probe' command goes on "
            + "with it, and no stored answer is asked again. If it says that another model is served, "
            + "add '--new-run'.",
        command: probe(open))
    }
    let needsBase =
      studyProtocol.edition == .second && studyProtocol.decision.score == .tunedMinusBase
      && studyProtocol.decision.access == .textScoring
    guard tunedRuns.isEmpty else { return scored }
    if needsBase, !baseRuns.contains(where: { $0.record.isComplete }) {
      return NextStep(
        name: .probeBase,
        sentence: "Ask the base model: the protocol compares with it, so its run must be complete "
          + "before the tuned model is asked.",
        command: "coalmine probe --study \(word(path)) --endpoint URL --model NAME --as base")
    }
    if training == nil, origin == .seeded {
      return NextStep(
        name: .train,
        sentence:
          "Train the model on the seeded file, and state how: without a statement the report "
          + "has a caveat.",
        command: "coalmine trained --study \(word(path)) --model NAME --epochs N --file SEEDED")
    }
    return NextStep(
      name: .probeTuned, sentence: "Ask the tuned model; '--dry-run' says what it costs.",
      command: "coalmine probe --study \(word(path)) --endpoint URL --model "
        + (training.map { word($0.model) } ?? "NAME") + withoutScores)
  }

  /// What a first run adds where the protocol was planned for an endpoint that scores no given text: the
  /// default dialect and probe set would be refused there.
  private var withoutScores: String {
    studyProtocol.edition == .second && studyProtocol.decision.access != .textScoring
      ? " --dialect DIALECT --probe-set text-only" : ""
  }

  /// As one word of a shell; a placeholder for what is none.
  private func word(_ text: String) -> String { ShellWord.path(text) ?? "NAME" }

  private var scored: NextStep {
    NextStep(
      name: .score,
      sentence:
        "Every run that was begun is complete: compute the verdict, offline and at no cost.",
      command: "coalmine score --study \(word(path))")
  }

  /// The command that asked a run last, without what the ledger does not hold: where keys come from, and
  /// how the endpoint is reached.
  private func probe(_ asked: Run) -> String {
    let run = asked.record
    var words = [
      "coalmine probe --study \(word(path)) --endpoint \(word(run.endpoint)) "
        + "--model \(word(run.model))",
      "--dialect \(word(run.dialect))", "--probe-set \(word(run.probeSet.name))",
    ]
    if run.role == .base { words.append("--as base") }
    words += asked.call.words
    return words.joined(separator: " ")
  }
}
