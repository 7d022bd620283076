// SPDX-License-Identifier: Apache-2.0

import CoalmineDemoModel
import CoalmineServing
import Foundation
import Synchronization
import Testing

/// A model that is replaced under its name, by the real program: its answers never stand beside those
/// of the one before, and an old verdict is never taken for one of the new model.
@Suite struct `A model that was replaced under one name` {
  /// An endpoint whose model can be replaced.
  private final class Replaceable: Sendable {
    let endpoint: CountingEndpoint
    private let held: Held
    private let files: [URL]

    private static func service(_ files: [URL], _ memorisation: Double) throws -> DemoModelService {
      let documents = try files.flatMap { TrainingFile.documents(Array(try Data(contentsOf: $0))) }
      return DemoModelService(
        model: DemoModel(documents: documents, memorisation: memorisation)!, name: "tuned", key: nil
      )
    }

    init(_ small: SmallStudy) async throws {
      files = [URL(fileURLWithPath: small.seeded)]
      let held = Held(try Self.service(files, 0.3))
      endpoint = try await CountingEndpoint { await held.current.respond(to: $0) }
      self.held = held
    }

    private final class Held: Sendable {
      private let service: Mutex<DemoModelService>
      init(_ service: DemoModelService) { self.service = Mutex(service) }
      var current: DemoModelService { service.withLock { $0 } }
      func replace(by other: DemoModelService) { service.withLock { $0 = other } }
    }

    /// Serves a model of the same file that learned more, or less, of it.
    func retrain(_ memorisation: Double) throws {
      held.replace(by: try Self.service(files, memorisation))
    }
  }

  private func level(_ study: String, run: Int) async throws -> Double {
    let score = try await CoalmineProgram.run(
      "score", "--study", study, "--run", "\(run)", "--json")
    let result = try #require(score.json["result"] as? [String: Any])
    let decision = try #require(result["decision"] as? [String: Any])
    let components = try #require(decision["components"] as? [[String: Any]])
    return try #require(components.first?["level"] as? Double)
  }

  @Test func `a finished run says so, and sends nothing of the study`() async throws {
    let small = try await SmallStudy(references: 3, samples: 2, defaultSamples: 0)
    let served = try await Replaceable(small)
    #expect(try await small.probe(served.endpoint).code == 0)
    let asked = served.endpoint.requests
    let again = try await small.probe(served.endpoint)
    #expect(again.code == 0 && served.endpoint.requests == asked + 1, "\(again.notes)")
    try served.retrain(0.6)
    let changed = try await small.probe(served.endpoint)
    #expect(changed.code == 78 && served.endpoint.requests == asked + 2)
    #expect(changed.notes.contains("model-changed"), "\(changed.notes)")
    #expect(changed.notes.contains("'coalmine probe --new-run' asks the model that is served now"))
    let new = try await small.probe(served.endpoint, ["--new-run"])
    #expect(new.code == 0, "\(new.notes)")
    // Another model is another hypothesis, at the whole level; the same model asked again is not.
    #expect(try await level(small.study, run: 2) == level(small.study, run: 1))
    #expect(try await small.probe(served.endpoint, ["--new-run"]).code == 0)
    #expect(try await level(small.study, run: 3) < level(small.study, run: 2))
    try served.retrain(0.3)
    #expect(try await small.probe(served.endpoint, ["--new-run"]).code == 0)
    #expect(try await level(small.study, run: 4) < level(small.study, run: 1))
    let verify = try await CoalmineProgram.run("verify", "--study", small.study)
    #expect(verify.code == 0, "\(verify.notes)\(verify.text)")
    try await served.endpoint.stop()
  }

  @Test func `an interrupted run goes on with its own model alone`() async throws {
    let small = try await SmallStudy(references: 15, samples: 2, defaultSamples: 0)
    let served = try await Replaceable(small)
    let running = try CoalmineProgram.startedHearingSignals(small.probeArguments(served.endpoint))
    served.endpoint.callOnRequest { if $0 == 12 { running.signal(SIGINT) } }
    #expect(try await running.outcome().code == 130)
    served.endpoint.callOnRequest(nil)
    try served.retrain(0.6)
    let asked = served.endpoint.requests
    let changed = try await small.probe(served.endpoint)
    #expect(changed.code == 78 && served.endpoint.requests == asked + 1, "\(changed.notes)")
    #expect(changed.notes.contains("may be those of two models"))
    // Nobody knows when it was replaced: that it is back does not help.
    try served.retrain(0.3)
    let back = try await small.probe(served.endpoint)
    #expect(back.code == 78 && served.endpoint.requests == asked + 1, "\(back.notes)")
    let verify = try await CoalmineProgram.run("verify", "--study", small.study)
    #expect(verify.code == 0, "\(verify.notes)\(verify.text)")
    #expect(try await small.probe(served.endpoint, ["--new-run"]).code == 0)
    try await served.endpoint.stop()
  }

