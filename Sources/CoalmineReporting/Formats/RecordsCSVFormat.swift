// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// One row per marked record of the corpus, for a spreadsheet or a data frame (RFC 4180, lines end
/// with a line feed).
///
/// A value that is not there is an empty cell, and the cell beside it says why: it is never 0. Groups
/// are numbered. With `reveal` there are the columns `group_name` and `text`; planted secrets stand in
/// neither.
///
/// - Complexity: O(records · scores).
/// Source: RFC 4180, <https://www.rfc-editor.org/rfc/rfc4180>.
public enum RecordsCSVFormat: ReportFormat {
  public static let slug = "csv-records"
  public static let fileName = "report.records.csv"
  public static let revealed = Revealed.recordTexts
  public static let summary = "one row per marked record of the corpus, with its scores"

  public static func render(_ report: Report, options: ReportOptions) throws(CoalmineError)
    -> [UInt8]
  {
    let records = report.result.records
    // Every record has the same scores.
    let scores = records.first?.scores.map(\.name) ?? report.result.membership.map(\.score)
    var text = CSVText.line(
      ["id", "membership", "group"] + (options.reveal ? ["group_name", "text"] : [])
        + ["text_bytes", "scored_status", "scored_tokens", "scored_bytes", "logprob_nats"]
        + scores.flatMap { name in
          let column = name.replacing("-", with: "_")
          return ["\(column)_status", column]
        })
    for record in records { text += CSVText.line(cells(record, reveal: options.reveal)) }
    return Array(text.utf8)
  }

  private static func cells(_ record: RecordResult, reveal: Bool) -> [String] {
    let bytes = record.text.reveal()
    var cells = [
      CSVText.inert(record.id), record.membership.rawValue,
      record.groupNumber.map(String.init) ?? "",
    ]
    if reveal {
      let group = record.group.map { String(decoding: $0.reveal(), as: UTF8.self) }
      cells.append(CSVText.inert(group ?? ""))
      cells.append(CSVText.inert(String(decoding: bytes, as: UTF8.self)))
    }
    let tokens = record.tokens.value
    cells += [
      String(bytes.count), CSVText.status(record.tokens),
      tokens.map { String($0.count) } ?? "", tokens.map { String($0.bytes) } ?? "",
      tokens.map { CSVText.number($0.nats) } ?? "",
    ]
    for score in record.scores {
      cells.append(CSVText.status(score.value))
      cells.append(score.value.value.map(CSVText.number) ?? "")
    }
    return cells
  }
}
