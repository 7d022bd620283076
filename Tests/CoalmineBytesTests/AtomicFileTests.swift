// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Foundation
import Testing

/// A folder of its own for a test, removed with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "coalmine-bytes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

  func bytes(_ name: String) -> [UInt8]? {
    FileManager.default.contents(atPath: file(name)).map { Array($0) }
  }
}

@Suite struct `Atomic files` {
  static func failure(_ body: () throws(AtomicFile.Failure) -> Void) -> AtomicFile.Failure? {
    do throws(AtomicFile.Failure) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test func `a file is under its name only when it is whole`() throws {
    let folder = try TemporaryFolder()
    let file = try AtomicFile(folder.file("a"))
    try file.write([1, 2])
    try file.write([UInt8](repeating: 3, count: 3 << 20))
    #expect(!folder.names.contains("a") && folder.names.count == 1)
    try file.commit()
    #expect(folder.names == ["a"])
    #expect(folder.bytes("a") == [1, 2] + [UInt8](repeating: 3, count: 3 << 20))
  }

  @Test func `a file that is dropped leaves nothing`() throws {
    let folder = try TemporaryFolder()
    do {
      let file = try AtomicFile(folder.file("a"))
      try file.write([UInt8](repeating: 1, count: 2 << 20))
    }
    #expect(folder.names.isEmpty)
  }

  @Test(arguments: [UInt32(0o600), 0o644, 0o400, 0o666])
  func `the mode is what was promised, whatever the umask`(_ mode: UInt32) throws {
    let folder = try TemporaryFolder()
    let file = try AtomicFile(folder.file("a"), mode: mode)
    for name in folder.names {
      var early = stat()
      #expect(stat(folder.file(name), &early) == 0 && early.st_mode & 0o7777 == mode)
    }
    try file.write([1])
    try file.commit()
    var status = stat()
    #expect(stat(folder.file("a"), &status) == 0 && status.st_mode & 0o7777 == mode)
  }

  @Test func `a file is the owner's alone unless said otherwise`() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write([1], to: folder.file("a"))
    var status = stat()
    #expect(stat(folder.file("a"), &status) == 0 && status.st_mode & 0o7777 == 0o600)
  }

  @Test func `a taken name is kept unless overwriting was asked for`() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write([1], to: folder.file("a"))
    let failure = Self.failure { () throws(AtomicFile.Failure) in
      try AtomicFile.write([2], to: folder.file("a"))
    }
    #expect(failure?.step == "exists" && failure?.number == EEXIST)
    #expect(folder.bytes("a") == [1] && folder.names == ["a"])
    try AtomicFile.write([2], to: folder.file("a"), overwriting: true)
    #expect(folder.bytes("a") == [2] && folder.names == ["a"])
  }

  @Test(arguments: [true, false])
  func `a symbolic link is never followed, dangling or not`(_ dangling: Bool) throws {
    let folder = try TemporaryFolder()
    if !dangling { try AtomicFile.write([9], to: folder.file("target")) }
    #expect(symlink(folder.file("target"), folder.file("link")) == 0)
    let failure = Self.failure { () throws(AtomicFile.Failure) in
      try AtomicFile.write([1], to: folder.file("link"))
    }
    #expect(failure?.step == "exists")
    try AtomicFile.write([2], to: folder.file("link"), overwriting: true)
    #expect(folder.bytes("link") == [2])
    #expect(folder.bytes("target") == (dangling ? nil : [9]))
  }

  @Test func `a folder cannot be replaced by a file`() throws {
    let folder = try TemporaryFolder()
    #expect(mkdir(folder.file("a"), 0o700) == 0)
    for overwriting in [true, false] {
      let failure = Self.failure { () throws(AtomicFile.Failure) in
        try AtomicFile.write([1], to: folder.file("a"), overwriting: overwriting)
      }
      #expect(failure?.step == (overwriting ? "rename" : "exists"))
    }
    #expect(folder.names == ["a"])
  }

  @Test func `a folder that is missing, no folder, or not writable is told at once`() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write([1], to: folder.file("file"))
    for (path, number) in [
      (folder.file("missing/a"), ENOENT), (folder.file("file/a"), ENOTDIR), ("/proc/a", ENOENT),
      (folder.file(String(repeating: "n", count: 250)), ENAMETOOLONG),
    ] {
      let failure = Self.failure { () throws(AtomicFile.Failure) in _ = try AtomicFile(path) }
      #expect(failure?.path == path && failure?.number == number && failure?.step == "create")
      #expect(failure?.text.isEmpty == false && failure?.isDiskFull == false)
    }
  }

  @Test func `of many writers of one new name exactly one wins`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a")
    for round in 0..<50 {
      let name = "\(path)\(round)"
      let winners = await withTaskGroup(of: UInt8?.self) { group in
        for writer in UInt8(0)..<8 {
          group.addTask { (try? AtomicFile.write([writer], to: name)) == nil ? nil : writer }
        }
        return await group.reduce(into: [UInt8]()) { if let won = $1 { $0.append(won) } }
      }
      #expect(winners.count == 1)
      #expect(folder.bytes("a\(round)") == winners)
    }
    #expect(folder.names.count == 50)
  }

  @Test func `a reader sees a whole file while it is replaced`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a")
    try AtomicFile.write([UInt8](repeating: 0, count: 5_000), to: path)
    let writer = Task {
      for round in UInt8(1)...100 {
        try AtomicFile.write([UInt8](repeating: round, count: 5_000), to: path, overwriting: true)
      }
    }
    for _ in 0..<500 {
      let bytes = try #require(folder.bytes("a"))
      #expect(bytes.count == 5_000 && Set(bytes).count == 1)
      await Task.yield()
    }
    try await writer.value
    #expect(folder.names == ["a"])
  }

  @Test func `a file that does not fit leaves nothing and cannot be committed later`() async {
    // A process of its own: the limit on the size of files holds for all of it.
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      let folder = try TemporaryFolder()
      var limit = rlimit(rlim_cur: 1_500_000, rlim_max: rlim_t.max)
      guard getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(9) }
      limit.rlim_cur = 1_500_000
      guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(10) }
      let file = try AtomicFile(folder.file("a"))
      let first = `Atomic files`.failure { () throws(AtomicFile.Failure) in
        try file.write([UInt8](repeating: 1, count: 2 << 20))
      }
      guard first?.step == "write", first?.number == EFBIG else { exit(11) }
      guard folder.names.isEmpty else { exit(12) }
      limit.rlim_cur = limit.rlim_max
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      guard `Atomic files`.failure({ () throws(AtomicFile.Failure) in try file.commit() }) != nil
      else { exit(13) }
      guard folder.names.isEmpty else { exit(14) }
    }
  }
}
