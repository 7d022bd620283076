// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Files of program text, in which a planted sentence would break the syntax and be seen at once.
enum SourceCode {
  private static let endings: Set<Substring> = [
    "py", "ipynb", "js", "mjs", "ts", "tsx", "jsx", "java", "c", "cc", "cpp", "cxx", "h", "hpp",
    "cs", "go", "rs", "rb", "php", "swift", "kt", "scala", "sh", "bash", "ps1", "sql", "html",
    "htm", "css", "xml", "svg", "yaml", "yml", "toml", "ini", "tex", "r", "jl", "lua", "pl", "hs",
    "ml", "ex", "erl", "clj", "dart", "vue", "zig", "proto", "tf",
  ]

  /// - Throws: ``CoalmineError`` `corpus-is-source-code`.
  static func check(
    _ path: String, _ name: String, _ content: [UInt8]
  ) throws(CoalmineError) {
    let ending = name.split(separator: ".", omittingEmptySubsequences: false).last ?? ""
    guard name.contains(".") && endings.contains(ending) || looksLikeCode(content) else { return }
    throw CoalmineError(
      code: "corpus-is-source-code",
      "'\(terminalSafe(path))' is source code: a canary between its lines would break it",
      help:
        "say '--format source' for source code, of which the whole folder is one corpus; if the lines "
        + "are prose, say '--format text'",
      exit: .badData)
  }

  private static let starts = [
    "def ", "class ", "import ", "from ", "#include", "function ", "return ", "public ", "private ",
    "const ", "let ", "var ", "fn ", "func ", "package ", "using ", "if (", "for (", "while (",
    "<div", "</", "SELECT ", "INSERT ", "CREATE ",
  ].map { Array($0.utf8) }

  /// Whether half of the lines begin or end as statements do.
  private static func looksLikeCode(_ content: [UInt8]) -> Bool {
    let lines = content.split(separator: 0x0A).map { line in
      line.drop(while: CorpusFormat.isBlank)
    }.filter { !$0.isEmpty }.prefix(400)
    guard lines.count >= 10 else { return false }
    let statements = lines.count { line in
      let last = line.last { !CorpusFormat.isBlank($0) }
      let ends = [UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ";")]
      return last.map(ends.contains) == true && line.count > 1
        || line.count == 1 && ends.contains(line.first ?? 0)
        || starts.contains { line.starts(with: $0) }
    }
    // Verse and prose end many lines with a semicolon, hardly ever every second one.
    return 2 * statements >= lines.count
  }
}
