// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Disks that refuse` {
  @Test func `on a disk that fills up at any point a file is whole or absent`() throws {
    let disk = try SmallDisk(kibibytes: 256)
    let folder = disk.folder
    var whole = 0
    var full = 0
    for size in stride(from: 0, through: 400_000, by: 5_000) {
      for name in folder.names { unlink(folder.file(name)) }
      // What is there already takes its share of the room.
      let old = [UInt8](repeating: 7, count: 50_000)
      try Outputs(reading: []).write(old, to: folder.file("old"), existing: .keep)
      let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size)
      for (name, existing) in [("new", Outputs.Existing.keep), ("old", .replace)] {
        let refused = CoalmineError.thrown {
          try Outputs(reading: []).write(bytes, to: folder.file(name), existing: existing)
        }
        if let refused {
          full += 1
          #expect(refused.code == "disk-full" && refused.exit == .inputOutput)
          #expect((try? folder.read(name)) == (existing == .replace ? old : nil))
        } else {
          whole += 1
          #expect(try folder.read(name) == bytes)
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
      let refused = CoalmineError.thrown {
        _ = try Outputs(reading: []).open(path + "/a", existing: .keep)
      }
      guard refused?.code == "output-not-created", refused?.exit == .cannotCreate else { exit(11) }
    }
    #expect(folder.names.isEmpty)
  }
}
