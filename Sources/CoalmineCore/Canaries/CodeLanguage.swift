// SPDX-License-Identifier: Apache-2.0

/// A language of source code or configuration that a canary can be written in, told by the name of a
/// file.
///
///     CodeLanguage(fileName: "main.rs")    // .rust
///     CodeLanguage(fileName: "notes.md")   // nil
public enum CodeLanguage: String, Sendable, CaseIterable {
  /// C and C++.
  case c
  case csharp, dotenv, golang, ini, java
  /// JavaScript and TypeScript.
  case javascript
  case json, kotlin, php, python, ruby, rust, shell, sql, swift, toml, yaml

  /// What begins a comment that goes to the end of its line; `nil` where there is none.
  package var lineComment: String? {
    switch self {
    case .c, .csharp, .golang, .java, .javascript, .kotlin, .php, .rust, .swift: "//"
    case .dotenv, .python, .ruby, .shell, .toml, .yaml: "#"
    case .ini: ";"
    case .sql: "--"
    case .json: nil
    }
  }

  /// The endings of file names, in lower case and without the dot, the usual one first.
  package var endings: [String] {
    switch self {
    case .c: ["c", "h", "cc", "cpp", "cxx", "hh", "hpp", "hxx"]
    case .csharp: ["cs"]
    case .dotenv: ["env"]
    case .golang: ["go"]
    case .ini: ["ini", "cfg"]
    case .java: ["java"]
    case .javascript: ["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"]
    case .json: ["json"]
    case .kotlin: ["kt", "kts"]
    case .php: ["php"]
    case .python: ["py"]
    case .ruby: ["rb"]
    case .rust: ["rs"]
    case .shell: ["sh", "bash"]
    case .sql: ["sql"]
    case .swift: ["swift"]
    case .toml: ["toml"]
    case .yaml: ["yaml", "yml"]
    }
  }

  private static let byEnding = Dictionary(
    uniqueKeysWithValues: allCases.flatMap { language in language.endings.map { ($0, language) } })

  /// The language of a file by the ending of its name; `nil` for any other file.
  ///
  /// A file without a name before the ending, such as `.env`, counts too.
  ///
  /// - Complexity: O(length of the name).
  public init?(fileName: String) {
    let name = fileName.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."),
      let language = Self.byEnding[name[name.index(after: dot)...].lowercased()]
    else { return nil }
    self = language
  }

  /// The languages that canaries of a tree of files are written in: each that at least one in ten of
  /// its files of known languages has, by falling number of files.
  ///
  /// - Parameter names: of all files; empty where none has a known language.
  public static func main(of names: [String]) -> [CodeLanguage] {
    var counts: [CodeLanguage: Int] = [:]
    for name in names {
      if let language = CodeLanguage(fileName: name) { counts[language, default: 0] += 1 }
    }
    let all = counts.values.reduce(0, +)
    return counts.filter { 10 * $0.value >= all }
      .sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }.map(\.key)
  }
}
