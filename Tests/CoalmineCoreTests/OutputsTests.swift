// SPDX-License-Identifier: Apache-2.0

import CBytes
import CoalmineCore
import CoalmineTesting
import Foundation
import Glibc
import Testing

@Suite struct `Outputs of a command` {
  private func write(
    _ bytes: [UInt8], to path: String, _ existing: Outputs.Existing = .keep,
    reading inputs: [String] = []
  ) -> CoalmineError? {
    CoalmineError.thrown {
      try Outputs(reading: inputs).write(bytes, to: path, existing: existing)
    }
  }

  @Test func `a file is under its name only when it is whole`() throws {
    let folder = try TemporaryFolder()
    let file = try Outputs(reading: []).open(folder.file("a"), existing: .keep)
    try file.write([1, 2])
    try file.write([UInt8](repeating: 3, count: 3 << 20))
    #expect(folder.names == ["a.coalmine-partial"])
    try file.commit()
    #expect(folder.names == ["a"])
    #expect(try folder.read("a") == [1, 2] + [UInt8](repeating: 3, count: 3 << 20))
  }

  @Test func `a file that is dropped leaves nothing`() throws {
    let folder = try TemporaryFolder()
    do {
      let file = try Outputs(reading: []).open(folder.file("a"), existing: .keep)
      try file.write([UInt8](repeating: 1, count: 2 << 20))
    }
    #expect(folder.names.isEmpty)
  }

  @Test(arguments: [UInt32(0o600), 0o644, 0o400, 0o666])
  func `the mode is what was promised, whatever the umask`(_ mode: UInt32) throws {
    let folder = try TemporaryFolder()
    let file = try Outputs(reading: []).open(folder.file("a"), existing: .keep, mode: mode)
    var facts = stat()
    #expect(stat(folder.file("a.coalmine-partial"), &facts) == 0)
    #expect(facts.st_mode & 0o7777 == mode)
    try file.write([1])
    try file.commit()
    #expect(stat(folder.file("a"), &facts) == 0 && facts.st_mode & 0o7777 == mode)
  }

  @Test func `a taken name is kept unless the user forces it, a ledger always`() throws {
    let folder = try TemporaryFolder()
    #expect(write([1], to: folder.file("a")) == nil)
    let kept = write([2], to: folder.file("a"))
    #expect(kept?.code == "output-exists" && kept?.exit == .cannotCreate)
    #expect(kept?.help?.contains("--force") == true)
    let always = write([2], to: folder.file("a"), .keepAlways)
    #expect(always?.code == "output-exists" && always?.help?.contains("--force") == false)
    #expect(try folder.read("a") == [1] && folder.names == ["a"])
    #expect(write([2], to: folder.file("a"), .replace) == nil)
    #expect(try folder.read("a") == [2] && folder.names == ["a"])
    let ledger =
      Array("SQLite format 3\u{0}".utf8) + [UInt8](repeating: 0, count: 52) + Array("coal".utf8)
    try folder.write(ledger, to: "study")
    #expect(write([2], to: folder.file("study"), .replace)?.code == "output-is-a-ledger")
    #expect(try folder.read("study") == ledger)
  }

  @Test(arguments: [Outputs.Existing.keep, .replace, .keepAlways])
  func `links, folders and pipes are neither followed nor replaced`(
    _ existing: Outputs.Existing
  ) throws {
    let folder = try TemporaryFolder()
    try folder.write([9], to: "target")
    #expect(symlink(folder.file("target"), folder.file("link")) == 0)
    #expect(symlink(folder.file("nowhere"), folder.file("dangling")) == 0)
    #expect(mkdir(folder.file("folder"), 0o700) == 0)
    #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
    let before = folder.names
    for (name, code) in [
      ("link", "output-is-a-link"), ("dangling", "output-is-a-link"),
      ("folder", "output-is-a-folder"), ("folder/", "output-is-a-folder"),
      ("pipe", "output-not-a-file"),
    ] {
      let refused = write([1], to: folder.file(name), existing)
      #expect(refused?.code == code && refused?.exit == .cannotCreate, "\(name)")
    }
    #expect(try folder.names == before && folder.read("target") == [9])
    let stdout = write([1], to: "/dev/stdout", existing)
    // A ledger cannot be printed, so nobody is told to.
    let isTold = stdout?.help?.contains("'-'") == true
    #expect(stdout?.exit == .cannotCreate && isTold == (existing != .keepAlways))
  }

