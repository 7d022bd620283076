// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Testing

/// The words of a report as its sources hold them, so that a sentence no sample reaches is read, too.
@Suite struct `Wording of the sources` {
  /// Every string of the target, its parts joined, without what is filled in.
  private func sentences() throws -> [(file: String, text: String)] {
    let strings = try SourceTree.files().filter { $0.target == "CoalmineReporting" }.map { file in
      let parts = file.code.matches(of: #/"((?:[^"\\\n]|\\.)*)"/#).map { String($0.output.1) }
      return (file: file.path, text: parts.joined(separator: "\u{0}"))
    }
    let templates = try ["report.mustache", "table.mustache", "history.mustache"].map {
      (file: $0, text: try Repository.text("Sources/CoalmineReporting/Templates/\($0)"))
    }
    return strings + templates
  }

  @Test func `no sentence promises what a measurement cannot`() throws {
    let sentences = try sentences()
    #expect(sentences.count > 30)
    for (file, text) in sentences {
      for word in [
        "anonymous", "anonymised", "compliant", "no leakage", "safe", "safely", "certified",
        "proves", "proven", "proof", "guarantees", "guaranteed", "risk-free",
        "got worse", "got better",
      ] {
        let found = text.lowercased().ranges(of: word).filter { range in
          let lower = text.lowercased()
          let before =
            range.lowerBound == lower.startIndex
            ? nil : lower[lower.index(before: range.lowerBound)]
          let after = range.upperBound == lower.endIndex ? nil : lower[range.upperBound]
          return before?.isLetter != true && after?.isLetter != true
        }
        #expect(found.isEmpty, "\(file): \(word)")
      }
    }
  }

  @Test func `the words are found where they stand`() throws {
    // The reading above must reach the headlines and the page's own text.
    let all = try sentences().map(\.text).joined()
    for words in [
      "the study did not see in this checkpoint the leak it was built to", "Do not release it",
      "What this report does not show", "How to remove the canaries",
    ] {
      #expect(all.contains(words), "\(words)")
    }
  }
}
