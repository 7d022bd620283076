// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Foundation
import Glibc

/// A folder that goes away with the test.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    // Thousands of small files are synchronised: in memory where that is possible.
    let memory = "/dev/shm"
    let root =
      FileManager.default.isWritableFile(atPath: memory)
      ? memory : FileManager.default.temporaryDirectory.path
    path = root + "/coalmine-ledger-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  func read(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name))))
  }

  var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
  }

  /// The permission bits of a file.
  func mode(_ name: String) -> UInt32 {
    var facts = stat()
    return stat(file(name), &facts) == 0 ? facts.st_mode & 0o7777 : 0
  }
}

/// The error of `body`, `nil` where it gave none or another kind of error.
func failure(_ body: () throws -> Void) -> CoalmineError? {
  do {
    try body()
    return nil
  } catch {
    return error as? CoalmineError
  }
}

/// Whether the deep variants were asked for.
let isDeep = ProcessInfo.processInfo.environment["COALMINE_DEEP"] == "1"

/// A small fast generator with a seed, so that a failure can be run again.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}
