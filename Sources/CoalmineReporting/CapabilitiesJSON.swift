// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What a check saw of an endpoint, as the fields of a JSON object: in reports, and as the result of
/// `coalmine check --json`.
public enum CapabilitiesJSON {
  public static func write(
    _ seen: Capabilities, _ reach: [MeasureSupport], to root: inout JSONWriter.Object
  ) throws {
    for (name, abilities) in [("claimed", seen.claimed), ("verified", seen.verified)] {
      try root.array(name) { list in for slug in abilities.slugs { try list.value(slug) } }
    }
    try root.field("noise_nats", seen.noiseNats)
    try root.field("tie_epsilon_nats", seen.tieEpsilon)
    try root.field("scorings", seen.repeats)
    try root.field("context_tokens", seen.contextTokens)
    try root.array("checks") { list in
      for item in seen.items {
        try list.object { object in
          try object.field("subject", item.subject.rawValue)
          try object.field("state", item.state.rawValue)
          try object.field("evidence", item.evidence)
        }
      }
    }
    try root.array("measures") { list in
      for row in reach {
        try list.object { object in
          try object.field("measure", row.measure)
          try object.field("possible", row.isPossible)
          try object.field("conclusion", row.conclusion)
        }
      }
    }
  }
}
