// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import Testing

/// The prose behind slugs.
@Suite struct `Explanations of slugs` {
  @Test func `every caveat and every check is explained once, in whole sentences`() {
    let slugs = Explanations.all.map(\.slug)
    #expect(
      Set(slugs)
        == Set(Caveat.Slug.allCases.map(\.rawValue))
        .union(Capabilities.Subject.allCases.map(\.rawValue)))
    #expect(slugs == slugs.sorted() && Set(slugs).count == slugs.count)
    for entry in Explanations.all {
      #expect(entry.text.count > 80 && entry.text.count < 500, "\(entry.slug)")
      #expect(entry.text.hasSuffix("."), "\(entry.slug)")
      for word in ["anonymous", "compliant", "no leakage", "safe", "certified"] {
        #expect(!entry.text.contains(word), "\(entry.slug): \(word)")
      }
    }
  }

  @Test func `another word is refused with what to do`() {
    #expect {
      try Explanations.entry("few-reference")
    } throws: { error in
      (error as? CoalmineError)?.exit == .usage
        && (error as? CoalmineError)?.help?.contains("coalmine explain") == true
    }
  }
}
