// SPDX-License-Identifier: Apache-2.0

import CoalmineServing
import CoalmineTesting
import Foundation
import Testing

@Suite struct `A disk that fills up` {
  /// The sizes of the disk in KiB: a few around what is needed, and the range in which an earlier
  /// version ended with 0 and a ledger that nothing could open.
  private static let seedSizes =
    Array(stride(from: 1_100, through: 1_500, by: 20)) + [
      64, 128, 256, 400, 520, 640, 760, 880, 1_000,
    ]

  @Test(arguments: seedSizes)
  func `under seed: both files are whole, or neither is there`(_ kibibytes: Int) async throws {
    // The size of study that an earlier version failed with.
    let small = try await Self.seedStudy.value
    let disk = try SmallDisk(kibibytes: kibibytes)
    let folder = disk.folder
    let outcome = try await CoalmineProgram.started(
      SeedPlace.arguments(small, in: folder)
    ).outcome()
    let both = try await SeedPlace.expectWhole(folder, "\(kibibytes) KiB")
    if outcome.code == 0 {
      #expect(both)
    } else {
      #expect(outcome.code == 74, "\(kibibytes) KiB: \(outcome.code) \(outcome.notes)")
      #expect(outcome.notes.contains("help:"), "\(outcome.notes)")
      #expect(folder.names.isEmpty, "\(kibibytes) KiB: \(folder.names)")
    }
    disk.unmount()
  }

  private static let seedStudy = Task { try await SmallStudy(canaries: 120, references: 255) }

  @Test func `under probe: nothing stored is lost, and 0 means that all is stored`() async throws {
    let small = try await SmallStudy(canaries: 16, references: 31)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let size = try small.folder.read("study.coalmine").count >> 10
    var full = 0
    var whole = 0
    for spare in (isDeep ? Array(stride(from: 0, to: 6_400, by: 20)) : (0..<20).map { $0 * 320 }) {
      let disk = try SmallDisk(kibibytes: size + 8 + spare)
      let study = disk.folder.file("study.coalmine")
      try FileManager.default.copyItem(atPath: small.study, toPath: study)
      let probe = try await small.probe(endpoint, study: study)
      #expect([0, 74].contains(probe.code), "\(spare) KiB: \(probe.code) \(probe.notes)")
      full += probe.code == 74 ? 1 : 0
      whole += probe.code == 0 ? 1 : 0
      // The ledger with its log goes to a disk with room.
      let roomy = try TemporaryFolder()
      for name in disk.folder.names {
        try FileManager.default.copyItem(at: disk.folder.url(name), to: roomy.url(name))
      }
      disk.unmount()
      let verify = try await CoalmineProgram.run(
        "verify", "--study", roomy.file("study.coalmine"))
      #expect(verify.code == 0, "\(spare) KiB: \(verify.notes)\(verify.text)")
      if probe.code == 0 {
        let again = endpoint.requests
        #expect(try await small.probe(endpoint, study: roomy.file("study.coalmine")).code == 0)
        // One request asks whether the model is the same.
        #expect(
          endpoint.requests == again + 1, "\(spare) KiB: exit 0, and something was not stored")
      }
    }
    #expect(full > 2 && whole > 1, "\(full) full, \(whole) whole")
    try await endpoint.stop()
  }

  @Test func `under report: the file is whole or absent, an old one is whole or untouched`()
    async throws
  {
    let small = try await SmallStudy(canaries: 40, references: 3)
    var full = 0
    for kibibytes in stride(from: 8, to: 248, by: 8) {
      let disk = try SmallDisk(kibibytes: kibibytes)
      for old in [nil, "old"] {
        if let old { _ = try? disk.folder.write(old, to: "report.json") }
        let before = try? disk.folder.read("report.json")
        let report = try await CoalmineProgram.run(
          "report", "--study", small.study, "--format", "json", "--output",
          disk.folder.file("report.json"), "--force")
        let after = try? disk.folder.read("report.json")
        if report.code == 74 {
          full += 1
          #expect(after == before, "\(kibibytes) KiB")
          #expect(disk.folder.names == (before == nil ? [] : ["report.json"]))
        } else {
          #expect(report.code == 3, "\(kibibytes) KiB: \(report.notes)")
          let json = try jsonObject(after ?? [])
          #expect(json["result"] != nil, "\(kibibytes) KiB")
          unlink(disk.folder.file("report.json"))
        }
      }
      disk.unmount()
    }
    #expect((10..<55).contains(full))
  }
}
