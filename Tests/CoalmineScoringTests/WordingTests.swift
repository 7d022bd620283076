// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineScoring
import Testing

@Suite struct WordingTests {
  /// Words that no sentence of a report may hold.
  private let forbidden = [
    "anonymous", "compliant", "no leakage", "safe", "certified", "proves", "proof", "guarantee",
  ]

  private func sentences(_ result: StudyResult) -> [String] {
    ReportText.findings(result) + ReportText.notMeasured(result)
  }

  private var studies: [SimulatedStudy] {
    var studies: [SimulatedStudy] = []
    for gain in [0.0, 6] {
      for extraction in [0.0, 0.4, 1] {
        for (trained, reads) in [(true, true), (false, false)] {
          for hasBase in [true, false] {
            studies.append(
              SimulatedStudy(
                .init(
                  randomizedPerKind: 9, repetitionLevels: [4], perLevel: 2, references: 9,
                  records: 4,
                  hasBase: hasBase, gain: { $0 == 0 ? 0 : gain + ($0 > 9 ? 8 : 0) },
                  extraction: { $0 == 1 ? extraction : 0 }, trained: trained, reads: reads)))
          }
        }
      }
    }
    for probe in Probe.allCases {
      studies.append(SimulatedStudy(.init(randomizedPerKind: 9, references: 3, asked: [probe])))
      var missing = SimulatedStudy(.init(randomizedPerKind: 9, references: 3))
      missing.tuned[probe] = [:]
      studies.append(missing)
    }
    return studies
  }

  @Test func `sentences are plain, end, and promise nothing`() {
    for study in studies {
      for sentence in sentences(score(study.evidence)) {
        #expect(sentence.first?.isLowercase == false, "\(sentence)")
        #expect(sentence.last == ".", "\(sentence)")
        #expect(!sentence.contains("  ") && !sentence.contains(".."), "\(sentence)")
        #expect(!sentence.contains("nan") && !sentence.contains("inf "), "\(sentence)")
        for word in forbidden {
          #expect(!sentence.lowercased().contains(word), "\(sentence)")
        }
      }
    }
  }

  @Test func `zero of n is never bare`() {
    for study in studies {
      for sentence in sentences(score(study.evidence))
      where sentence.contains(": 0 of") && sentence.contains("rate") {
        #expect(
          sentence.contains("true rate below")
            && sentence.contains("with 95% confidence under this protocol"), "\(sentence)")
      }
    }
  }

  @Test func `numbers are rounded as sentences claim`() {
    #expect(Prose.decimal(2.5, 0) == "2")
    #expect(Prose.decimal(0.05, 1) == "0.0")
    #expect(Prose.decimal(-1.26, 1) == "-1.3")
    #expect(Prose.decimal(1.2, 3) == "1.200")
    #expect(Prose.decimal(1e300, 2) == "1e+300")
    #expect(Prose.decimal(.infinity, 2) == "inf")
    #expect(Prose.percent(0.0801, .up) == "8.1%")
    #expect(Prose.percent(0.0809, .down) == "8.0%")
    #expect(Prose.pValue(0.00001) == "p below 0.0001")
    #expect(Prose.pValue(0.05) == "p = 0.0500")
    #expect(Prose.pValue(1.0 / 256) == "p = 0.0040")
    #expect(Prose.pValue(1) == "p = 1.0000")
    #expect(Prose.count(1, "canary", "canaries") == "1 canary")
    #expect(Prose.count(0, "canary", "canaries") == "0 canaries")
    #expect(
      Prose.rate(0, of: 36, bounds: 0...0.0799)
        == "0 of 36; true rate below 8.0% with 95% confidence under this protocol")
    #expect(
      Prose.rate(36, of: 36, bounds: 0.9201...1)
        == "36 of 36; true rate above 92.0% with 95% confidence under this protocol")
    #expect(
      Prose.rate(12, of: 36, bounds: 0.2041...0.4849)
        == "12 of 36; true rate above 20.4% and below 48.5%, each with 95% confidence under this "
        + "protocol")
  }
}
