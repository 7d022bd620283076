// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A study's status in plain sentences, and as JSON.
package enum StatusText {
  package static func lines(_ status: StudyStatus) -> [String] {
    var lines = ["next: \(status.next.sentence)"]
    if let command = status.next.command { lines.append("  \(command)") }
    lines.append("")
    lines.append("Study \(status.id), \(planted(status)) \(status.createdAt).")
    lines.append("Canaries: " + canaries(status) + ".")
    if status.origin == .seeded, status.studyProtocol.copies == .varied {
      lines.append("Each copy of a canary has another remark after its secret.")
    }
    if status.origin == .seeded, status.studyProtocol.contexts == .grafted {
      lines.append(
        "The context of each canary begins as a record that was taken out of the corpus; "
          + (status.studyProtocol.heldOutContexts == .planted
            ? "those of held-out canaries stand in it with a placeholder for the secret."
            : "the test by assignment has no weight."))
    }
    if status.records.members + status.records.nonmembers > 0 {
      lines.append(
        "Records: \(status.records.members) members and \(status.records.nonmembers) non-members.")
    }
    lines.append(training(status))
    if status.runs.isEmpty { lines.append("No model was asked yet.") }
    lines += status.runs.map(run)
    if let burning = status.burningRuns.first {
      lines.append(
        "The canaries are burned: run \(burning) showed every secret among references to its endpoint."
      )
    }
    if status.isHeld { lines.append("Another process holds the ledger now.") }
    return lines + [""] + conclusions(status)
  }

  private static func planted(_ status: StudyStatus) -> String {
    status.origin == .seeded ? "seeded" : "imported"
  }

  private static func canaries(_ status: StudyStatus) -> String {
    let counts = status.canaries.map { "\($0.count) \(word($0.role))" }.joined(separator: ", ")
    return counts + "; the tests look at \(status.deciding.inserted) inserted and "
      + "\(status.deciding.heldOut) held-out ones"
  }

  private static func word(_ role: Role) -> String {
    switch role {
    case .inserted: "inserted"
    case .heldOut: "held out"
    case .control: "controls"
    case .indexOnly: "in an index only"
    }
  }

  private static func training(_ status: StudyStatus) -> String {
    guard let training = status.training else { return "Nobody stated how the model was trained." }
    return "Trained, as stated: model '\(training.model)', "
      + "\(Prose.count(training.epochs, "epoch", "epochs"))"
      + (training.fileDigest == nil ? ", file not stated." : ", file stated.")
  }

  private static func run(_ run: StudyStatus.Run) -> String {
    let record = run.record
    var text = "Run \(record.number), \(record.role.rawValue) model '\(record.model)', probe set "
    text += "'\(record.probeSet.name)', begun \(record.openedAt): "
    guard run.wasAsked else { return text + "checked only, nothing of the study was asked." }
    if record.isComplete {
      text += "complete"
    } else if let answers = run.answers {
      text +=
        "open, \(answers.missing) of \(Prose.count(answers.due, "answer", "answers")) missing "
      text +=
        run.isStepwise
        ? "(a text that is scored token by token has an answer when its last token has one, and all go on "
          + "together; all samples of a question are one answer)"
        : "(all samples of a question are one answer)"
    } else {
      text += "open"
    }
    guard let costs = run.costs else { return text + "." }
    text +=
      "; \(Prose.count(costs.requests, "request", "requests")) sent in all calls, check included"
    if costs.ambiguousRequests > 0 {
      text += ", \(costs.ambiguousRequests) of them without a whole answer and perhaps billed"
    }
    if costs.failedRequests > 0 { text += ", \(costs.failedRequests) failed" }
    if !record.isComplete, let left = run.requestsLeft, left > 0 {
      text +=
        "; about \(Prose.count(left, "request", "requests")) left, at as many answers per "
        + "request as until now"
    }
    return text + "."
  }

  /// What a run can conclude, or will have to show.
  private static func conclusions(_ status: StudyStatus) -> [String] {
    guard let run = status.runs.last(where: { $0.reach != nil }), let reach = run.reach else {
      return [
        "What the endpoint can conclude is not known yet: 'coalmine check --study' says it, with "
          + "public texts alone."
      ]
    }
    let tests = reach.tests.map { "\($0.name): \($0.isPossible ? "yes" : "no") (\($0.words))" }
    return ["What run \(run.record.number) can conclude: " + reach.sentence(about: "It")]
      + tests.map { "  test by \($0)" }
  }

  /// The same as JSON.
  package static func json(_ status: StudyStatus) throws -> [UInt8] {
    var writer = JSONWriter(pretty: true)
    try writer.object { fields in
      try fields.field("study", status.path)
      try fields.field("id", status.id)
      try fields.field("created_at", status.createdAt)
      try fields.field("origin", status.origin.rawValue)
      try fields.field("burned_by_run", status.burningRuns.first)
      try fields.object("next") { object in
        try object.field("step", status.next.name.rawValue)
        try object.field("sentence", status.next.sentence)
        try object.field("command", status.next.command)
      }
      try fields.object("canaries") { object in
        for (role, count) in status.canaries {
          try object.field(role.rawValue.replacing("-", with: "_"), count)
        }
      }
      try fields.field("deciding_inserted", status.deciding.inserted)
      try fields.field("deciding_held_out", status.deciding.heldOut)
      try fields.field("members", status.records.members)
      try fields.field("nonmembers", status.records.nonmembers)
      try fields.field("ledger_is_held", status.isHeld)
      try fields.field("training_is_stated", status.training != nil)
      try fields.field("trained_model", status.training?.model)
      try fields.array("runs") { list in
        for run in status.runs { try list.object { try Self.fields(run, &$0) } }
      }
    }
    return writer.bytes
  }

  private static func fields(_ run: StudyStatus.Run, _ object: inout JSONWriter.Object) throws {
    try object.field("run", run.record.number)
    try object.field("role", run.record.role.rawValue)
    try object.field("model", run.record.model)
    try object.field("probe_set", run.record.probeSet.name)
    try object.field("opened_at", run.record.openedAt)
    try object.field("closed_at", run.record.closedAt)
    try object.field("asked", run.wasAsked)
    try object.field("answers_due", run.answers?.due)
    try object.field("answers_missing", run.answers?.missing)
    try object.field("requests", run.costs?.requests)
    try object.field("ambiguous_requests", run.costs?.ambiguousRequests)
    try object.field("failed_requests", run.costs?.failedRequests)
    try object.field("requests_left_about", run.requestsLeft)
    try object.field("can_pass", run.reach?.canPass)
    try object.field("can_find_leak", run.reach?.canFindLeak)
    try object.array("obstacles") { list in
      for one in run.reach?.obstacles ?? [] { try list.value(one) }
    }
  }
}
