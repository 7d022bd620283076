// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// OpenMetrics text for Prometheus: verdict, p-values, exposure and extraction by repetition, answers.
///
/// A value that was not measured has no line: it is never 0. Every line bears the study and the model.
/// It never holds a secret.
/// Source: OpenMetrics 1.0, https://prometheus.io/docs/specs/om/open_metrics_spec/.
public enum OpenMetricsFormat: ReportFormat {
  public static let slug = "openmetrics"
  public static let summary = "OpenMetrics text for Prometheus"
  public static let fileName = "report.openmetrics.txt"
  public static let revealed = Revealed.nothing

  public static func render(_ report: Report, options: ReportOptions) throws(CoalmineError)
    -> [UInt8]
  {
    let result = report.result
    var page = Page(
      labels: [
        ("study", result.study.id), ("model", result.runOutcomes.last?.model ?? ""),
      ])
    page.family("coalmine_verdict", "stateset", "Verdict on the checkpoint.")
    for verdict in Verdict.allCases {
      page.sample(
        "coalmine_verdict", [("coalmine_verdict", verdict.rawValue)],
        result.verdict == verdict ? 1 : 0)
    }
    page.family("coalmine_test_p_value", "gauge", "One-sided p of a test that decides.")
    for test in result.decision.components {
      page.sample(
        "coalmine_test_p_value", [("test", test.component.rawValue)], test.outcome.value?.pValue)
    }
    page.family("coalmine_test_p_limit", "gauge", "Largest p at which the test finds a leak.")
    for test in result.decision.components where test.decides {
      page.sample("coalmine_test_p_limit", [("test", test.component.rawValue)], test.level)
    }
    page.family("coalmine_combined_p_value", "gauge", "p of all tests together.")
    page.sample("coalmine_combined_p_value", [], result.decision.combinedP)
    power(result, &page)
    levels(result, &page)
    page.family("coalmine_membership_auc", "gauge", "AUC of a membership score of records.")
    for score in result.membership {
      page.sample("coalmine_membership_auc", [("score", score.score)], score.auc.value?.auc)
    }
    page.family("coalmine_answers", "gauge", "Answers that are due, and what became of them.")
    for (state, count) in [
      ("due", result.answers.due), ("missing", result.answers.missing),
      ("withheld", result.answers.withheld), ("unreadable", result.answers.unreadable),
    ] {
      page.sample("coalmine_answers", [("state", state)], Double(count))
    }
    page.family("coalmine_requests", "gauge", "Requests of a run.")
    for run in report.run.runs {
      page.sample("coalmine_requests", [("run", String(run.number))], Double(run.requests))
    }
    return Array((page.text + "# EOF\n").utf8)
  }

  private static func power(_ result: StudyResult, _ page: inout Page) {
    page.family("coalmine_power", "gauge", "Simulated probability of finding a planned leak.")
    page.sample("coalmine_power", [("leak", "dense")], result.decision.power?.dense?.power)
    page.sample("coalmine_power", [("leak", "sparse")], result.decision.power?.sparse?.power)
  }

  private static func levels(_ result: StudyResult, _ page: inout Page) {
    func labels(_ level: RepetitionLevelResult) -> [(String, String)] {
      [("role", level.role.rawValue), ("repetitions", String(level.repetitions))]
    }
    page.family("coalmine_median_exposure_bits", "gauge", "Median exposure of canaries, in bits.")
    for level in result.levels {
      page.sample("coalmine_median_exposure_bits", labels(level), level.medianExposureBits.value)
    }
    page.family("coalmine_extracted_canaries", "gauge", "Canaries whose secret was given back.")
    page.family("coalmine_asked_canaries", "gauge", "Canaries that were asked for their secret.")
    for level in result.levels {
      for (name, rate) in [
        ("greedy", level.greedy), ("sampled", level.sampled), ("defaults", level.defaults),
      ] {
        let by = labels(level) + [("method", name)]
        page.sample("coalmine_extracted_canaries", by, rate.value.map { Double($0.hits) })
        page.sample("coalmine_asked_canaries", by, rate.value.map { Double($0.trials) })
      }
    }
  }

  /// Metric families in the order in which they were begun, each with its own samples.
  private struct Page {
    let labels: [(String, String)]
    private var order: [String] = []
    private var heads: [String: String] = [:]
    private var samples: [String: String] = [:]

    init(labels: [(String, String)]) { self.labels = labels }

    var text: String {
      order.map { name in samples[name].map { (heads[name] ?? "") + $0 } ?? "" }.joined()
    }

    mutating func family(_ name: String, _ type: String, _ help: String) {
      order.append(name)
      heads[name] = "# TYPE \(name) \(type)\n# HELP \(name) \(help)\n"
    }

    mutating func sample(_ name: String, _ more: [(String, String)], _ value: Double?) {
      guard let value, value.isFinite else { return }
      let all = (labels + more).map { "\($0.0)=\"\(Self.escape($0.1))\"" }
      let written = value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
      samples[name, default: ""] += "\(name){\(all.joined(separator: ","))} \(written)\n"
    }

    private static func escape(_ text: String) -> String {
      terminalSafe(text).escaping(["\\": "\\\\", "\"": "\\\""])
    }
  }
}
