// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineReporting
import CoalmineTesting
import Foundation
import Testing

@Suite struct `The JSON report` {
  private static let leak = SampleReport(.leak).report()

  // MARK: - The schema

  @Test(arguments: Verdict.allCases, [false, true])
  func `every report is what the schema says, and nothing undocumented`(
    _ verdict: Verdict, _ reveal: Bool
  ) throws {
    var checker = SchemaChecker(try schema())
    checker.check(try Rendered.json(SampleReport(verdict).report(), reveal: reveal))
    #expect(checker.violations == [])
  }

  @Test(arguments: HostileText.all)
  func `hostile text in every field keeps to the schema`(_ hostile: HostileText.Sample) throws {
    var checker = SchemaChecker(try schema())
    checker.check(try Rendered.json(SampleReport.hostile(hostile.text), reveal: true))
    #expect(checker.violations == [])
  }

  @Test func `every field that the schema documents is written by some report`() throws {
    var checker = SchemaChecker(try schema())
    for verdict in Verdict.allCases {
      checker.check(try Rendered.json(SampleReport(verdict).report(), reveal: true))
    }
    checker.check(try Rendered.json(try ForcedChoiceReportTests.report()))
    #expect(checker.violations == [])
    #expect(SchemaChecker.documented(try schema()).subtracting(checker.reached) == [])
  }

