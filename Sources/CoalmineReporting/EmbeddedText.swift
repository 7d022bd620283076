// SPDX-License-Identifier: Apache-2.0

/// The texts of `Templates`, which the build puts into the program.
enum EmbeddedText {
  /// The text of that file.
  ///
  /// - Precondition: the file exists; names are literals of this target.
  static func named(_ name: String) -> String {
    for file in EmbeddedFiles.templates where file.name == name { return file.text }
    preconditionFailure("no embedded file '\(name)'")
  }
}
