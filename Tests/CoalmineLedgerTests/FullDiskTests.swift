// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import GRDB
import Glibc
import Testing

extension SmallDisk {
  fileprivate var path: String { folder.path }

  /// Fills the disk up to `pages` free pages of 4 KiB, with a file that can be deleted.
  fileprivate func fill(leaving pages: Int) throws {
    var facts = statvfs()
    try #require(statvfs(path, &facts) == 0)
    let ballast = max(0, (Int(facts.f_bavail) - pages) * Int(facts.f_bsize))
    try Data(count: ballast).write(to: URL(fileURLWithPath: path + "/ballast"))
  }

  fileprivate func makeRoom() { unlink(path + "/ballast") }
}

/// Adds answered exchanges until one fails; what was acknowledged, and the error.
private func fillUp(_ ledger: Ledger, run: Int, atMost limit: Int = 2_000) throws
  -> (acknowledged: [Int64], error: CoalmineError?)
{
  var acknowledged: [Int64] = []
  var error: CoalmineError?
  // Every request has a key of its own: of two replies to one, only the first counts.
  let known = try ledger.requests(run: run, procedure: .direct, round: 0).count
  for index in known..<(known + limit) where error == nil {
    error = CoalmineError.thrown {
      acknowledged.append(
        try SampleStudy.exchange(ledger, run: run, index, SampleStudy.body(index)))
    }
  }
  return (acknowledged, error)
}

private func expectWhole(_ ledger: Ledger, run: Int, _ acknowledged: [Int64], _ comment: Comment)
  throws
{
  let check = try ledger.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
  #expect(check == ["ok"], comment)
  let stored = try SampleStudy.replies(ledger, run: run)
  #expect(Set(stored.map(\.id)).isSuperset(of: acknowledged), comment)
  for exchange in stored {
    #expect(exchange.reply.body == SampleStudy.body(exchange.key.index), comment)
  }
  #expect(try ledger.study().canaries == SampleStudy.canaries, comment)
}

@Suite struct `A full disk loses nothing and is said` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  @Test func `on a small disk, at every free page`() throws {
    let disk = try SmallDisk(kibibytes: 1_024)
    let path = disk.path + "/study.coalmine"
    let points = isDeep ? Array(0..<120) : Array(stride(from: 0, to: 120, by: 3))
    for pages in points {
      let comment: Comment = "\(pages) free pages"
      disk.makeRoom()
      for leftover in [path, path + "-wal"] { unlink(leftover) }
      let (ledger, run) = try SampleStudy.ledger(at: path)
      let (before, none) = try fillUp(ledger, run: run.number, atMost: 3)
      #expect(none == nil)
      try disk.fill(leaving: pages)
      let (after, error) = try fillUp(ledger, run: run.number)
      #expect(error?.code == "disk-full", comment)
      #expect(error?.exit == .inputOutput, comment)
      // Still readable on the full disk, by this process and by the next.
      try expectWhole(ledger, run: run.number, before + after, comment)
      // The log stays beside the file where it cannot be copied into it, and closing says so.
      if let refused = CoalmineError.thrown(by: { try ledger.close() }) {
        #expect(refused.exit == .inputOutput, comment)
        #expect(access(path + "-wal", F_OK) == 0, comment)
      }
      if let refused = CoalmineError.thrown(by: { try Ledger.open(at: path).close() }) {
        #expect(refused.exit == .inputOutput, comment)
      }
      disk.makeRoom()
      let next = try Ledger.open(at: path)
      try expectWhole(next, run: run.number, before + after, comment)
      let (_, gone) = try fillUp(next, run: run.number, atMost: 2)
      #expect(gone == nil, comment)
      try next.close()
    }
  }

  @Test func `a ledger that does not fit is not left half made`() throws {
    let disk = try SmallDisk(kibibytes: 1_024)
    let path = disk.path + "/study.coalmine"
    var made = 0
    for pages in 0..<60 {
      disk.makeRoom()
      try disk.fill(leaving: pages)
      do {
        let ledger = try Ledger.create(at: path)
        made += 1
        try ledger.close()
        unlink(path)
      } catch let error as CoalmineError {
        #expect(error.exit == .inputOutput, "\(pages) free pages")
        let left = try FileManager.default.contentsOfDirectory(atPath: disk.path)
        #expect(left == ["ballast"], "\(pages) free pages")
      }
    }
    #expect((1..<60).contains(made))
  }

  @Test(arguments: [40, 64, 128, 256, 512])
  func `on a file that may not grow`(_ kibibytes: Int) async throws {
    let path = folder.file("study.coalmine")
    await #expect(processExitsWith: .success) {
      [path = path as String, kibibytes = kibibytes as Int] in
      let (ledger, run) = try SampleStudy.ledger(at: path)
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let before = limit
      limit.rlim_cur = rlim_t(kibibytes << 10)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let (acknowledged, error) = try fillUp(ledger, run: run.number)
      #expect(error?.exit == .inputOutput)
      #expect(["disk-full", "ledger-io"].contains(error?.code))
      // Again and again: the same error, and no harm.
      for index in 0..<3 {
        let again = CoalmineError.thrown {
          try SampleStudy.exchange(
            ledger, run: run.number, index, SplitMix.noise(100_000))
        }
        #expect(again?.exit == .inputOutput)
      }
      limit = before
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      try expectWhole(ledger, run: run.number, acknowledged, "after the limit is gone")
      try ledger.close()
      let next = try Ledger.open(at: path)
      try expectWhole(next, run: run.number, acknowledged, "reopened")
      try next.close()
    }
  }
}

extension SplitMix {
  /// Bytes that do not compress.
  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }

  fileprivate static func noise(_ count: Int) -> [UInt8] {
    var random = SplitMix(99)
    return random.bytes(count)
  }
}
