// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Forced choices, the same in every format.
enum ForcedChoiceText {
  /// What was asked, and what it is worth.
  static func sentence(_ choice: ForcedChoiceResult) -> String {
    "In run \(choice.run) the model '\(terminalSafe(choice.model))' chose among a secret and references, "
      + "\(choice.texts) texts per question where the space has as many, in an order that chance drew. "
      + "Its endpoint need not be that of the run that is shown here. "
      + "Secondary: it changes no verdict. These questions showed every secret to whoever runs the "
      + "endpoint: the canaries are burned."
  }

  static func table(_ choice: ForcedChoiceResult) -> ReportTable {
    ReportTable(
      "Forced choices: how often the secret alone is the most probable text, and the exact test of the "
        + "sum of ranks: one-sided for canaries in the file, two-sided for held-out ones",
      ["canaries", "answered", "secret first", "by chance", "p"],
      choice.groups.map { group in
        [
          name(group.role), "\(group.answered) of \(group.canaries)", ReportProse.rate(group.first),
          Prose.decimal(group.firstByChance, 1),
          group.pValue.value.map(Prose.pValue) ?? ReportProse.missing(group.pValue),
        ]
      }, style: .tight)
  }

  private static func name(_ role: Role) -> String {
    switch role {
    case .inserted: "inserted, of the tests"
    case .heldOut: "held out"
    case .control: "controls"
    case .indexOnly: "index only"
    }
  }
}

/// Forced choices as JSON.
enum ForcedChoiceJSON {
  /// Without a run of them everything is null, and there are no groups.
  static func write(_ choice: ForcedChoiceResult?, to root: inout JSONWriter.Object) throws {
    try root.field("run", choice?.run)
    try root.field("model", choice?.model)
    try root.field("texts", choice?.texts)
    try root.array("groups") { list in
      for group in choice?.groups ?? [] {
        try list.object { object in
          try object.field("role", group.role.rawValue)
          try object.field("canaries", group.canaries)
          try object.field("answered", group.answered)
          try object.field("first", group.first.value?.hits)
          try object.field("first_by_chance", group.firstByChance)
          try object.field("first_share_lower", group.first.value?.interval.lower)
          try object.field("first_share_upper", group.first.value?.interval.upper)
          try JSONFormat.status(group.pValue, to: &object)
          try object.field("p_value", group.pValue.value)
        }
      }
    }
  }
}