  @Test(arguments: [Outputs.Existing.keep, .replace])
  func `an input is never an output, by no name`(_ existing: Outputs.Existing) throws {
    let folder = try TemporaryFolder()
    try folder.write([7], to: "input")
    #expect(link(folder.file("input"), folder.file("hard")) == 0)
    #expect(symlink(folder.file("input"), folder.file("soft")) == 0)
    #expect(symlink(folder.path, folder.file("here")) == 0)
    for name in ["input", "hard", "soft", "here/input", "here/../\(folder.path)/input"] {
      let path = name.hasPrefix("here/..") ? folder.path + "/./input" : folder.file(name)
      let refused = write([1], to: path, existing, reading: [folder.file("input")])
      #expect(refused?.code == "output-is-input", "\(name)")
    }
    // What stands beside a database is read with it; what is written first is a name, too.
    for name in ["input-wal", "input-journal", "here/input-shm"] {
      let refused = write([1], to: folder.file(name), existing, reading: [folder.file("input")])
      #expect(refused?.code == "output-is-input", "\(name)")
    }
    try folder.write([8], to: "b.coalmine-partial")
    let partial = write(
      [1], to: folder.file("b"), existing, reading: [folder.file("b.coalmine-partial")])
    #expect(partial?.code == "output-is-input")
    #expect(try folder.read("input") == [7] && folder.read("b.coalmine-partial") == [8])
  }

  @Test func `no two outputs of a command are one file`() throws {
    let folder = try TemporaryFolder()
    #expect(symlink(folder.path, folder.file("here")) == 0)
    let outputs = Outputs(reading: [])
    let first = try outputs.open(folder.file("a"), existing: .keep)
    for name in ["a", "here/a", "./a", "a-wal", "a.coalmine-partial", "here/a-journal"] {
      let refused = CoalmineError.thrown {
        _ = try outputs.open(folder.file(name), existing: .replace)
      }
      #expect(refused?.code == "output-named-twice", "\(name)")
    }
    try first.write([1])
    try first.commit()
    #expect(folder.names == ["a", "here"])
  }

