// SPDX-License-Identifier: Apache-2.0

/// A text with its case and white space evened out, for a second, looser comparison.
///
/// Lower case by Unicode's full mapping; every run of white space becomes one space, at both ends
/// none. Compatibility forms (NFKC: full-width letters, ligatures) stay as they are, since the
/// standard library has no such mapping.
///
/// - Complexity: O(scalars).
public func foldedText(_ text: String) -> String {
  var folded = String.UnicodeScalarView()
  var isGap = false
  for scalar in text.lowercased().unicodeScalars {
    guard !scalar.properties.isWhitespace else {
      isGap = true
      continue
    }
    if isGap, !folded.isEmpty { folded.append(" ") }
    isGap = false
    folded.append(scalar)
  }
  return String(folded)
}
