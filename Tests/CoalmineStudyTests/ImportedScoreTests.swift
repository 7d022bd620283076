// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineStudy
import CoalmineTesting
import Foundation
import Testing

@Suite struct `The score of an imported study` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func score() throws -> Report {
    try ScoreVerb.score(
      study: folder.file("s.coalmine"), now: Tiny.now, version: "1.2.3")
  }

  private func slugs(_ report: Report) -> Set<String> { Set(report.result.caveats.map(\.slug)) }

  @Test func `without runs it is incomplete, and says what rests on the importer's word`() throws {
    _ = try Tiny.verb(into: folder).run(now: Tiny.now, version: "1.2.3")
    let report = try score()
    #expect(report.result.verdict == .incomplete)
    #expect(report.result.findings.map(\.slug) == ["tuned-model-not-probed"])
    // Nothing was asked, so no answer is missing, and nothing can be said of power.
    #expect(
      slugs(report) == [
        "protocol-after-training", "assignment-not-verified", "training-not-stated",
        "predictable-seed",
      ])
    let study = report.result.study
    #expect(study.origin == .imported && study.insertedCopies == 889)
    #expect(study.corpusDigest == nil && study.seededDigest == nil && study.corpusRecords == nil)
    #expect(report.result.canaries.count == 56)
    #expect(report.result.checks.training.pValue.value == nil)
  }

  @Test func `a statement about the training takes its caveat away, and only that`() throws {
    _ = try Tiny.verb(into: folder).run(now: Tiny.now, version: "1.2.3")
    let before = try slugs(score())
    try CorpusVerbs.trained(
      TrainingStatement(model: "tiny", epochs: 5, job: nil, statedBy: nil),
      study: folder.file("s.coalmine"), now: Tiny.now)
    #expect(try slugs(score()) == before.subtracting(["training-not-stated"]))
  }

  @Test func `siblings of one prompt are named`() throws {
    _ = try folder.imported([
      GoodRow.line, GoodRow.with(["id": "two", "secret": "111222"]),
      GoodRow.with(["id": "three", "prefix": "The access code of Olin Marsh is"]),
    ])
    let caveat = try #require(try score().result.caveats.first { $0.slug == "shared-prefix" })
    #expect(caveat.evidence.hasPrefix("2 canaries share 1 prompt:"))
  }

  @Test func `without records the report says that none were imported`() throws {
    _ = try folder.imported([GoodRow.line])
    let report = try score()
    #expect(report.result.notMeasured.contains { $0.slug == "no-records" })
    let page = try ReportFormats.format("md").render(report, options: ReportOptions(reveal: false))
    #expect(page.text.contains("no records were imported"), "\(page.text)")
  }

  @Test(arguments: ["json", "md", "html"])
  func `every report says so, and gives away no secret`(_ format: String) throws {
    _ = try Tiny.verb(into: folder).run(now: Tiny.now, version: "1.2.3")
    let output = folder.file("report")
    _ = try ScoreVerb.report(
      study: folder.file("s.coalmine"), format: format, to: output, force: false, reveal: false,
      now: Tiny.now, version: "1.2.3")
    let text = try String(contentsOfFile: output, encoding: .utf8)
    #expect(text.contains("imported") || text.contains("by other means"))
    for row in try Tiny.rows("canaries.jsonl") {
      #expect(!text.contains(row["secret"] as? String ?? "?"))
    }
  }
}
