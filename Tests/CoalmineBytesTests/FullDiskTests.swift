// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Foundation
import Testing

/// A disk of 256 KiB, where this process may mount one.
final class TinyDisk {
  let folder: TemporaryFolder

  init?() {
    guard geteuid() == 0, let folder = try? TemporaryFolder() else { return nil }
    self.folder = folder
    guard Self.run("/bin/mount", ["-t", "tmpfs", "-o", "size=256k", "none", folder.path]) else {
      return nil
    }
  }

  deinit { _ = Self.run("/bin/umount", [folder.path]) }

  static var isAvailable: Bool { TinyDisk() != nil }

  private static func run(_ program: String, _ arguments: [String]) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

@Suite struct `Disks that refuse` {
  @Test(.enabled(if: TinyDisk.isAvailable))
  func `on a disk that fills up at any point a file is whole or absent`() throws {
    let disk = try #require(TinyDisk())
    let folder = disk.folder
    var whole = 0
    var full = 0
    for size in stride(from: 0, through: 400_000, by: 5_000) {
      for name in folder.names { unlink(folder.file(name)) }
      // What is there already takes its share of the room.
      try AtomicFile.write([UInt8](repeating: 7, count: 50_000), to: folder.file("old"))
      let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size)
      for (name, overwriting) in [("new", false), ("old", true)] {
        let failure = `Atomic files`.failure { () throws(AtomicFile.Failure) in
          try AtomicFile.write(bytes, to: folder.file(name), overwriting: overwriting)
        }
        if let failure {
          full += 1
          #expect(failure.isDiskFull && failure.step == "write")
          #expect(folder.bytes(name) == (overwriting ? [UInt8](repeating: 7, count: 50_000) : nil))
        } else {
          whole += 1
          #expect(folder.bytes(name) == bytes)
        }
        #expect(folder.names.allSatisfy { ["old", "new"].contains($0) })
      }
    }
    #expect(whole > 20 && full > 20)
  }

  @Test func `in a folder that is not writable nothing begins`() async throws {
    let folder = try TemporaryFolder()
    #expect(chmod(folder.path, 0o555) == 0)
    // A process of its own: it gives up the rights that would override the folder's.
    await #expect(processExitsWith: .success) { [path = folder.path as String] in
      if geteuid() == 0 { guard setuid(65_534) == 0 else { exit(10) } }
      let failure = `Atomic files`.failure { () throws(AtomicFile.Failure) in
        _ = try AtomicFile(path + "/a")
      }
      guard failure?.step == "create", failure?.number == EACCES else { exit(11) }
    }
    #expect(folder.names.isEmpty)
  }
}
