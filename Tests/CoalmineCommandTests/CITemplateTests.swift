// SPDX-License-Identifier: Apache-2.0

import CoalmineLedger
import CoalmineTesting
import Foundation
import Testing
import Yams

/// `Examples/ci`: the script by running it against a model, the templates by what they give it.
@Suite struct `Templates for CI` {
  private static let script = Repository.url("Examples/ci/audit.sh")

  private func audit(_ environment: [String: String]) async throws -> CoalmineProgram.Outcome {
    let program = CoalmineProgram.products.appendingPathComponent("coalmine").path
    return try await CoalmineProgram.Running(
      URL(fileURLWithPath: "/bin/sh"), [Self.script.path],
      environment: ["COALMINE": program].merging(environment) { $1 }, in: nil
    ).outcome()
  }

  /// A dictionary at a path of a template.
  private func part(_ name: String, _ path: String...) throws -> [String: Any] {
    let text = try Repository.text("Examples/ci/\(name)")
    var node = try #require(try Yams.load(yaml: text) as? [String: Any])
    for key in path { node = try #require(node[key] as? [String: Any], "\(key)") }
    return node
  }

  @Test func `the script ends with the verdict and leaves reports without secrets`() async throws {
    let small = try await SmallStudy()
    let model = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let reports = small.folder.file("reports")
    let summary = small.folder.file("summary.md")
    try Data("before\n".utf8).write(to: URL(fileURLWithPath: summary))
    let run = try await audit([
      "STUDY": small.study, "ENDPOINT": model.url, "MODEL": model.model, "REPORTS": reports,
      "GITHUB_STEP_SUMMARY": summary,
    ])
    let score = try await CoalmineProgram.run("score", "--study", small.study)
    #expect(run.code == score.code && [0, 1, 4].contains(run.code), "\(run.notes)")
    let files = try FileManager.default.contentsOfDirectory(atPath: reports).sorted()
    #expect(files == ["report.html", "report.json", "report.md"])
    let ledger = try Ledger.open(at: small.study)
    let secrets = try ledger.study().canaries.map {
      String(decoding: $0.secret.reveal(), as: UTF8.self)
    }
    try ledger.close()
    for file in files {
      let text = try String(contentsOfFile: "\(reports)/\(file)", encoding: .utf8)
      for secret in secrets { #expect(!text.contains(secret)) }
    }
    let told = try String(contentsOfFile: summary, encoding: .utf8)
    let page = try String(contentsOfFile: "\(reports)/report.md", encoding: .utf8)
    #expect(told == "before\n" + page)
    try await model.stop()
  }

  @Test func `without a model the step fails, writes no report and is no verdict`() async throws {
    let small = try await SmallStudy()
    let refusing = try await CountingEndpoint.fixed(status: 401, "{}")
    let reports = small.folder.file("reports")
    let run = try await audit([
      "STUDY": small.study, "ENDPOINT": refusing.url, "MODEL": "tuned", "REPORTS": reports,
    ])
    #expect(run.code == 77, "\(run.code): \(run.notes)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: reports).isEmpty)
    try await refusing.stop()
  }

  @Test(arguments: ["STUDY", "ENDPOINT", "MODEL"])
  func `what must be given is asked for by its name`(_ name: String) async throws {
    var environment = ["STUDY": "/none", "ENDPOINT": "http://127.0.0.1:1", "MODEL": "tuned"]
    environment[name] = nil
    let run = try await audit(environment)
    #expect(run.code != 0 && run.notes.contains("\(name): "), "\(run.notes)")
  }

  @Test func `the template for GitHub runs the script with all that it needs`() throws {
    let job = try part("github.yml", "jobs", "leakage")
    let steps = try #require(job["steps"] as? [[String: Any]])
    let commands = steps.compactMap { $0["run"] as? String }
    #expect(commands == ["sh Examples/ci/audit.sh"])
    // Nothing from outside is put into a line of shell.
    #expect(commands.allSatisfy { !$0.contains("${{") })
    let step = try #require(steps.first { $0["run"] != nil })
    let given = Set(try #require(step["env"] as? [String: String]).keys)
    #expect(given.isSuperset(of: ["STUDY", "ENDPOINT", "MODEL", "REPORTS", "COALMINE_API_KEY"]))
    let keep = try #require(
      steps.first { ($0["uses"] as? String)?.hasPrefix("actions/upload-artifact@") == true })
    #expect((keep["if"] as? String)?.contains("always()") == true)
    #expect((keep["with"] as? [String: Any])?["path"] as? String == "reports/")
    #expect(try part("github.yml", "permissions") as? [String: String] == ["contents": "read"])
  }

  @Test func `the template for GitLab runs the script with all that it needs`() throws {
    let job = try part("gitlab.yml", "leakage")
    #expect(job["script"] as? [String] == ["sh Examples/ci/audit.sh"])
    let given = try #require(job["variables"] as? [String: String])
    #expect(Set(given.keys) == ["STUDY", "ENDPOINT", "REPORTS"])
    #expect((job["rules"] as? [[String: String]]) == [["if": "$MODEL"]])
    let artifacts = try part("gitlab.yml", "leakage", "artifacts")
    #expect(artifacts["when"] as? String == "always")
    #expect(artifacts["paths"] as? [String] == ["reports/"])
    #expect(job["resource_group"] as? String == "coalmine" && job["allow_failure"] == nil)
  }
}
