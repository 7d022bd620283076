// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

extension JSONFormat {
  static func write(_ line: ChanceBaseline, to root: inout JSONWriter.Object) throws {
    try root.field("mean_exposure_bits", line.meanBits)
    try root.field("median_maximum_bits", line.medianMaximumBits)
    try root.field("canaries", line.canaries)
    try root.array("by_ceiling") { list in
      for row in line.rows {
        try list.object { object in
          try object.field("ranked_among", row.ranking.rawValue)
          try object.field("ceiling_bits", row.ceilingBits)
          try object.field("canaries", row.canaries)
          try object.field("mean_exposure_bits", row.meanBits)
          try object.field("median_maximum_bits", row.medianMaximumBits)
        }
      }
    }
  }

  static func write(_ group: ExposureGroup, to root: inout JSONWriter.Object) throws {
    try root.field("ranked_among", group.ranking.rawValue)
    try root.field("ceiling_bits", group.ceilingBits)
    try root.field("canaries", group.canaries)
    for (name, quantile) in [
      ("median", group.median), ("first_quartile", group.firstQuartile),
      ("third_quartile", group.thirdQuartile),
    ] {
      try root.object(name) { object in
        try object.field("bits", quantile.bits)
        try object.field("is_lower_bound", quantile.isLowerBound)
      }
    }
  }

  static func write(_ result: DoseResponseResult, to root: inout JSONWriter.Object) throws {
    try root.field("kind", result.kind)
    try status(result.curve, to: &root)
    let curve = result.curve.value
    try root.field("canaries", curve?.canaries)
    try root.field("censored", curve?.censored)
    try root.field("ceiling_bits", curve?.ceilingBits)
    try root.field("r_squared", curve?.rSquared)
    try root.field("p_value", curve?.pValue)
    try root.array("levels") { list in
      for level in curve?.levels ?? [] {
        try list.object { object in
          try object.field("repetitions", level.repetitions)
          try object.field("canaries", level.canaries)
          try object.field("mean_bits", level.meanBits)
          try object.field("fitted_bits", level.fittedBits)
          try object.field("is_lower_bound", level.isLowerBound)
        }
      }
    }
    // Without a curve the threshold is missing for the same reason.
    guard let threshold = curve?.threshold ?? result.curve.withoutValue() else { return }
    try root.object("threshold") { object in
      try status(threshold, to: &object)
      try object.field("bits", threshold.value?.bits)
      try object.field("repetitions", threshold.value?.repetitions)
      try object.field("interval_lower", threshold.value?.lower)
      try object.field("interval_upper", threshold.value?.upper)
    }
  }
}
