// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A folder that goes away with the test.
public final class TemporaryFolder: Sendable {
  public enum Place: Sendable {
    /// Where the machine keeps temporary files, which is most like where a user's files are.
    case disk
    /// In memory where that is possible, for tests that synchronise thousands of small files.
    case memory
  }

  public let root: URL

  public init(in place: Place = .disk) throws {
    let memory = "/dev/shm"
    let parent =
      place == .memory && FileManager.default.isWritableFile(atPath: memory)
      ? URL(fileURLWithPath: memory) : FileManager.default.temporaryDirectory
    root = parent.appendingPathComponent("coalmine-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  public var path: String { root.path }

  /// The path of a file in it, whether there is one or not.
  public func file(_ name: String) -> String { path + "/" + name }

  /// The same as a URL.
  public func url(_ name: String) -> URL { root.appendingPathComponent(name) }

  /// Writes a file, with the folders on the way to it, and returns its path.
  @discardableResult
  public func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
    if name.contains("/") {
      try FileManager.default.createDirectory(
        at: url(name).deletingLastPathComponent(), withIntermediateDirectories: true)
    }
    try Data(bytes).write(to: url(name))
    return file(name)
  }

  @discardableResult
  public func write(_ text: String, to name: String) throws -> String {
    try write(text.utf8, to: name)
  }

  public func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url(name))) }

  /// The names of all files in it, sorted.
  public var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}
