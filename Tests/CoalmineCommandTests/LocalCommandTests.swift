// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// `--command`: the example adapter in front of the demo model, and programs that fail.
@Suite struct `A program in place of a server` {
  private static let adapter = Repository.url("Examples/command/adapter.py").path

  /// A small study and the demo model that was tuned on its corpus.
  private struct Setting {
    let small: SmallStudy
    let model: CountingEndpoint

    init(canaries: Int = 6) async throws {
      small = try await SmallStudy(canaries: canaries, references: 3, samples: 3, defaultSamples: 3)
      model = try await CountingEndpoint.reference(
        trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    }

    /// Another study with the same canaries and the same order of questions.
    func copy(_ name: String) throws -> String {
      let path = small.folder.file(name)
      try FileManager.default.copyItem(atPath: small.study, toPath: path)
      return path
    }

    func probe(_ study: String, _ more: [String]) -> [String] {
      ["probe", "--study", study, "--model", model.model] + more
    }

    var command: [String] { ["--command", "python3", adapter, model.url + "/v1"] }
  }

  /// Everything that was computed of a run's answers.
  private static func results(_ study: String) async throws -> [String: Any] {
    let score = try await CoalmineProgram.run("score", "--study", study, "--json")
    var results = score.json["result"] as? [String: Any] ?? [:]
    #expect(results["canaries"] != nil, "\(score.notes)")
    // What names the endpoint, and what a check tells of it.
    results["study"] = nil
    return results
  }

