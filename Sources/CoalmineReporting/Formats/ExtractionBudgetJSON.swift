// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

extension JSONFormat {
  static func write(_ budget: ExtractionBudget, to root: inout JSONWriter.Object) throws {
    try root.field("decoding", budget.decoding.rawValue)
    try root.field("role", budget.role.rawValue)
    try root.field("repetitions", budget.repetitions)
    try root.field("canaries", budget.canaries)
    try status(budget.curve, to: &root)
    try root.array("points") { list in
      for point in budget.curve.value ?? [] {
        try list.object { object in
          try object.field("samples", point.samples)
          try object.field("canaries", point.canaries)
          try object.field("share", point.share)
          try interval("interval", point.interval, to: &object)
          try object.field("chance_share", point.chance)
        }
      }
    }
  }
}
