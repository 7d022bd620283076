// SPDX-License-Identifier: Apache-2.0

/// Names of kinds, template texts, lists and probe sets: they stand in ids, file names and reports.
enum Slug {
  static let rule = "lower-case letters and digits in words joined by '-', at most 64 characters"

  static func isValid(_ text: String) -> Bool {
    text.utf8.count <= 64
      && text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        .allSatisfy { word in
          !word.isEmpty
            && word.allSatisfy {
              (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
        }
  }
}
