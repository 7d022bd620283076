// SPDX-License-Identifier: Apache-2.0

extension String {
  /// The text with single marks written otherwise.
  ///
  /// Scalar by scalar: as a `Character` a quotation mark before a combining accent is no quotation
  /// mark, and would be left as it is.
  func escaping(_ marks: [Unicode.Scalar: String]) -> String {
    var result = ""
    for scalar in unicodeScalars {
      if let other = marks[scalar] { result += other } else { result.unicodeScalars.append(scalar) }
    }
    return result
  }
}
