// SPDX-License-Identifier: Apache-2.0

import Coalmine
import CoalmineCore

/// What was dropped from a study, for people and for programs.
enum RetirementText {
  /// `nil` where the study is whole, or where something differs.
  static func verified(_ findings: Reread.Findings, _ study: String, values: Int?) -> [String]? {
    guard let retired = findings.retired, findings.problems.isEmpty else { return nil }
    return [
      "\(study): every digest in the ledger is correct",
      "\(Prose.count(values ?? 0, "kept result", "kept results")) (log-probabilities of secrets and "
        + "records, exposures among references) agree with the kept tokens",
    ] + lines(retired) + ["none of this can be read again, nor what was computed from it"]
  }

  static func lines(_ retired: Retirement) -> [String] {
    [
      "dropped on \(retired.at.prefix(10)) by coalmine \(retired.version): "
        + "\(Prose.count(retired.secrets, "secret", "secrets")), "
        + "\(Prose.count(retired.recordTexts, "record text", "record texts")), "
        + "\(Prose.count(retired.replies, "raw reply", "raw replies")), "
        + "\(Prose.count(retired.writtenAnswers, "written answer", "written answers")), the steps of "
        + Prose.count(retired.rankSearches, "rank search", "rank searches"),
      "digest of the ledger before: \(retired.sealDigest)",
      "root of the commitment: \(retired.commitmentRoot)",
    ]
  }

  static func fields(_ retired: Retirement, _ fields: inout JSONWriter.Object) throws {
    try fields.field("at", retired.at)
    try fields.field("version", retired.version)
    try fields.field("secrets", retired.secrets)
    try fields.field("record_texts", retired.recordTexts)
    try fields.field("replies", retired.replies)
    try fields.field("written_answers", retired.writtenAnswers)
    try fields.field("rank_searches", retired.rankSearches)
    try fields.field("seal_sha256", retired.sealDigest)
    try fields.field("commitment_root", retired.commitmentRoot)
  }
}