  @Test func `a model that is replaced in the middle of a run is noticed at its end`() async throws
  {
    let small = try await SmallStudy(references: 15, samples: 2, defaultSamples: 0)
    let served = try await Replaceable(small)
    // After the check, before the last question.
    served.endpoint.callOnRequest { if $0 == 12 { try? served.retrain(0.6) } }
    let ended = try await small.probe(served.endpoint)
    served.endpoint.callOnRequest(nil)
    #expect(ended.code == 78 && served.endpoint.requests > 14, "\(ended.notes)")
    #expect(ended.notes.contains("model-changed"))
    #expect(ended.notes.contains("was given another model while run 1 asked"), "\(ended.notes)")
    #expect(ended.notes.contains("can show a leak, and never pass"))
    // Nothing more is sent for this run, whichever of the two is served.
    let asked = served.endpoint.requests
    for memorisation in [0.6, 0.3] {
      try served.retrain(memorisation)
      let again = try await small.probe(served.endpoint)
      #expect(again.code == 78 && served.endpoint.requests == asked, "\(again.notes)")
    }
    let score = try await CoalmineProgram.run("score", "--study", small.study, "--json")
    let result = try #require(score.json["result"] as? [String: Any])
    #expect(result["verdict"] as? String != "pass")
    let findings = try #require(result["findings"] as? [[String: Any]])
    #expect(findings.contains { $0["slug"] as? String == "answered-by-other-models" })
    let status = try await CoalmineProgram.run("status", small.study)
    #expect(
      status.text.contains("Another model was put in place while run 1 asked"), "\(status.text)")
    #expect(status.text.contains("--new-run"))
    let caveats = try #require(result["caveats"] as? [[String: Any]])
    #expect(
      caveats.contains {
        $0["slug"] as? String == "answered-by-other-models"
          && ($0["evidence"] as? String)?.contains("public texts score differently") == true
      }, "\(caveats)")
    let verify = try await CoalmineProgram.run("verify", "--study", small.study)
    #expect(verify.code == 0, "\(verify.notes)\(verify.text)")
    #expect(try await small.probe(served.endpoint, ["--new-run"]).code == 0)
    try await served.endpoint.stop()
  }

  @Test func `a model that only writes is known by what it writes`() async throws {
    let small = try await SmallStudy(references: 3, samples: 2, defaultSamples: 0)
    let served = try await Replaceable(small)
    let textOnly = ["--probe-set", "text-only"]
    #expect(try await small.probe(served.endpoint, textOnly).code == 0)
    #expect(try await small.probe(served.endpoint, textOnly).code == 0)
    // Verses alone, and none of them learned by heart: it goes on otherwise.
    try served.retrain(0)
    let changed = try await small.probe(served.endpoint, textOnly)
    #expect(changed.code == 78, "\(changed.notes)")
    #expect(changed.notes.contains("what it writes after a public text is another text"))
    try await served.endpoint.stop()
  }

  @Test func `a model that is asked in another way is the same model`() async throws {
    let small = try await SmallStudy(references: 3, samples: 2, defaultSamples: 0)
    let served = try await Replaceable(small)
    #expect(try await small.probe(served.endpoint, ["--probe-set", "text-only"]).code == 0)
    let gap = [
      "probe", "--study", small.study, "--endpoint", served.endpoint.url, "--dialect",
      "openai-completions,gap=qwen", "--model", served.endpoint.model, "--probe-set", "text-only",
    ]
    #expect(try await CoalmineProgram.started(gap).outcome().code == 0)
    #expect(try await level(small.study, run: 2) < level(small.study, run: 1))
    try await served.endpoint.stop()
  }

  @Test func `another name in the replies is another model, however often it comes`() async throws {
    let small = try await SmallStudy(references: 3, samples: 2, defaultSamples: 0)
    let documents = TrainingFile.documents(
      Array(try Data(contentsOf: URL(fileURLWithPath: small.seeded))))
    let service = DemoModelService(
      model: DemoModel(documents: documents, memorisation: 0.3)!, name: "tuned", key: nil)
    let isRenamed = Mutex(false)
    let endpoint = try await CountingEndpoint { request in
      let reply = await service.respond(to: request)
      guard isRenamed.withLock({ $0 }) else { return reply }
      let body = String(decoding: reply.body, as: UTF8.self)
        .replacing(#""model":"tuned""#, with: #""model":"fallback""#)
      return ServedResponse(
        status: reply.status, contentType: reply.contentType, body: Array(body.utf8))
    }
    #expect(try await small.probe(endpoint).code == 0)
    isRenamed.withLock { $0 = true }
    for _ in 0..<2 {
      let changed = try await small.probe(endpoint)
      #expect(changed.code == 78)
      #expect(changed.notes.contains("name 'fallback' and not 'tuned'"), "\(changed.notes)")
    }
    isRenamed.withLock { $0 = false }
    #expect(try await small.probe(endpoint).code == 0)
    try await endpoint.stop()
  }
}
