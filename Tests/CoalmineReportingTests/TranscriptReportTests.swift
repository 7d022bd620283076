// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import Testing

@Suite struct `Examples of replies in reports` {
  private static let formats: [any ReportFormat.Type] = [
    HTMLFormat.self, MarkdownFormat.self, JSONFormat.self,
  ]

  /// The words of a page on one line.
  private static func words(_ format: any ReportFormat.Type, _ report: Report) throws -> String {
    let text = try Rendered.text(format, report)
    let words = format.slug == "html" ? PageStructure.decoded(PageStructure(text).text) : text
    return words.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test(arguments: NamedFormat.all)
  func `the texts themselves stand in three formats, and only on request`(_ format: NamedFormat)
    throws
  {
    let report = SampleReport(.leak).report()
    #expect(try !Rendered.text(format.type, report).contains(SampleTranscripts.clear))
    let shows = try Rendered.text(format.type, report, reveal: true)
      .contains(SampleTranscripts.clear)
    #expect(shows == Self.formats.contains { $0.slug == format.type.slug })
  }

  @Test func `between prompt and reply stands a line that says so`() throws {
    let report = SampleReport(.leak).report()
    for format in Self.formats.prefix(2) {
      let text = try Self.words(format, report)
      let start = try #require(text.range(of: "Hit: the reply holds")).upperBound
      var place = start
      for part in [
        "access-code-001, 1 copy; greedy-extraction, reply 1, ended by: stop",
        "The access code of Ines Dalby is", "the prompt ends here; the model wrote:",
        "secret of access-code-001",
      ] {
        place = try #require(text[place...].range(of: part), "\(format.slug): \(part)").upperBound
      }
    }
  }

  @Test func `every class has its title, and one without an example is named`() throws {
    for format in Self.formats.prefix(2) {
      let leak = try Self.words(format, SampleReport(.leak).report())
      for title in ["Hit: ", "Near hit: ", "Off target: ", "Refusal: ", "Miss: "] {
        #expect(leak.contains(title), "\(format.slug): \(title)")
      }
      #expect(!leak.contains("No example was found"))
      let pass = try Self.words(format, SampleReport(.pass).report())
      #expect(pass.contains("No example was found of: hit, near-hit, off-target, refusal."))
      #expect(!pass.contains("Hit: the reply"))
    }
  }

  @Test func `a retired study says that its replies are gone`() throws {
    for format in Self.formats.prefix(2) {
      let text = try Self.words(format, SampleReport(.inconclusive).report())
      #expect(text.contains("No reply can be shown: the study was retired on 2027-03-02"))
      #expect(!text.contains("the prompt ends here"))
    }
    let root = try Rendered.json(SampleReport(.inconclusive).report())
    #expect(root["transcripts"]?["missing"]?["slug"]?.string == "replies-dropped")
    #expect(root["transcripts"]?["examples"]?.elements?.isEmpty == true)
  }

  @Test func `where nobody read replies, nothing is said of them`() throws {
    let leak = SampleReport(.leak).report()
    let without = Report(result: leak.result, run: leak.run)
    for format in Self.formats.prefix(2) {
      #expect(try !Self.words(format, without).contains("Examples of replies"))
    }
    #expect(try Rendered.json(without)["transcripts"]?.isNull == true)
  }

  @Test func `a held-out canary is named as the table of canaries names it`() throws {
    let text = try Self.words(HTMLFormat.self, SampleReport(.leak).report())
    #expect(text.contains("access-code-006, held out; greedy-extraction"))
  }

  @Test(arguments: HostileText.all)
  func `hostile texts are shown and act on nothing`(_ hostile: HostileText.Sample) throws {
    let plain = PageStructure(try Rendered.html(SampleReport.hostile("plain")))
    let page = PageStructure(try Rendered.html(SampleReport.hostile(hostile.text)))
    #expect(page.tags == plain.tags)
    let leak = SampleReport(.leak).report()
    let report = Report(
      result: leak.result, run: leak.run,
      transcripts: SampleTranscripts(.leak, rewrite: { _ in hostile.text }).all)
    for line in try Rendered.markdown(report).split(separator: "\n") {
      #expect(!line.hasPrefix("::") && !line.hasPrefix("##["), "\(line)")
    }
    let root = try Rendered.json(report, reveal: true)
    let reply = root["transcripts"]?["examples"]?.elements?.first?["reply"]
    #expect(reply?["clear"]?.stringBytes == Array(hostile.text.utf8))
  }
}
