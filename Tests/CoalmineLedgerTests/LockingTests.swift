// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Glibc
import Testing

/// Ends the process as `coalmine` would: with the exit code of the error.
private func exit(afterOpening path: String) -> Never {
  do {
    let ledger = try Ledger.open(at: path)
    try ledger.close()
    Glibc.exit(ExitCode.success.rawValue)
  } catch let error as CoalmineError {
    // The code and the exit code belong together; anything else is another failure.
    Glibc.exit(error.code == "ledger-locked" ? error.exit.rawValue : 1)
  } catch {
    Glibc.exit(2)
  }
}

@Suite struct `One process holds a ledger` {
  private let folder: TemporaryFolder
  private var path: String { folder.file("study.coalmine") }

  init() throws { folder = try TemporaryFolder(in: .memory) }

  @Test func `another process is refused with exit code 75 until the ledger is closed`()
    async throws
  {
    let (ledger, run) = try SampleStudy.ledger(at: path)
    await #expect(processExitsWith: .exitCode(75)) { [path = path as String] in
      exit(afterOpening: path)
    }
    // The refused one did no harm, and reading keeps the lock too.
    try SampleStudy.exchange(ledger, run: run.number, 0, [1])
    #expect(try SampleStudy.replies(ledger, run: run.number).count == 1)
    await #expect(processExitsWith: .exitCode(75)) { [path = path as String] in
      exit(afterOpening: path)
    }
    try ledger.close()
    await #expect(processExitsWith: .exitCode(0)) { [path = path as String] in
      exit(afterOpening: path)
    }
  }

  @Test func `an opened ledger that nobody asked anything is locked`() async throws {
    try Ledger.create(at: path).close()
    let ledger = try Ledger.open(at: path)
    await #expect(processExitsWith: .exitCode(75)) { [path = path as String] in
      exit(afterOpening: path)
    }
    try ledger.close()
  }

  @Test func `a second opening in the same process is refused and does not drop the lock`()
    async throws
  {
    let (ledger, _) = try SampleStudy.ledger(at: path)
    let error = try #require(CoalmineError.thrown { _ = try Ledger.open(at: path) })
    #expect(error.code == "ledger-locked")
    #expect(error.exit == .ledgerLocked)
    #expect(CoalmineError.thrown { _ = try Ledger.create(at: path) }?.code == "ledger-exists")
    // POSIX locks go with any closed descriptor of the file: the other process would get in.
    await #expect(processExitsWith: .exitCode(75)) { [path = path as String] in
      exit(afterOpening: path)
    }
    try ledger.close()
  }

  @Test func `processes that fight for a ledger are never in it together`() async throws {
    try Ledger.create(at: path).close()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          await #expect(processExitsWith: .success) {
            [
              path = path as String, holder = folder.file("holder") as String,
              tries = (isDeep ? 2_000 : 100) as Int
            ] in
            for _ in 0..<tries {
              do {
                let ledger = try Ledger.open(at: path)
                // Two at once, and the second one finds the first one's mark.
                let mark = open(holder, O_CREAT | O_EXCL | O_RDWR, 0o600)
                #expect(mark >= 0)
                try ledger.store(
                  TrainingStatement(model: "m", epochs: 1, job: nil, statedBy: nil), at: "now")
                close(mark)
                unlink(holder)
                try ledger.close()
              } catch let error as CoalmineError where error.code == "ledger-locked" {
                // The one refusal that is due here.
              }
            }
          }
        }
      }
    }
    let ledger = try Ledger.open(at: path)
    #expect(try ledger.training() != nil)
    try ledger.close()
  }

  @Test func `a killed process leaves no lock behind`() async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let (ledger, run) = try SampleStudy.ledger(at: path)
      try SampleStudy.exchange(ledger, run: run.number, 3, [7])
      kill(getpid(), SIGKILL)
    }
    let ledger = try Ledger.open(at: path)
    #expect(try SampleStudy.replies(ledger, run: 1).map(\.reply.body) == [[7]])
    try ledger.close()
  }
}
