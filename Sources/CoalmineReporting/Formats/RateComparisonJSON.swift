// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

extension JSONFormat {
  static func write(_ comparison: RateComparison, to root: inout JSONWriter.Object) throws {
    try root.field("name", comparison.name.rawValue)
    try status(comparison.outcome, to: &root)
    let value = comparison.outcome.value
    try root.field("test", value?.test.rawValue)
    for (name, rate) in [("first", value?.first), ("second", value?.second)] {
      try root.object(name) { object in
        try object.field("hits", rate?.hits)
        try object.field("trials", rate?.trials)
        try interval("interval", rate?.interval, to: &object)
      }
    }
    try root.field("only_first", value?.discordant?.onlyFirst)
    try root.field("only_second", value?.discordant?.onlySecond)
    try root.field("p_value", value?.pValue)
  }
}