  @Test func `the example adapter gives the numbers of HTTP`() async throws {
    let setting = try await Setting()
    let (direct, lines) = (try setting.copy("http"), try setting.copy("lines"))
    let http = try await CoalmineProgram.started(
      setting.probe(
        direct,
        [
          "--endpoint", setting.model.url, "--dialect", "openai-completions,host=together",
        ])
    ).outcome()
    #expect(http.code == 0, "\(http.notes)")
    let asked = setting.model.requests
    let probe = try await CoalmineProgram.started(setting.probe(lines, setting.command)).outcome()
    #expect(probe.code == 0, "\(probe.notes)")
    #expect(setting.model.requests == 2 * asked)
    let (first, second) = (try await Self.results(direct), try await Self.results(lines))
    #expect(first.count > 10 && Set(first.keys) == Set(second.keys))
    for (key, value) in first {
      #expect(
        [key: value] as NSDictionary == [key: second[key] as Any] as NSDictionary, "\(key)")
    }
    let report = try await CoalmineProgram.run(
      "report", "--study", lines, "--format", "html", "--output", "-")
    #expect(
      report.text.contains("command:python3 ") && report.text.contains("adapter.py"),
      "\(report.notes)\(report.text.prefix(300))")
    let verify = try await CoalmineProgram.run("verify", "--study", lines)
    #expect(verify.code == 0, "\(verify.text)\(verify.notes)")
    try await setting.model.stop()
  }

  @Test func `a check sees what the program can do`() async throws {
    let setting = try await Setting(canaries: 4)
    let check = try await CoalmineProgram.started(
      ["check", "--model", "tuned", "--json"] + setting.command
    ).outcome()
    #expect(check.code == 0, "\(check.notes)")
    #expect(check.json["verified"] as? [String] == ["scores-text", "continues"], "\(check.text)")
    #expect(check.text.contains("the endpoint lists the model that is asked"))
    let unreached = try await CoalmineProgram.started([
      "check", "--model", "tuned", "--timeout", "20", "--command", "python3", Self.adapter,
      "http://127.0.0.1:1",
    ]).outcome()
    #expect(unreached.code == 3 && unreached.notes.contains("status 503"), "\(unreached.notes)")
    try await setting.model.stop()
  }

  @Test func `a program that dies costs nothing twice, and the run goes on`() async throws {
    let setting = try await Setting(canaries: 4)
    let whole = try setting.copy("whole")
    let run = try await CoalmineProgram.started(setting.probe(whole, setting.command)).outcome()
    #expect(run.code == 0, "\(run.notes)")
    let bill = setting.model.bodies
    // The same program, but it goes away between two asks while a file is there.
    let script = """
      import sys
      sys.path.insert(0, sys.argv[2])
      import adapter, json, os
      for number, line in enumerate(sys.stdin.buffer):
          if number == 60 and os.path.exists(sys.argv[3]):
              sys.exit("out of memory")
          ask = json.loads(line)
          print(json.dumps({"id": ask["id"], **adapter.answer(sys.argv[1], ask)}), flush=True)
      """
    let flag = try setting.small.folder.write("", to: "die")
    let command = [
      "--command", "python3", "-c", script, setting.model.url + "/v1",
      Repository.url("Examples/command").path, flag,
    ]
    let broken = try setting.copy("broken")
    let failed = try await CoalmineProgram.started(setting.probe(broken, command)).outcome()
    #expect(failed.code == 69, "\(failed.notes)")
    for words in ["[command-ended]", "exit code 1", "it said last: out of memory", "are stored"] {
      #expect(failed.notes.contains(words), "\(failed.notes)")
    }
    try FileManager.default.removeItem(atPath: flag)
    let again = try await CoalmineProgram.started(setting.probe(broken, command)).outcome()
    #expect(again.code == 0, "\(again.notes)")
    // A run that goes on asks a few public texts again; nothing else is asked twice.
    let paid = setting.model.bodies
    let more = paid.reduce(0) { $0 + max(0, $1.value - 2 * (bill[$1.key] ?? 0)) }
    #expect(paid.values.reduce(0, +) >= 2 * bill.values.reduce(0, +) && more <= 10, "\(more)")
    let (first, second) = (try await Self.results(whole), try await Self.results(broken))
    let canaries = try #require(first["canaries"] as? [Any])
    #expect(canaries.count == 4 && second["canaries"] as? [Any] as NSArray? == canaries as NSArray)
    try await setting.model.stop()
  }

  @Test func `who stops it waits for the answer under way, and it is stored`() async throws {
    let setting = try await Setting(canaries: 4)
    let log = setting.small.folder.file("asked")
    let script = """
      import sys, time
      sys.path.insert(0, sys.argv[2])
      import adapter, json
      for number, line in enumerate(sys.stdin.buffer):
          ask = json.loads(line)
          open(sys.argv[3], "a").write("x")
          if number > 20: time.sleep(0.3)
          print(json.dumps({"id": ask["id"], **adapter.answer(sys.argv[1], ask)}), flush=True)
      """
    let running = try CoalmineProgram.startedHearingSignals(
      setting.probe(
        setting.small.study,
        [
          "--concurrency", "1", "--command", "python3", "-c", script, setting.model.url + "/v1",
          Repository.url("Examples/command").path, log,
        ]))
    while running.isRunning, ((try? Data(contentsOf: URL(fileURLWithPath: log)))?.count ?? 0) < 24 {
      try await Task.sleep(for: .milliseconds(20))
    }
    running.signal(SIGINT)
    let outcome = try await running.outcome()
    #expect(outcome.code == 130, "\(outcome.notes)")
    #expect(outcome.notes.contains("stopped: what was answered is stored"), "\(outcome.notes)")
    let status = try await CoalmineProgram.shell(
      "python3 -c \"import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute("
        + "'select count(*) from reply').fetchone()[0])\" "
        + setting.small.study)
    let asked = try Data(contentsOf: URL(fileURLWithPath: log)).count
    #expect(Int(status.text.trimmingCharacters(in: .whitespacesAndNewlines)) == asked, "\(status)")
    try await setting.model.stop()
  }

  @Test(
    arguments: [
      (["--endpoint", "http://127.0.0.1:9", "--command", "x"], 64, "exclude each other"),
      ([], 64, "'--endpoint URL' or '--command PROGRAM'"),
      (["--dialect", "vllm", "--command", "x"], 64, "by the dialect 'command' alone"),
      (["--dialect", "command", "--endpoint", "http://127.0.0.1:9"], 64, "not for a URL"),
      (["--key-file", "k", "--command", "x"], 64, "'--key-file' is for '--endpoint'"),
      (
        ["--command-variable", "HF_TOKEN", "--endpoint", "http://127.0.0.1:9"], 64,
        "for '--command'"
      ),
      (["--command-variable", "HF_TOKEN", "--command", "x"], 78, "HF_TOKEN, which is not set"),
      (["--command", "x", "--token", "abc"], 78, "looks like a key"),
      (["--command", "./none"], 66, "[command-not-started]"),
      (["--command", "true"], 69, "it ended with exit code 0 [command-ended]"),
      (["--command", "echo", "hello"], 69, "[command-garbled]"),
      (["--timeout", "1", "--command", "sleep", "9"], 69, "[command-silent]"),
    ] as [([String], Int32, String)])
  func `a command that cannot be used ends with what to do`(
    _ options: [String], _ code: Int32, _ words: String
  ) async throws {
    let outcome = try await CoalmineProgram.started(["check", "--model", "m"] + options).outcome()
    #expect(outcome.code == code, "\(outcome.notes)")
    #expect(outcome.notes.contains(words), "\(outcome.notes)")
    #expect(!outcome.notes.contains("server running"), "\(outcome.notes)")
  }

  @Test func `a key reaches the program only by its name`() async throws {
    let script =
      #"read line; echo "{\"id\":1,\"error\":{\"status\":401,\"message\":\"have [$HF_TOKEN]\"}}"; cat"#
    func check(_ options: [String]) async throws -> String {
      let outcome = try await CoalmineProgram.started(
        ["check", "--model", "m"] + options + ["--command", "sh", "-c", script],
        environment: ["HF_TOKEN": "hf-marked-value"]
      ).outcome()
      #expect(outcome.code == 77, "\(outcome.notes)")
      return outcome.notes
    }
    #expect(try await check([]).contains("have []"))
    let passed = try await check(["--command-variable", "HF_TOKEN"])
    #expect(passed.contains("the program of '--command' sees the variable HF_TOKEN"), "\(passed)")
    // What it repeats of the key is not shown.
    #expect(!passed.contains("hf-marked") && !passed.contains("have []"), "\(passed)")
  }
}
