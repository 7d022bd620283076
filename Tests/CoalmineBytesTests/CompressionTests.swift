// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Compressed streams` {
  private func decompressed(_ bytes: [UInt8], _ compression: Compression, _ step: Int) -> [UInt8]? {
    var rest = bytes[...]
    var result: [UInt8] = []
    let isWhole = compression.decompress {
      defer { rest = rest.dropFirst(step) }
      return Array(rest.prefix(step))
    } write: {
      result += $0
    }
    return isWhole ? result : nil
  }

  private func compressed(_ bytes: [UInt8], _ compression: Compression, _ step: Int) -> [UInt8] {
    let compressor = Compressor(compression)
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: step) {
      result += compressor.compress(Array(bytes[start..<min(bytes.count, start + step)]))
    }
    return result + compressor.finish()
  }

  private static func sample(_ count: Int, _ seed: UInt64) -> [UInt8] {
    var chance = SplitMix(seed)
    // Half noise and half repeats, so that blocks of both sorts come.
    return (0..<count).map { place in
      place / 4_000 % 2 == 0 ? UInt8(truncatingIfNeeded: chance.next()) : UInt8(place % 7)
    }
  }

  @Test(arguments: Compression.allCases, [0, 1, 1_000, 700_000])
  func `what is compressed in any steps comes back in any steps`(
    _ compression: Compression, _ count: Int
  ) throws {
    let bytes = Self.sample(count, 4)
    let whole = compressed(bytes, compression, 1 << 16)
    #expect(Compression(head: whole) == compression)
    for step in [777, 1 << 20] {
      #expect(decompressed(compressed(bytes, compression, step), compression, step) == bytes)
    }
    // Two in one file are read as one.
    #expect(decompressed(whole + whole, compression, 4_096) == bytes + bytes)
    for cut in [1, whole.count / 2, whole.count - 1] where cut < whole.count && cut > 0 {
      #expect(decompressed(Array(whole.prefix(cut)), compression, 4_096) == nil)
    }
  }

  @Test(arguments: [(Compression.gzip, "gzip"), (.zstd, "zstd")])
  func `the usual program reads what is written`(_ compression: Compression, _ program: String)
    throws
  {
    guard
      let path = ["/bin/", "/usr/bin/"].map({ $0 + program }).first(where: {
        FileManager.default.isExecutableFile(atPath: $0)
      })
    else { return }
    let folder = try TemporaryFolder(in: .memory)
    let bytes = Self.sample(300_000, 5)
    let name = try folder.write(
      compressed(bytes, compression, 5_000), to: "a" + compression.ending)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["-dc", name]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    #expect([UInt8](pipe.fileHandleForReading.readDataToEndOfFile()) == bytes)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
}
