// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Writes one Swift file that holds the text of others.
///
/// ```
/// EmbedTool OUTPUT --folder /path/to/canaries access-code.yaml lists/given.txt --folder …
/// ```
///
/// Every folder becomes a static property named like it, `probe-sets` as `probeSets`: a list of
/// names and texts in the order of the command line.
@main
struct EmbedTool {
  static func main() {
    var arguments = CommandLine.arguments.dropFirst()
    guard let output = arguments.popFirst() else { stop("usage: EmbedTool OUTPUT --folder …") }
    var folders: [(path: String, files: [String])] = []
    while let argument = arguments.popFirst() {
      if argument == "--folder" {
        guard let path = arguments.popFirst() else { stop("--folder needs a path") }
        folders.append((path, []))
      } else if folders.isEmpty {
        stop("'\(argument)' stands before the first --folder")
      } else {
        folders[folders.count - 1].files.append(argument)
      }
    }
    var source = """
      // SPDX-License-Identifier: Apache-2.0
      // Written by EmbedTool from the folders named below; do not edit.

      package enum EmbeddedFiles {

      """
    for folder in folders {
      source += "  package static let \(SwiftSource.name(ofFolder: folder.path)):\n"
      source += "    [(name: String, text: String)] = [\n"
      for file in folder.files {
        let path = folder.path + "/" + file
        guard let text = String(validating: contents(of: path), as: UTF8.self) else {
          stop("'\(path)' is not UTF-8: only text can be embedded")
        }
        source += "(\(SwiftSource.literal(file)), \(SwiftSource.literal(text))),\n"
      }
      source += "    ]\n"
    }
    source += "}\n"
    write(source, to: output)
  }

  private static func contents(of path: String) -> [UInt8] {
    guard let file = fopen(path, "rb") else { stop("'\(path)': \(reason())") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&block, 1, block.count, file)
      guard count > 0 else { break }
      bytes += block[..<count]
    }
    guard ferror(file) == 0 else { stop("'\(path)': \(reason())") }
    return bytes
  }

  private static func write(_ text: String, to path: String) {
    guard let file = fopen(path, "wb") else { stop("'\(path)': \(reason())") }
    let bytes = Array(text.utf8)
    let written = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, written == bytes.count else { stop("'\(path)': \(reason())") }
  }

  private static func reason() -> String { String(cString: strerror(errno)) }

  private static func stop(_ message: String) -> Never {
    let bytes = Array("error: \(message)\n".utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    exit(1)
  }
}
