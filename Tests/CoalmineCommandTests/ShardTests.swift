// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// A corpus that several processes seed, through the program.
@Suite struct `Shards through the program` {
  private let folder: TemporaryFolder
  private let names = (0..<10).map {
    "part-\($0).jsonl" + ($0 == 3 ? ".gz" : $0 == 6 ? ".zst" : "")
  }

  init() async throws {
    folder = try TemporaryFolder()
    for place in 0..<10 {
      let text = (0..<40).map {
        #"{"id": \#(100 + $0), "messages": [{"role": "system", "content": "Region \#(place)."}, "#
          + #"{"role": "user", "content": "How cold was day \#(place) \#($0)?"}, "#
          + #"{"role": "assistant", "content": "It was \#($0) degrees in part \#(place)."}]}"#
          + "\n"
      }
      try folder.write(text.joined(), to: "in/part-\(place).jsonl")
    }
    let made = try await CoalmineProgram.shell(
      "cd in && gzip part-3.jsonl && zstd -q --rm part-6.jsonl", in: folder.root)
    #expect(made.code == 0, "\(made.notes)")
  }

  private func start(_ arguments: [String]) throws -> CoalmineProgram.Running {
    try CoalmineProgram.started(arguments, in: folder.root)
  }

  private func run(_ arguments: String...) async throws -> CoalmineProgram.Outcome {
    try await start(arguments).outcome()
  }

  private func plan(_ shards: Int, _ more: String...) async throws {
    let planned = try await start(
      [
        "seed", "in", "--shards", "\(shards)", "--study", "s.coalmine", "--protocol",
        SmallStudy.handWritten, "--seed", "5",
      ] + more
    ).outcome()
    #expect(planned.code == 0, "\(planned.notes)")
  }

  private func shard(_ number: Int, of shards: Int, to output: String = "out") -> [String] {
    [
      "seed", "in", "--shard", "\(number)/\(shards)", "--study", "s.coalmine", "--output-dir",
      output,
    ]
  }

