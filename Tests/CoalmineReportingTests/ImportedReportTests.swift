// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineReporting
import Testing

@Suite struct `The report of an imported study` {
  private let report: Report

  init() {
    let sample = SampleReport(.leak).report()
    let own = sample.result
    let facts = StudyFacts(
      id: own.study.id, protocolDigest: own.study.protocolDigest, origin: .imported,
      corpusDigest: nil, seededDigest: nil, corpusRecords: nil, insertedCopies: 889,
      training: nil, runs: own.study.runs)
    report = sample.with(study: facts)
  }

  @Test func `as JSON it keeps to the schema, with nulls for what is not known`() throws {
    let root = try Rendered.json(report, reveal: false)
    var checker = SchemaChecker(try JSONDocument(parsing: Array(JSONFormat.schema.utf8)).root)
    checker.check(root)
    #expect(checker.violations == [])
    let study = try #require(root["result"]?["study"])
    #expect(study["origin"]?.string == "imported" && study["inserted_copies"]?.int == 889)
    for field in ["corpus_sha256", "seeded_sha256", "corpus_records"] {
      #expect(study[field]?.isNull == true)
    }
  }

  @Test func `for people it names no corpus and no random assignment of ours`() throws {
    for text in [
      try Rendered.text(MarkdownFormat.self, report), try Rendered.text(HTMLFormat.self, report),
    ] {
      #expect(text.contains("were planted before this study by other means, 889 copies in all"))
      #expect(!text.contains("held out by random assignment"))
      #expect(!text.contains("drawn the same way and left out by random assignment"))
    }
    let page = try Rendered.text(HTMLFormat.self, report)
    #expect(page.contains("not known: the canaries were imported"))
  }
}
