// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The names in a folder.
package enum FolderNames {
  /// All names but `.` and `..`, sorted by their bytes; a name need not be UTF-8.
  ///
  ///     FolderNames.read("corpus")?.map { String(decoding: $0, as: UTF8.self) }
  ///
  /// - Returns: `nil` where the folder cannot be opened; `errno` says why.
  /// - Complexity: O(n log n).
  package static func read(_ folder: String) -> [[UInt8]]? {
    guard let handle = opendir(folder) else { return nil }
    defer { closedir(handle) }
    var names: [[UInt8]] = []
    while let entry = readdir(handle) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name != [0x2E], name != [0x2E, 0x2E] { names.append(name) }
    }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }
}
