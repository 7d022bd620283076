// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// `--endpoint NAME` with `coalmine.yaml`, against the demo model.
@Suite struct `An endpoint by name` {
  private static func setting(_ more: String = "") async throws
    -> (folder: TemporaryFolder, model: CountingEndpoint)
  {
    let folder = try TemporaryFolder()
    try folder.write("one two three four\nfive six seven eight\n", to: "c.txt")
    let model = try await CountingEndpoint.reference(
      trainedOn: [folder.url("c.txt")], memorisation: 0.3, key: "sk-marked-right")
    try folder.write(
      """
      endpoints:
        demo:
          url: \(model.url)
          dialect: openai-completions
          model: tuned
          key: $DEMO_KEY
      \(more)
      """, to: "coalmine.yaml")
    return (folder, model)
  }

  private static func check(
    _ folder: TemporaryFolder, _ options: [String], _ environment: [String: String] = [:]
  ) async throws -> CoalmineProgram.Outcome {
    try await CoalmineProgram.started(
      ["check"] + options, environment: environment, in: folder.root
    ).outcome()
  }

  @Test func `is asked as the file says, and the program says so without the key`() async throws {
    let (folder, model) = try await Self.setting()
    let key = ["DEMO_KEY": "sk-marked-right"]
    let check = try await Self.check(folder, ["--endpoint", "demo"], key)
    #expect(check.code == 0, "\(check.notes)")
    #expect(
      check.notes.contains(
        "note: endpoint 'demo' of coalmine.yaml: \(model.url), dialect openai-completions, model "
          + "tuned, with the key of DEMO_KEY"), "\(check.notes)")
    #expect(!check.notes.contains("sk-marked"))
    try FileManager.default.moveItem(at: folder.url("coalmine.yaml"), to: folder.url("other.yaml"))
    let other = try await Self.check(
      folder, ["--endpoint", "demo", "--config", "other.yaml"], key)
    #expect(other.code == 0, "\(other.notes)")
    let none = try await Self.check(folder, ["--endpoint", "demo", "--model", "m"], key)
    #expect(none.code == 78 && none.notes.contains("[bad-endpoint]"), "\(none.notes)")
    #expect(none.notes.contains("there is no coalmine.yaml in this folder"), "\(none.notes)")
    // What has a port is a host without its scheme, and the help has the same one.
    let host = try await Self.check(folder, ["--endpoint", "127.0.0.1:18112", "--model", "m"])
    #expect(host.notes.contains("write it as 'http://127.0.0.1:18112'"), "\(host.notes)")
    let pasted = try await Self.check(folder, ["--endpoint", "sk-marked-right", "--model", "m"])
    #expect(pasted.code == 78 && !pasted.notes.contains("sk-marked"), "\(pasted.notes)")
    try await model.stop()
  }

  @Test func `what the command line gives goes first`() async throws {
    let (folder, model) = try await Self.setting()
    let key = ["DEMO_KEY": "sk-marked-right", "COALMINE_API_KEY": "sk-wrong"]
    // The key of the file goes before the usual variable.
    #expect(try await Self.check(folder, ["--endpoint", "demo"], key).code == 0)
    let named = try await Self.check(
      folder, ["--endpoint", "demo", "--model", "other", "--dialect", "vllm"], key)
    #expect(named.notes.contains("dialect vllm, model other"), "\(named.notes)")
    #expect(named.code != 0)
    try folder.write("sk-wrong-file", to: "key")
    #expect(chmod(folder.file("key"), 0o600) == 0)
    let file = try await Self.check(folder, ["--endpoint", "demo", "--key-file", "key"], key)
    #expect(file.code == 77 && !file.notes.contains("with the key of"), "\(file.notes)")
    try await model.stop()
  }

  @Test func `what is wrong with the file or the name is said before anything is sent`()
    async throws
  {
    let (folder, model) = try await Self.setting(
      "  bare: {url: \"http://127.0.0.1:9\"}\n  open: {url: \"http://127.0.0.1:9\", key: sk-marked}"
    )
    let secret = try await Self.check(folder, ["--endpoint", "demo"])
    #expect(secret.code == 78 && secret.notes.contains("[config-secret]"), "\(secret.notes)")
    #expect(secret.notes.contains("coalmine.yaml:8") && !secret.notes.contains("sk-marked"))
    try folder.write(
      "endpoints: {bare: {url: \"http://127.0.0.1:9\", key: $NO_SUCH}, a: {url: \"http://h\"}}",
      to: "coalmine.yaml")
    for (name, options, code, words) in [
      ("bare", ["--model", "m"], 78, "needs the variable NO_SUCH, which is not set"),
      ("other", ["--model", "m"], 78, "it has: bare, a"),
      ("a", [], 64, "name the model that is asked"),
    ] as [(String, [String], Int32, String)] {
      let outcome = try await Self.check(folder, ["--endpoint", name] + options)
      #expect(outcome.code == code && outcome.notes.contains(words), "\(outcome.notes)")
    }
    #expect(model.requests == 0)
    try await model.stop()
  }
}