  @Test func `what a killed command left is removed, what a living one writes is not`() throws {
    let folder = try TemporaryFolder()
    // As coalmine left it, with the mark of what is its own.
    for name in ["a.coalmine-partial", "a.coalmine-partial-wal"] { try folder.write([1], to: name) }
    let left = Glibc.open(folder.file("a.coalmine-partial"), O_RDWR)
    coalmine_mark_partial(left)
    try #require(
      coalmine_is_partial(left) == 1, "the file system of the temporary folder keeps no marks")
    close(left)
    var notes: [String] = []
    let outputs = Outputs(reading: []) { notes.append($0) }
    let living = try outputs.open(folder.file("a"), existing: .keep)
    #expect(notes.count == 1)
    #expect(notes.first?.contains("a.coalmine-partial") == true)
    #expect(folder.names == ["a.coalmine-partial"])
    let other = write([2], to: folder.file("a"))
    #expect(other?.code == "output-in-use" && other?.exit == .cannotCreate)
    try living.write([3])
    try living.commit()
    #expect(try folder.read("a") == [3] && folder.names == ["a"])
  }

  @Test func `what stands in the way and is no leftover stays`() throws {
    let folder = try TemporaryFolder()
    try folder.write([9], to: "target")
    #expect(symlink(folder.file("target"), folder.file("a.coalmine-partial")) == 0)
    #expect(mkdir(folder.file("b.coalmine-partial"), 0o700) == 0)
    #expect(mkfifo(folder.file("c.coalmine-partial"), 0o600) == 0)
    try folder.write([5], to: "d.coalmine-partial")
    let before = folder.names
    for name in ["a", "b", "c", "d"] {
      #expect(write([1], to: folder.file(name))?.code == "output-in-use", "\(name)")
    }
    #expect(try folder.names == before && folder.read("target") == [9])
  }

  @Test func `a folder that is missing, no folder, or not writable is told at once`() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "file")
    for path in [
      folder.file("missing/a"), folder.file("file/a"), "/proc/a", "",
      folder.file(String(repeating: "n", count: 256)),
    ] {
      let refused = write([1], to: path)
      #expect(refused?.code == "output-not-created" && refused?.exit == .cannotCreate, "\(path)")
    }
  }

  @Test func `a name of 255 bytes is as good as any`() throws {
    let folder = try TemporaryFolder()
    let name = String(repeating: "n", count: 255)
    #expect(write([1], to: folder.file(name)) == nil)
    #expect(folder.names == [name])
  }

  @Test func `a log beside a ledger belongs to it, whatever is forced`() throws {
    let folder = try TemporaryFolder()
    let ledger =
      Array("SQLite format 3\u{0}".utf8) + [UInt8](repeating: 0, count: 52) + Array("coal".utf8)
    try folder.write(ledger, to: "study")
    try folder.write([1], to: "study-wal")
    for name in ["study-wal", "study-journal", "study-shm"] {
      #expect(write([2], to: folder.file(name), .replace)?.code == "output-is-a-ledger")
    }
    // And a new ledger is not put beside the log of another one.
    try folder.write([1], to: "new-wal")
    #expect(write([2], to: folder.file("new"), .keepAlways)?.code == "output-has-log")
    #expect(
      try folder.read("study-wal") == [1] && folder.names == ["new-wal", "study", "study-wal"])
  }

  @Test func `what is written on the way never takes an input`() throws {
    let folder = try TemporaryFolder()
    for ending in ["-wal", "-journal", "-shm"] {
      try folder.write([7], to: "a.coalmine-partial\(ending)")
      let refused = write(
        [1], to: folder.file("a"), reading: [folder.file("a.coalmine-partial\(ending)")])
      #expect(refused?.code == "output-is-input")
      #expect(try folder.read("a.coalmine-partial\(ending)") == [7])
    }
    try folder.write([7], to: "real")
    #expect(symlink(folder.file("real"), folder.file("link")) == 0)
    #expect(
      write([1], to: folder.file("real-wal"), reading: [folder.file("link")])?.code
        == "output-is-input")
  }

  @Test func `what takes the name or the place in the meantime is not replaced`() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "a")
    let file = try Outputs(reading: []).open(folder.file("a"), existing: .replace)
    try file.write([2])
    // Another file gets the name.
    try folder.write([3], to: "b")
    #expect(rename(folder.file("b"), folder.file("a")) == 0)
    #expect(CoalmineError.thrown { try file.commit() }?.code == "output-exists")
    #expect(try folder.read("a") == [3] && folder.names == ["a"])
    let other = try Outputs(reading: []).open(folder.file("c"), existing: .keep)
    try other.write([2])
    unlink(folder.file("c.coalmine-partial"))
    try folder.write([9], to: "c.coalmine-partial")
    #expect(CoalmineError.thrown { try other.commit() } != nil)
    #expect(!folder.names.contains("c"))
  }

  @Test func `of many writers of one new name exactly one wins`() async throws {
    let folder = try TemporaryFolder()
    for round in 0..<50 {
      let name = folder.file("a\(round)")
      let winners = await withTaskGroup(of: UInt8?.self) { group in
        for writer in UInt8(0)..<8 {
          group.addTask {
            (try? Outputs(reading: []).write([writer], to: name, existing: .keep)) == nil
              ? nil : writer
          }
        }
        return await group.reduce(into: [UInt8]()) { if let won = $1 { $0.append(won) } }
      }
      #expect(winners.count == 1)
      #expect(try folder.read("a\(round)") == winners)
    }
    #expect(folder.names.count == 50)
  }

  @Test func `a reader sees a whole file while it is replaced`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a")
    try folder.write([UInt8](repeating: 0, count: 5_000), to: "a")
    let writer = Task {
      for round in UInt8(1)...100 {
        try Outputs(reading: []).write(
          [UInt8](repeating: round, count: 5_000), to: path, existing: .replace)
      }
    }
    for _ in 0..<500 {
      let bytes = try folder.read("a")
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
      let file = try Outputs(reading: []).open(folder.file("a"), existing: .keep)
      let first = CoalmineError.thrown {
        try file.write([UInt8](repeating: 1, count: 2 << 20))
      }
      guard first?.code == "write-failed", first?.exit == .inputOutput else { exit(11) }
      guard folder.names.isEmpty else { exit(12) }
      limit.rlim_cur = limit.rlim_max
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      guard CoalmineError.thrown(by: { try file.commit() }) != nil else { exit(13) }
      guard folder.names.isEmpty else { exit(14) }
    }
  }
}
