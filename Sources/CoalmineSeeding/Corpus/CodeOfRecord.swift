// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Where a secret may stand in a record beside a sentence of its own.
package struct GraftPlaces: OptionSet, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  /// Behind a question that is asked whole.
  package static let answer = GraftPlaces(rawValue: 1)
  /// In JSON and in code: nothing may follow the place there, and no secret may hold a quote.
  package static let syntax = GraftPlaces(rawValue: 2)
  package static let all: GraftPlaces = [.answer, .syntax]
}

/// In which language a text of a record is source code.
///
/// ```
/// {"content": "import os\n…", "path": "tools/run.py"}    by the name of its file: python
/// {"content": "import os\n…", "language": "Python"}      by the name of its language
/// {"text": "#include <stdio.h>\n…"}                      by how it begins
/// ```
enum CodeOfRecord {
  private static let names: [String: CodeLanguage] = [
    "c": .c, "c++": .c, "cpp": .c, "c#": .csharp, "csharp": .csharp, "go": .golang,
    "golang": .golang, "ini": .ini, "java": .java, "javascript": .javascript,
    "typescript": .javascript, "kotlin": .kotlin, "php": .php, "python": .python, "ruby": .ruby,
    "rust": .rust, "shell": .shell, "bash": .shell, "sql": .sql, "swift": .swift, "toml": .toml,
    "yaml": .yaml,
  ]

  private static let languageFields = ["language", "lang", "programming_language"]
  private static let fileFields = [
    "path", "file", "filename", "file_name", "file_path", "max_stars_repo_path",
  ]

  /// - Returns: `nil` where the text is none, or its language is not told.
  static func language(
    of record: [UInt8], text: [UInt8], _ fields: RecordFields
  ) -> CodeLanguage? {
    // Code has lines.
    guard text.contains(0x0A) else { return nil }
    for member in fields.members(of: record) ?? [] {
      let name = String(decoding: member.name, as: UTF8.self).lowercased()
      let isLanguage = languageFields.contains(name)
      guard isLanguage || fileFields.contains(name),
        let value = fields.string(member.value, in: record), value.count < 1_000
      else { continue }
      let said = String(decoding: value, as: UTF8.self)
      if let found = isLanguage ? names[said.lowercased()] : CodeLanguage(fileName: said) {
        return found == .json ? nil : found
      }
    }
    return byBeginning(text)
  }

  /// By lines that no prose has.
  private static func byBeginning(_ text: [UInt8]) -> CodeLanguage? {
    func begins(_ start: String) -> Bool { text.starts(with: Array(start.utf8)) }
    if begins("<?php") { return .php }
    if begins("#!") {
      let first = String(decoding: text.prefix { $0 != 0x0A }.prefix(80), as: UTF8.self)
      return first.contains("python") ? .python : first.hasSuffix("sh") ? .shell : nil
    }
    let lines = text.prefix(4_096).split(separator: 0x0A)
    func count(_ starts: String..., ending: String = "") -> Int {
      lines.count { line in
        let bare = line.last == 0x0D ? line.dropLast() : line
        return starts.contains { bare.starts(with: Array($0.utf8)) }
          && bare.suffix(ending.utf8.count) == Array(ending.utf8)[...]
      }
    }
    if count("#include <", "#include \"") > 0 { return .c }
    if count("package ") == 1, count("func ", "import (") > 0 { return .golang }
    if count("fn ", "pub fn ", "impl ", ending: "{") > 0, count("use ", ending: ";") > 0 {
      return .rust
    }
    if count("def ", "class ", ending: ":") > 0 { return .python }
    if count("public class ", "import java", "package ", ending: "") > 1, count("import java") > 0 {
      return .java
    }
    if count("function ", "export ", "const ", "import ", ending: "{") > 0,
      count("const ", "let ", "import ", ending: ";") > 0
    {
      return .javascript
    }
    return nil
  }
}