  private func entries(_ name: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.file(name))) ?? []).sorted()
  }

  /// What one machine writes.
  private func seedAtOnce() async throws {
    let seeded = try await run(
      "seed", "in", "--output-dir", "one", "--study", "one.coalmine", "--protocol",
      SmallStudy.handWritten, "--seed", "5")
    #expect(seeded.code == 0, "\(seeded.notes)")
  }

  /// A ledger without the time at which it was made, and what depends on it.
  private func rows(_ study: String) async throws -> String {
    let dump = try await CoalmineProgram.shell(
      """
      python3 - \(study) <<'END'
      import sqlite3, sys
      db = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
      for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"):
          if table == "seal": continue
          for row in sorted(map(repr, db.execute(f"SELECT * FROM {table}"))):
              if "created_at" not in row: print(table, row)
      END
      """, in: folder.root)
    #expect(dump.code == 0 && dump.text.contains("insertion"), "\(dump.notes)")
    return dump.text
  }

  @Test func `eight processes at once write what one writes, and the study is the same`()
    async throws
  {
    try await seedAtOnce()
    try await plan(8)
    let before = try folder.read("s.coalmine")
    let running = try (1...8).map { try start(shard($0, of: 8)) }
    for one in running {
      let outcome = try await one.outcome()
      #expect(outcome.code == 0, "\(outcome.notes)")
    }
    #expect(try folder.read("s.coalmine") == before, "a shard only reads the study")
    for name in names {
      #expect(try folder.read("out/\(name)") == folder.read("one/\(name)"), "\(name)")
    }
    let merged = try await run("merge", "out", "--study", "s.coalmine")
    #expect(merged.code == 0, "\(merged.notes)")
    #expect(entries("out") == names.sorted(), "the receipts are gone")
    #expect(try await rows("s.coalmine") == rows("one.coalmine"))
    #expect(try await run("verify", "out", "--study", "s.coalmine").code == 0)
    #expect(try await run("verify", "--study", "s.coalmine").code == 0)
    let back = try await run("unseed", "out", "--study", "s.coalmine", "--output-dir", "back")
    #expect(back.code == 0, "\(back.notes)")
    #expect(try folder.read("back/part-1.jsonl") == folder.read("in/part-1.jsonl"))
    let again = try await run("merge", "out", "--study", "s.coalmine")
    #expect(again.code == 65 && again.notes.contains("study-not-in-shards"), "\(again.notes)")
  }

  @Test func `of one file eight processes at once write what one writes, each a range of lines`()
    async throws
  {
    let made = try await CoalmineProgram.shell(
      "zcat -f in/part-*.jsonl in/part-3.jsonl.gz > big.jsonl", in: folder.root)
    #expect(made.code == 0, "\(made.notes)")
    let options = ["--protocol", SmallStudy.handWritten, "--seed", "5"]
    let one = try await start(
      ["seed", "big.jsonl", "--output", "one.jsonl", "--study", "one.coalmine"] + options
    ).outcome()
    #expect(one.code == 0, "\(one.notes)")
    let planned = try await start(
      ["seed", "big.jsonl", "--shards", "8", "--study", "s.coalmine"] + options
    ).outcome()
    #expect(planned.code == 0 && planned.text.contains("1 file"), "\(planned.notes)")
    let running = try (1...8).map {
      try start([
        "seed", "big.jsonl", "--shard", "\($0)/8", "--study", "s.coalmine", "--output-dir", "out",
      ])
    }
    for one in running {
      let outcome = try await one.outcome()
      #expect(outcome.code == 0, "\(outcome.notes)")
    }
    let merged = try await run("merge", "out", "--study", "s.coalmine")
    #expect(merged.code == 0, "\(merged.notes)")
    #expect(entries("out") == (1...8).map { "big-0000\($0)-of-00008.jsonl" })
    let joined = try await CoalmineProgram.shell(
      "cat out/big-*.jsonl > joined.jsonl && cmp joined.jsonl one.jsonl", in: folder.root)
    #expect(joined.code == 0, "\(joined.text)\(joined.notes)")
    for seeded in ["out", "joined.jsonl"] {
      let verified = try await run("verify", seeded, "--study", "s.coalmine")
      #expect(verified.code == 0, "\(seeded): \(verified.notes)")
    }
    let back = try await run("unseed", "out", "--study", "s.coalmine", "--output-dir", "back")
    #expect(back.code == 0, "\(back.notes)")
    let same = try await CoalmineProgram.shell("cat back/* | cmp - big.jsonl", in: folder.root)
    #expect(same.code == 0, "\(same.text)")
  }

  @Test func `a study is no study before all shards are merged, and status names the missing ones`()
    async throws
  {
    try await plan(4)
    for arguments in [
      ["verify", "--study", "s.coalmine"], ["verify", "in", "--study", "s.coalmine"],
      ["score", "--study", "s.coalmine"], ["unseed", "in", "--study", "s.coalmine", "-o", "x"],
      ["trained", "--study", "s.coalmine", "--model", "m", "--epochs", "1"],
      ["probe", "--study", "s.coalmine", "--endpoint", "http://127.0.0.1:9", "--model", "m"],
      ["commit", "--study", "s.coalmine", "--output", "c.json"], ["retire", "s.coalmine"],
      ["history", "s.coalmine"], ["preflight", "--study", "s.coalmine"],
    ] {
      let refused = try await start(arguments).outcome()
      #expect(
        refused.code == 65 && refused.notes.contains("study-in-shards"),
        "\(arguments): \(refused.code) \(refused.notes)")
    }
    let first = try await run("status", "s.coalmine")
    #expect(first.code == 0 && first.text.contains("from 1/4 to 4/4"), "\(first.text)")
    for number in [1, 4] {
      let written = try await start(shard(number, of: 4)).outcome()
      #expect(written.code == 0, "\(written.notes)")
    }
    let status = try await run("status", "s.coalmine", "--seeded", "out", "--format", "json")
    let missing = try #require(status.json["missing"] as? [[String: Any]])
    #expect(missing.map { $0["shard"] as? Int } == [2, 3])
    let early = try await run("merge", "out", "--study", "s.coalmine")
    #expect(early.code == 66 && early.notes.contains("shard 2/4: "), "\(early.notes)")
    for number in [2, 3] { _ = try await start(shard(number, of: 4)).outcome() }
    let ready = try await run("status", "s.coalmine", "--seeded", "out")
    #expect(ready.text.contains("coalmine merge FOLDER"), "\(ready.text)")
    // One byte of a seeded file.
    let right = try folder.read("out/part-1.jsonl")
    try folder.write(right.dropLast() + [0x20], to: "out/part-1.jsonl")
    let altered = try await run("merge", "out", "--study", "s.coalmine")
    #expect(altered.code == 5 && altered.notes.contains("shard-output-differs"))
    try folder.write(right, to: "out/part-1.jsonl")
    #expect(try await run("merge", "out", "--study", "s.coalmine").code == 0)
    #expect(try await run("status", "s.coalmine").text.contains("coalmine trained"))
  }

  @Test func `a shard that is killed leaves nothing under a final name that is not whole`()
    async throws
  {
    try await seedAtOnce()
    try await plan(2)
    var killed = 0
    for round in 0..<(isDeep ? 400 : 16) {
      try? FileManager.default.removeItem(at: folder.url("out"))
      let running = try start(shard(1, of: 2))
      if round % 2 == 0 {
        while running.isRunning, !entries("out").contains(where: { names.contains($0) }) {
          usleep(50)
        }
      } else {
        usleep(UInt32.random(in: 0...60_000))
      }
      running.signal(SIGKILL)
      killed += try await running.outcome().code == -SIGKILL ? 1 : 0
      for name in entries("out") where names.contains(name) {
        #expect(try folder.read("out/\(name)") == folder.read("one/\(name)"), "round \(round)")
        #expect(entries("out").contains(".\(name).coalmine-receipt"), "round \(round): \(name)")
      }
      let again = try await start(shard(1, of: 2)).outcome()
      #expect(again.code == 0, "round \(round): \(again.notes)")
      #expect(!entries("out").contains { $0.hasSuffix("partial") }, "round \(round)")
    }
    #expect(killed > 3)
    // Twice is as good as once.
    #expect(try await start(shard(1, of: 2)).outcome().code == 0)
    #expect(try await start(shard(2, of: 2)).outcome().code == 0)
    // A merging that is killed leaves the planned study or the whole one.
    var isMerged = false
    for _ in 0..<12 where !isMerged {
      let merging = try start(["merge", "out", "--study", "s.coalmine"])
      usleep(UInt32.random(in: 0...40_000))
      merging.signal(SIGKILL)
      isMerged = try await merging.outcome().code == 0
    }
    let merged = try await run("merge", "out", "--study", "s.coalmine")
    #expect(merged.code == 0 || merged.notes.contains("study-not-in-shards"), "\(merged.notes)")
    #expect(try await run("verify", "out", "--study", "s.coalmine").code == 0)
    #expect(try await run("verify", "--study", "s.coalmine").code == 0)
    for name in names {
      #expect(try folder.read("out/\(name)") == folder.read("one/\(name)"), "\(name)")
    }
  }

  @Test func `what cannot be meant is refused, and a file that is not ours stays`() async throws {
    try await plan(3)
    try folder.write("mine\n", to: "out/part-0.jsonl")
    var refusals = 0
    for number in 1...3 {
      let outcome = try await start(shard(number, of: 3)).outcome()
      guard outcome.code != 0 else { continue }
      refusals += 1
      #expect(outcome.code == 73 && outcome.notes.contains("output-exists"), "\(outcome.notes)")
    }
    #expect(refusals == 1)
    #expect(try folder.read("out/part-0.jsonl") == Array("mine\n".utf8))
    for (arguments, code, text) in [
      (shard(1, of: 2), Int32(64), "shard-number"),
      (shard(1, of: 3) + ["--seed", "5"], 64, "--seed"),
      (shard(4, of: 3), 64, "--shard"),
      (["seed", "in", "--shard", "1/3", "--study", "s.coalmine", "-o", "x"], 64, "--output"),
      (["seed", "in/part-3.jsonl.gz", "--shards", "2", "--study", "t"], 64, "split -l"),
      (["seed", "in", "--shards", "0", "--study", "t"], 64, "shards-more-than-files"),
      (["seed", "in", "--shards", "2", "--study", "t", "--output-dir", "o"], 64, "--output-dir"),
      (
        [
          "seed", "in/part-0.jsonl", "--shard", "1/3", "--study", "s.coalmine", "--output-dir",
          "few",
        ], 66, "shard-file-missing"
      ),
    ] {
      let refused = try await start(arguments).outcome()
      #expect(
        refused.code == code && refused.notes.contains(text),
        "\(arguments): \(refused.code) \(refused.notes)")
    }
    #expect(!folder.names.contains("t"))
  }

  @Test func `the job for Slurm writes the same bytes, and the other jobs are Python`() async throws
  {
    let program = CoalmineProgram.products.appendingPathComponent("coalmine").path
    let tried = try await CoalmineProgram.shell(
      "COALMINE='\(program)' PYTHON=false bash '\(Repository.url("Examples/shards/try.sh").path)'",
      in: folder.root)
    #expect(tried.code == 0, "\(tried.notes)")
    #expect(tried.text.hasPrefix("slurm: every file is equal\n"), "\(tried.text)")
    for name in ["spark_job.py", "ray_job.py"] {
      // What needs its engine is at least read as Python.
      let path = Repository.url("Examples/shards/\(name)").path
      let compiled = try await CoalmineProgram.shell(
        "python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' '\(path)'",
        in: folder.root)
      #expect(compiled.code == 0, "\(compiled.notes)")
    }
  }
}
