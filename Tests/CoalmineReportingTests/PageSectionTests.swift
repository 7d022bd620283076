// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import Testing

@Suite struct `Sections of the page` {
  private let leak = SampleReport(.leak).report()

  private func words(_ report: Report) throws -> String {
    PageStructure.decoded(PageStructure(try Rendered.html(report)).text)
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test func `every attack class says how it was run or why not`() throws {
    let text = try words(leak)
    #expect(
      text.contains(
        "membership inference run: planted secrets and corpus records secrets: the test by rank, the "
          + "test by mass, the test by extraction, the test by assignment; records: 3 scores, secondary"
      ))
    #expect(text.contains("from their own prompts per canary: 1 most likely continuation, "))
    #expect(text.contains("model inversion not run coalmine has no test for it"))
    let missing = try words(SampleReport(.incomplete).report())
    #expect(missing.contains("membership inference not run no run of the tuned model was probed"))
  }

  @Test func `the number of replies per canary is the largest and the smallest asked`() throws {
    let canaries = leak.result.canaries.filter { $0.sampled.value != nil }
    let samples = canaries.compactMap(\.sampled.value?.samples)
    let least = try #require(samples.min())
    let most = try #require(samples.max())
    let told =
      least == most
      ? "\(most) sampled at temperature 1" : "\(least) to \(most) sampled at temperature 1"
    #expect(try words(leak).contains(told))
  }

  @Test func `costs are told for every run, and their sum for more than one`() throws {
    let text = try words(leak)
    #expect(text.contains("What the runs cost."))
    // Two runs of 518 requests each, of which 2 failed and 1 had no whole answer.
    #expect(text.contains("all 62608 1036 4 2 18246912"))
    #expect(try !words(SampleReport(.incomplete).report()).contains("all 31304"))
    let none = Report(
      result: leak.result, run: RunFacts(version: "0.1.0", writtenAt: "", runs: []))
    #expect(try !words(none).contains("What the runs cost."))
  }

  @Test func `canaries of a seeded file are removed by unseed, those of others are not`() throws {
    let seeded = try words(leak)
    #expect(seeded.contains("How to remove the canaries"))
    #expect(seeded.contains("'coalmine unseed SEEDED --study STUDY --output CORPUS'"))
    let facts = leak.result.study
    let imported = try words(
      leak.with(
        study: StudyFacts(
          id: facts.id, protocolDigest: facts.protocolDigest, origin: .imported, corpusDigest: nil,
          seededDigest: nil, corpusRecords: nil, insertedCopies: 5, training: nil, runs: facts.runs)
      ))
    #expect(imported.contains("coalmine cannot remove them from a file"))
    #expect(!imported.contains("unseed"))
  }
}

@Suite struct `ROC curves` {
  private func picture(_ membership: [MembershipResult]) throws -> PageStructure {
    let page = try Rendered.html(SampleReport(.leak).report().with(membership: membership))
    guard let start = page.firstRange(of: "<title id=\"roc-title\">") else {
      return PageStructure("")
    }
    let rest = page[start.lowerBound...]
    let end = try #require(rest.firstRange(of: "</svg>"))
    return PageStructure(String(rest[..<end.lowerBound]))
  }

  private func score(_ curve: [(Double, Double)], records: Int = 100) -> MembershipResult {
    let sample = SampleReport(.leak).report().result.membership[0]
    return MembershipResult(
      score: sample.score, members: records, nonmembers: records, auc: sample.auc,
      found: sample.found,
      curve: curve.map { .init(falsePositiveRate: $0.0, truePositiveRate: $0.1) },
      blind: sample.blind, lengthAUC: sample.lengthAUC, significance: sample.significance)
  }

  private func points(_ picture: PageStructure) throws -> [(x: Double, y: Double)] {
    let line = try #require(picture.tags.first { $0["class"] == "curve" }?["points"])
    return line.split(separator: " ").compactMap { pair in
      let numbers = pair.split(separator: ",").compactMap { Double($0) }
      return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
    }
  }

  @Test func `every measured score has a panel, and no other`() throws {
    let picture = try picture(SampleReport(.leak).report().result.membership)
    #expect(picture.tags.count { $0["class"] == "curve" } == 3)
    for name in ["min-k", "reference", "loss"] { #expect(picture.text.contains(" \(name) ")) }
    #expect(!picture.text.contains("zlib"))
    #expect(picture.text.contains("min-k: 3 of 100 (0."))
  }

  @Test func `without a measured score there is no picture`() throws {
    #expect(try picture([]).tags.isEmpty)
    #expect(try picture([score([])]).tags.isEmpty)
  }

  @Test func `a tenth of the rate is one step to the left, and zero stands at the axis`() throws {
    let drawn = try points(
      picture([score([(0, 0), (0.01, 0.1), (0.1, 0.5), (1, 1)], records: 1_000)]))
    // Each threshold is a step across at the lower share, then a step up.
    let x = drawn.map(\.x)
    #expect(x[2] == x[3] && x[4] == x[5] && x[6] == x[7])
    let decade = x[6] - x[4]
    #expect(decade > 30)
    #expect(abs((x[4] - x[2]) - decade) < 0.2)
    #expect(abs((x[2] - x[0]) - 2 * decade) < 0.3)
    #expect(drawn[2].y == drawn[1].y && drawn[3].y < drawn[2].y)
  }

  @Test func `the axis reaches the smallest share that the records can show`() throws {
    let few = try picture([score([(0, 0), (1, 1)], records: 10)])
    let many = try picture([score([(0, 0), (1, 1)], records: 1_000)])
    #expect(few.text.contains(" 0.1 ") && !few.text.contains(" 0.01 "))
    #expect(many.text.contains(" 0.001 ") && !many.text.contains(" 0.0001 "))
  }

  @Test(arguments: [1, 2, 3, 4, 11])
  func `every panel lies inside the picture`(_ scores: Int) throws {
    let curve: [(Double, Double)] = [(0, 0), (0.000_001, 0.5), (1, 1)]
    let membership = Array(repeating: score(curve, records: 1_000_000), count: scores)
    let page = try Rendered.html(SampleReport(.leak).report().with(membership: membership))
    let start = try #require(page.firstRange(of: "aria-labelledby=\"roc-title"))
    let head = try #require(page[..<start.lowerBound].ranges(of: "<svg").last)
    let tags = PageStructure(String(page[head.lowerBound...])).tags
    let size = try #require(tags.first?["viewbox"]).split(separator: " ").compactMap { Double($0) }
    let end = try #require(tags.firstIndex { $0.name == "/svg" })
    for tag in tags[..<end] {
      for (name, limit) in [("x", 2), ("x1", 2), ("x2", 2), ("y", 3), ("y1", 3), ("y2", 3)] {
        guard let place = tag[name].flatMap(Double.init) else { continue }
        #expect(place >= 0 && place <= size[limit])
      }
    }
  }
}
