// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation

/// A seeded study of about 39 canaries, and runs of scripted models, all through the program.
struct ScriptedStudy: Sendable {
  /// What the protocol of a study says.
  struct Design: Sendable, Hashable {
    var kinds = ["access-code", "account-number", "hex-token", "pass-phrase"]
    var hasBase = false
    var mayLookUp = false
  }

  let folder: TemporaryFolder
  var study: String { folder.file("study.coalmine") }

  /// A planned study.
  struct Plan: Sendable {
    /// The protocol.
    var text: String
    /// The rate of false alarms that `plan` prints for the first run.
    let falseAlarmRate: Double
  }

  /// Plans the smallest study that can pass, with 31 references and one reply for each canary.
  static func plan(_ design: Design) async throws -> Plan {
    try await plans.value(design) { try await made(design) }
  }

  private static let plans = MadeOnce<Design, Plan>()

  private static func made(_ design: Design) async throws -> Plan {
    let folder = try TemporaryFolder()
    let corpus = try Self.corpus(in: folder)
    var arguments = [
      "plan", corpus, "--share", "0.1", "--output", folder.file("protocol.yaml"), "--json",
    ]
    arguments += design.kinds.flatMap { ["--only-kinds", $0] }
    arguments += design.mayLookUp ? ["--retrieval"] : []
    arguments += design.hasBase ? [] : ["--score", "secret-logprob"]
    let plan = try await CoalmineProgram.started(arguments).outcome()
    guard plan.code == 0, let rate = plan.json["false_alarm_rate"] as? Double else {
      throw ProgramFailed(plan)
    }
    let text = String(decoding: try folder.read("protocol.yaml"), as: UTF8.self)
      .replacing(/\nreferences: \d+/, with: "\nreferences: 31")
      .replacing(/samples: 16/, with: "samples: 0")
      .replacing(/non-member-records: \d+/, with: "non-member-records: 0")
      .replacing(/dense-auc: [0-9.]+/, with: "dense-auc: 0.75")
      .replacing(/sparse-secrets: \d+/, with: "sparse-secrets: 2")
      .replacing(/permutations: 9999/, with: "permutations: 999")
    return Plan(text: text, falseAlarmRate: rate)
  }

  private static func corpus(in folder: TemporaryFolder) throws -> String {
    try folder.write(
      SmallStudy.verses.suffix(400).joined(separator: "\n") + "\n", to: "corpus.jsonl")
  }

  /// Seeds the corpus by a protocol.
  init(_ plan: Plan, kindsFolder: String? = nil, seed: Int) async throws {
    folder = try TemporaryFolder(in: .memory)
    let corpus = try Self.corpus(in: folder)
    try folder.write(plan.text, to: "protocol.yaml")
    let seeding = try await CoalmineProgram.started(
      [
        "seed", corpus, "--output", folder.file("seeded.jsonl"), "--study", study, "--protocol",
        folder.file("protocol.yaml"), "--seed", "\(seed)",
      ] + (kindsFolder.map { ["--kinds", $0] } ?? [])
    ).outcome()
    guard seeding.code == 0 else { throw ProgramFailed(seeding) }
  }

  /// States that the model was trained on the seeded file.
  func stateTraining() async throws -> ScriptedStudy {
    let trained = try await CoalmineProgram.run(
      "trained", "--study", study, "--model", "tuned", "--epochs", "1", "--file",
      folder.file("seeded.jsonl"))
    guard trained.code == 0 else { throw ProgramFailed(trained) }
    return self
  }

  private init(copying other: ScriptedStudy) throws {
    folder = try TemporaryFolder(in: .memory)
    try FileManager.default.copyItem(atPath: other.study, toPath: study)
  }

  /// The same study with the same runs in another file.
  func copy() throws -> ScriptedStudy { try ScriptedStudy(copying: self) }

  /// Asks a model as `tuned`, or as `base`.
  func probe(_ model: ScriptedModel, as role: String = "tuned", _ more: String...) async throws {
    let server = try ScriptedServer(model, name: role, study: study)
    let endpoint = try await CountingEndpoint(model: role) { server.respond(to: $0) }
    let outcome = try await CoalmineProgram.started(
      [
        "probe", "--study", study, "--endpoint", endpoint.url, "--model", role, "--as", role,
      ] + more
    ).outcome()
    try await endpoint.stop()
    guard outcome.code == 0 else { throw ProgramFailed(outcome) }
  }

  /// What `score` prints, and how it ends.
  func score() async throws -> (code: Int32, result: ScoredResult) {
    let outcome = try await CoalmineProgram.run("score", "--study", study, "--json")
    guard [0, 1, 3, 4].contains(outcome.code) else { throw ProgramFailed(outcome) }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return (outcome.code, try decoder.decode(ScoredReport.self, from: outcome.output).result)
  }

  private struct ScoredReport: Decodable { let result: ScoredResult }
}

/// The parts of a report that a verdict rests on.
struct ScoredResult: Decodable, Sendable {
  struct Slug: Decodable, Sendable { let slug: String }
  struct Component: Decodable, Sendable {
    let component: String
    let score: String?
    let pValue: Double?
    let missing: Int?
    let findsLeak: Bool
  }
  struct Decision: Decodable, Sendable {
    let inserted: Int
    let heldOut: Int
    let components: [Component]
  }
  struct Count: Decodable, Sendable {
    let missing: Int?
    let withheld: Int?
    let unreadable: Int?
  }
  struct Answers: Decodable, Sendable {
    let tuned: Count
    let base: Count
  }
  struct Gate: Decodable, Sendable { let state: String }
  struct Canary: Decodable, Sendable {
    struct Extraction: Decodable, Sendable { let greedy: Greedy }
    struct Greedy: Decodable, Sendable { let extracted: Bool? }
    let kind: String
    let role: String
    let extraction: Extraction
  }

  let verdict: String
  let runVerdict: String
  let findings: [Slug]
  let caveats: [Slug]
  let decision: Decision
  let answers: Answers
  let gates: [Gate]
  let canaries: [Canary]

  func component(_ name: String) -> Component? {
    decision.components.first { $0.component == name }
  }

  func finds(_ slug: String) -> Bool { findings.contains { $0.slug == slug } }
  func warns(_ slug: String) -> Bool { caveats.contains { $0.slug == slug } }

  /// For the message of a test that fails.
  var summary: String {
    "\(verdict): \(findings.map(\.slug)); "
      + decision.components.map { "\($0.component) \($0.pValue.map { "\($0)" } ?? "-")" }
      .joined(separator: ", ") + "; caveats \(caveats.map(\.slug))"
  }
}