  @Test(arguments: [
    (#""verdict": "leak""#, #""verdict": "fine""#),
    (#""schema_version": 3"#, #""schema_version": 1"#),
    (#""status": "censored""#, #""status": "measured""#),
    (#""held_out": 35"#, #""held_out": -1"#),
    (#""held_out": 35"#, #""held_out": "35""#),
    (#""held_out": 35"#, #""kept_out": 35"#),
    (#""method": "mass-bound""#, #""method": "guess""#),
    (#""p_value": 0.0001"#, #""p_value": 1.5"#),
    (#""protocol_sha256": "0123"#, #""protocol_sha256": "X123"#),
    (#""slug": "token-gap","#, #""slug": "","#),
  ])
  func `the checker sees a report that breaks the schema`(_ good: String, _ bad: String) throws {
    let text = try Rendered.text(JSONFormat.self, Self.leak)
    let place = try #require(text.range(of: good))
    let broken = text.replacingCharacters(in: place, with: bad)
    var checker = SchemaChecker(try schema())
    checker.check(try JSONDocument(parsing: Array(broken.utf8)).root)
    #expect(checker.violations.count > 0)
  }

  @Test(.enabled(if: isDeep))
  func `an independent validator agrees`() throws {
    let folder = try TemporaryFolder()
    try folder.write(JSONFormat.schema, to: "schema.json")
    for verdict in Verdict.allCases {
      let bytes = try JSONFormat.render(
        SampleReport(verdict).report(), options: ReportOptions(reveal: true))
      try folder.write(bytes, to: "report-\(verdict.rawValue).json")
    }
    let validator = Process()
    validator.executableURL = URL(filePath: "/usr/bin/env")
    validator.currentDirectoryURL = folder.root
    validator.arguments = [
      "python3", "-c",
      """
      import glob, json, jsonschema
      schema = json.load(open("schema.json"))
      jsonschema.Draft202012Validator.check_schema(schema)
      for name in glob.glob("report-*.json"):
          jsonschema.Draft202012Validator(schema).validate(json.load(open(name)))
      """,
    ]
    try validator.run()
    validator.waitUntilExit()
    #expect(validator.terminationStatus == 0)
  }

  @Test func `the format names its schema, and the schema its draft`() throws {
    #expect(JSONFormat.summary.contains("report.schema.json"))
    #expect(try schema()["$schema"]?.string == "https://json-schema.org/draft/2020-12/schema")
    #expect(
      try schema()["properties"]?["schema_version"]?["const"]?.int
        == Int64(Report.schemaVersion))
  }

  // MARK: - Values

  @Test func `a measured exposure stands with interval, rank, references, ceiling and p`() throws {
    let canary = try canary("access-code-inserted-2-1")
    let exposure = try #require(canary["exposure"])
    #expect(exposure["status"]?.string == "measured")
    #expect(exposure["reason"] == nil)
    // Seven of 255 references score higher: rank 8 among 256, 5 bits.
    #expect(exposure["bits"]?.double == 5)
    #expect(exposure["rank"]?.int == 8)
    #expect(exposure["references"]?.int == 255)
    #expect(exposure["ceiling_bits"]?.double == 8)
    #expect(exposure["p_value"]?.double == 8.0 / 256)
    #expect(exposure["interval_level"]?.double == 0.95)
    #expect(exposure["method"]?.string == "sampled-references")
    let ends = try #require(exposure["interval_bits"]?.optionalDoubles)
    #expect(try #require(ends.first ?? nil) < 5 && 5 < (try #require(ends.last ?? nil)))
  }

  @Test func `an upper end without bound is null, and never a number`() throws {
    let ends = try canary("access-code-inserted-32-0")["exposure"]?["interval_bits"]
    #expect(ends?.optionalDoubles?.count == 2)
    #expect(ends?.elements?.last?.isNull == true)
    #expect(ends?.elements?.first?.isNull == false)
  }

  @Test func `what was not measured is null with status and reason, and never zero`() throws {
    let canary = try canary("access-code-inserted-1-0")
    let exposure = try #require(canary["exposure"])
    #expect(exposure["status"]?.string == "failed")
    #expect(exposure["reason"]?["slug"]?.string == "token-gap")
    for name in [
      "bits", "interval_bits", "rank", "references", "ceiling_bits", "p_value", "method",
    ] {
      #expect(exposure[name]?.isNull == true, "\(name)")
    }
    let greedy = canary["extraction"]?["greedy"]
    #expect(greedy?["status"]?.string == "censored")
    #expect(greedy?["extracted"]?.isNull == true)
    #expect(canary["tuned_minus_base"]?["status"]?.string == "not-measurable")
    #expect(canary["tuned_minus_base_nats"]?.isNull == true)
    let study = try Rendered.json(SampleReport(.inconclusive).report())["result"]
    let level = study?["repetition_levels"]?.elements?.first
    #expect(level?["median_exposure_bits"]?.isNull == true)
    #expect(level?["median_exposure"]?["reason"]?["slug"]?.string == "no-prompt-logprobs")
    #expect(level?["quartiles_bits"]?.isNull == true)
    let rank = study?["decision"]?["components"]?.elements?.first
    #expect(rank?["p_value"]?.isNull == true && rank?["status"]?.string == "not-measurable")
    #expect(study?["study"]?["training"]?["stated"]?.bool == false)
  }

  @Test func `what decides and the scores are those of the report`() throws {
    let result = try #require(try Rendered.json(Self.leak)["result"])
    let decision = try #require(result["decision"])
    #expect(decision["inserted"]?.int == 37 && decision["held_out"]?.int == 35)
    #expect(decision["p_value"]?.double == 0.000_2)
    #expect(decision["power"]?["dense"]?["power"]?.double == 0.991)
    let components = try #require(decision["components"]?.elements)
    #expect(
      components.map { $0["component"]?.string } == ["rank", "mass", "extraction", "coin"])
    #expect(components[0]["statistic"]?["auc"]?.double == 0.796)
    #expect(components[0]["p_value"]?.double == 0.000_08)
    #expect(components[0]["finds_leak"]?.bool == true)
    #expect(components[1]["look"]?.int == 2)
    #expect(components[2]["statistic"]?["found"]?.int == 3)
    #expect(result["checks"]?["training"]?["seen"]?.bool == true)
    #expect(result["run_outcomes"]?.elements?.count == 2)
    let score = result["membership"]?.elements?.first
    #expect(score?["score"]?.string == "min-k")
    #expect(score?["auc"]?.double == 0.556)
    #expect(score?["auc_interval"]?.optionalDoubles == [0.475_9, 0.633_1])
    #expect(result["membership"]?.elements?[2]["auc_interval"]?.isNull == true)
  }

  @Test func `another day changes run and not a byte of result`() throws {
    let later = SampleReport(.leak).report(writtenAt: "2031-01-01T00:00:00Z")
    let texts = try [Self.leak, later].map { try Rendered.text(JSONFormat.self, $0) }
    let results = try texts.map { text in
      let end = try #require(text.range(of: "\n  \"run\": {")).lowerBound
      return String(text[..<end])
    }
    #expect(results[0] == results[1])
    #expect(texts[0] != texts[1])
  }

  // MARK: - Text

  @Test(arguments: HostileText.all)
  func `text comes back as it was`(_ hostile: HostileText.Sample) throws {
    let root = try Rendered.json(SampleReport.hostile(hostile.text), reveal: true)
    let expected = Array(hostile.text.utf8)
    let canary = root["result"]?["canaries"]?.elements?.first
    #expect(canary?["id"]?.stringBytes == expected)
    #expect(canary?["secret"]?.stringBytes == expected)
    let outcome = root["result"]?["run_outcomes"]?.elements?.first
    #expect(outcome?["model"]?.stringBytes == expected)
    #expect(root["run"]?["version"]?.stringBytes == expected)
  }

  @Test(arguments: HostileText.all)
  func `nothing in the file can steer a terminal`(_ hostile: HostileText.Sample) throws {
    let text = try Rendered.text(
      JSONFormat.self, SampleReport.hostile(hostile.text), reveal: true)
    let steering = text.unicodeScalars.filter {
      $0 != "\n" && terminalSafe(String($0)) != String($0)
    }
    #expect(steering.isEmpty)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `a number that is none is refused and not written`(_ number: Double) throws {
    let line = ChanceBaseline(meanBits: number, medianMaximumBits: 5, canaries: 3)
    let result = Self.leak.result.with(canaries: [], chanceBaseline: line)
    let error = #expect(throws: CoalmineError.self) {
      try JSONFormat.render(Report(result: result, run: Self.leak.run), options: ReportOptions())
    }
    #expect(error?.code == "report-not-written")
  }

  private func schema() throws -> JSONNode {
    try JSONDocument(parsing: Array(JSONFormat.schema.utf8)).root
  }

  private func canary(_ id: String) throws -> JSONNode {
    try #require(
      try Rendered.json(Self.leak)["result"]?["canaries"]?.elements?.first {
        $0["id"]?.string == id
      })
  }
}
