// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineReporting
import Foundation
import FoundationXML
import Testing

/// The formats that pipelines and spreadsheets read.
@Suite struct `Formats for pipelines` {
  /// How often an element stands in XML, and what its attributes are.
  private final class Elements: NSObject, XMLParserDelegate {
    var found: [(name: String, attributes: [String: String])] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) { found.append((name, attributes)) }

    static func of(_ text: String) throws -> Elements {
      let elements = Elements()
      let parser = XMLParser(data: Data(text.utf8))
      parser.delegate = elements
      try #require(parser.parse(), "\(String(describing: parser.parserError))")
      return elements
    }

    func count(_ name: String) -> Int { found.count { $0.name == name } }
  }

  @Test(arguments: Verdict.allCases)
  func `JUnit is red for every verdict but a pass`(_ verdict: Verdict) throws {
    let report = SampleReport(verdict).report()
    let xml = try Elements.of(try Rendered.text(JUnitFormat.self, report))
    let suite = try #require(xml.found.first { $0.name == "testsuite" }).attributes
    let wrong = xml.count("failure") + xml.count("error")
    #expect((wrong == 0) == (verdict == .pass))
    if verdict == .leak { #expect(xml.count("failure") >= 1) }
    if verdict == .inconclusive || verdict == .incomplete { #expect(xml.count("error") >= 1) }
    #expect(suite["tests"] == String(xml.count("testcase")))
    #expect(suite["failures"] == String(xml.count("failure")))
    #expect(suite["errors"] == String(xml.count("error")))
    #expect(suite["skipped"] == String(xml.count("skipped")))
    // No test is green beside a verdict that is not.
    if verdict != .pass { #expect(xml.count("system-out") <= report.result.gates.count) }
  }

  @Test(arguments: Verdict.allCases)
  func `SARIF and annotations hold an error for every verdict but a pass`(_ verdict: Verdict) throws
  {
    let report = SampleReport(verdict).report()
    let sarif = try JSONDocument(
      parsing: SARIFFormat.render(report, options: ReportOptions())
    ).root
    let results = try #require(sarif["runs"]?.elements?.first?["results"]?.elements)
    let levels = results.compactMap { $0["level"]?.string }
    #expect(levels.count == results.count)
    #expect(levels.contains("error") == (verdict != .pass))
    for result in results {
      // A kind other than 'fail' has the level 'none'.
      #expect((result["kind"]?.string == "fail") == (result["level"]?.string == "error"))
    }
    let lines = try Rendered.text(AnnotationsFormat.self, report).split(separator: "\n")
    #expect(lines.count == results.count)
    #expect(lines.contains { $0.hasPrefix("::error ") } == (verdict != .pass))
  }

  @Test func `a value that was not measured has no line and no number`() throws {
    let report = SampleReport(.incomplete).report()
    let text = try Rendered.text(OpenMetricsFormat.self, report)
    for component in report.result.decision.components where component.outcome.value == nil {
      #expect(
        !text.contains("coalmine_test_p_value{study=\"\(report.result.study.id)\",model=")
          || !text.contains("test=\"\(component.component.rawValue)\"} 0\n"))
    }
    let rows = try Rendered.text(CSVFormat.self, report).split(separator: "\n")
    #expect(rows.count == report.result.canaries.count + 1)
    let names = rows[0].split(separator: ",").map(String.init)
    for (row, canary) in zip(rows.dropFirst(), report.result.canaries) {
      let cells = row.split(separator: ",", omittingEmptySubsequences: false)
      let place = try #require(names.firstIndex(of: "exposure_bits"))
      #expect(cells[place].isEmpty == (canary.exposure.value == nil))
    }
  }

  @Test func `numbers of the table are those of the report`() throws {
    let report = SampleReport(.leak).report()
    let rows = try Rendered.text(CSVFormat.self, report).split(separator: "\n")
    let names = rows[0].split(separator: ",").map(String.init)
    for (row, canary) in zip(rows.dropFirst(), report.result.canaries) {
      let cells = row.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let cell = Dictionary(uniqueKeysWithValues: zip(names, cells))
      #expect(cell["id"] == canary.id && cell["secret"] == nil)
      #expect(Double(cell["exposure_bits"] ?? "") == canary.exposure.value?.bits)
      #expect(Int(cell["sampled_hits"] ?? "") == canary.sampled.value?.hits)
      #expect(cell["greedy_extracted"] == (canary.greedy.value.map { $0 ? "1" : "0" } ?? ""))
    }
  }

  @Test func `the table of records has the scores of the report`() throws {
    let report = SampleReport(.leak).report()
    let rows = try Rendered.text(RecordsCSVFormat.self, report).split(separator: "\n")
    let names = rows[0].split(separator: ",").map(String.init)
    #expect(rows.count == report.result.records.count + 1)
    for (row, record) in zip(rows.dropFirst(), report.result.records) {
      let cells = row.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let cell = Dictionary(uniqueKeysWithValues: zip(names, cells))
      #expect(cell["id"] == record.id && cell["membership"] == record.membership.rawValue)
      #expect(cell["text"] == nil && cell["group_name"] == nil)
      #expect(cell["group"] == record.groupNumber.map(String.init) ?? "")
      #expect(cell["text_bytes"] == String(record.text.reveal().count))
      #expect(cell["scored_tokens"] == record.tokens.value.map { String($0.count) } ?? "")
      for score in record.scores {
        let column = score.name.replacing("-", with: "_")
        #expect(Double(cell[column] ?? "") == score.value.value)
        #expect(cell["\(column)_status"]?.hasPrefix(score.value.status) == true)
      }
    }
    // Without records there is the line of names alone.
    let empty = try Rendered.text(RecordsCSVFormat.self, SampleReport(.incomplete).report())
    #expect(empty.split(separator: "\n").count == 1)
  }

  @Test(arguments: HostileText.all)
  func `no hostile text breaks out of any of them`(_ hostile: HostileText.Sample) throws {
    let report = SampleReport.hostile(hostile.text)
    let cases = try JSONDocument(
      parsing: SARIFFormat.render(report, options: ReportOptions())
    ).root["runs"]?.elements?.first?["results"]?.elements?.count
    let xml = try Elements.of(try Rendered.text(JUnitFormat.self, report))
    #expect(xml.count("testcase") == cases)
    #expect(
      Set(xml.found.map(\.name)).isSubset(of: [
        "testsuites", "testsuite", "properties", "property", "testcase", "system-out", "failure",
        "error", "skipped",
      ]))
    let notes = try Rendered.text(AnnotationsFormat.self, report).split(separator: "\n")
    #expect(notes.count == cases)
    for note in notes {
      #expect(note.firstMatch(of: #/^::(error|notice|warning) title=coalmine [a-z0-9-]+::/#) != nil)
    }
    for line in try Rendered.text(OpenMetricsFormat.self, report).split(separator: "\n") {
      #expect(line.hasPrefix("# ") || line.hasPrefix("coalmine_"))
    }
    let tables =
      try Rendered.text(CSVFormat.self, report, reveal: true)
      + Rendered.text(RecordsCSVFormat.self, report, reveal: true)
    for row in tables.split(separator: "\n") {
      for cell in row.split(separator: ",") where Double(cell) == nil {
        let inside = cell.hasPrefix("\"") ? cell.dropFirst() : cell
        #expect(inside.first.map { "=+-@|%".contains($0) } != true, "\(cell)")
      }
    }
    for format in NamedFormat.all where format.type.slug != "html" {
      let text = try Rendered.text(format.type, report)
      let steers = text.unicodeScalars.contains {
        $0 != "\n" && $0.properties.generalCategory == .control
      }
      #expect(!steers, "\(format.type.slug)")
      for line in text.split(separator: "\n") where format.type.slug != "github" {
        #expect(!line.drop { $0 == " " }.hasPrefix("::"), "\(format.type.slug)")
      }
    }
  }
}
