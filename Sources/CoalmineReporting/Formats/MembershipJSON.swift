// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

extension JSONFormat {
  /// One membership score: the AUC, and beside it what a reader must compare it with.
  static func write(_ score: MembershipResult, to root: inout JSONWriter.Object) throws {
    try root.field("score", score.score)
    try root.array("needs") { list in
      for need in score.needs.sorted() { try list.value(need.rawValue) }
    }
    try root.field("members", score.members)
    try root.field("nonmembers", score.nonmembers)
    try status(score.auc, to: &root)
    try root.field("auc", score.auc.value?.auc)
    try interval("auc_interval", score.auc.value?.interval, to: &root)
    try root.field("method", score.auc.value?.method.rawValue)
    try root.object("blind_baseline") { blind in
      try status(score.blind, to: &blind)
      try blind.field("auc", score.blind.value?.auc)
      try blind.field("p_value", score.blind.value?.pValue)
    }
    try root.field("reached_by_blind_baseline", score.isReachedBlind)
    try root.field("note", score.isReachedBlind == true ? MembershipProse.reached : String?.none)
    try root.object("length") { length in
      try status(score.lengthAUC, to: &length)
      try length.field("auc", score.lengthAUC.value)
    }
    try root.object("tpr_at_1_percent_fpr") { found in
      try status(score.found, to: &found)
      let value = score.found.value
      try found.field("tpr", value.map { Double($0.truePositives) / Double($0.members) })
      try interval("interval", value?.interval, to: &found)
      try found.field("true_positives", value?.truePositives)
      try found.field("allowed_false_positives", value?.allowedFalsePositives)
    }
    try root.object("significance") { test in
      try status(score.significance, to: &test)
      try test.field("p_value", score.significance.value?.pValue)
      try test.field("holm_p_value", score.significance.value?.holmPValue)
      try test.field("method", score.significance.value?.method.rawValue)
    }
    try root.array("roc") { list in
      for point in score.curve {
        try list.array { pair in
          try pair.value(point.falsePositiveRate)
          try pair.value(point.truePositiveRate)
        }
      }
    }
  }
}
