// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension ReportTables {
  /// What each run asked and received, as the ledger counts it, with the sum; `nil` without a run.
  static func costs(_ runs: [RunCosts]) -> ReportTable? {
    guard !runs.isEmpty else { return nil }
    func row(_ name: String, _ runs: [RunCosts], _ opened: String, _ closed: String) -> [String] {
      func sum(_ part: (RunCosts) -> Int) -> String { String(runs.reduce(0) { $0 + part($1) }) }
      return [
        name, sum(\.queries), sum(\.requests), sum(\.failedRequests), sum(\.ambiguousRequests),
        sum(\.bytesReceived), opened, closed,
      ]
    }
    return ReportTable(
      "What the runs cost. Prices are not known to coalmine. A request that was sent and had no whole "
        + "answer may have been billed",
      [
        "run", "questions", "requests", "of these failed", "of these without a whole answer",
        "bytes received", "opened", "closed",
      ],
      runs.map { row(String($0.number), [$0], $0.openedAt, $0.closedAt ?? "still open") }
        + (runs.count > 1 ? [row("all", runs, "", "")] : []), style: .dense)
  }
}
