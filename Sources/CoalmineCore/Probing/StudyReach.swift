// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// What a run at a checked endpoint can conclude for a study, before it is asked.
///
/// `score` decides by the same rules from the answers; what is not known before them (whether the
/// controls are seen, how much is missing) is left to it. Where ``canPass`` is false no answers make
/// the run pass.
///
///     let reach = StudyReach(protocol, capabilities, asks: probeSet.probes)
///     reach.obstacles // ["the protocol plans for an endpoint that scores texts, and this run …"]
public struct StudyReach: Sendable, Equatable {
  /// One of the tests that decide.
  public struct Test: Sendable, Equatable {
    public let component: EvidenceComponent
    public let isPossible: Bool
    /// What it will look at, or why it cannot be taken.
    public let words: String

    /// As reports call it: `rank`, `assignment`.
    public var name: String { component == .coin ? "assignment" : component.rawValue }
  }

  public let tests: [Test]
  /// Why the run cannot pass; empty where it can.
  public let obstacles: [String]

  public var canPass: Bool { obstacles.isEmpty }
  public var canFindLeak: Bool { tests.contains(where: \.isPossible) }

  /// The verdicts that are left, in one sentence about `subject`, which begins it: "It", "This run".
  ///
  /// Where a pass is not among them the sentence says why.
  public func sentence(about subject: String) -> String {
    if canPass { return "\(subject) can end as pass, leak or inconclusive." }
    let limits =
      canFindLeak
      ? "can end as leak or inconclusive, and it cannot pass"
      : "is inconclusive, whatever the model does"
    return "\(subject) \(limits): \(obstacles.joined(separator: "; "))."
  }

  /// - Parameters:
  ///   - seen: what the check saw.
  ///   - probes: what the run's probe set asks.
  public init(_ plan: StudyProtocol, _ seen: Capabilities, asks probes: [Probe]) {
    let decodings = [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction].filter {
      plan.decoding.samples(of: $0) != 0
    }
    let writes = seen.verified.meets(.completions)
    let asked = decodings.filter { writes && probes.contains($0) }
    let scores = seen.verified.meets(.scores) && probes.contains(.sequenceLikelihood)
    let listsTokens =
      seen.verified.contains(.showsTopTokens) && asked.contains(.sampledExtraction)
    let given = Given(
      scores: scores, replies: !asked.isEmpty, noise: seen.noiseNats ?? 0,
      tokens: listsTokens,
      sums: seen[.probabilitiesSum]?.state != .notSeen, references: plan.references)
    tests = plan.decision.components.map { given.test(by: $0) }
    var obstacles: [String] = []
    if plan.edition == .first {
      obstacles.append("a protocol of the first edition cannot pass; plan a new study")
    }
    let access: PlannedAccess =
      asked.count < decodings.count
      ? .textOnly : scores ? .textScoring : listsTokens ? .topTokens : .textOnly
    if plan.decision.access == .textScoring, access != .textScoring {
      obstacles.append(
        scores
          ? "the protocol plans for scores and replies, and this run asks for fewer replies"
          : "the protocol plans for an endpoint that scores given texts, and this run gets replies "
            + "alone; 'coalmine plan --access text-only' plans a study for it")
    }
    if plan.decision.access == .topTokens, access == .textOnly {
      let why =
        seen.claimed.contains(.showsTopTokens)
        ? "what is listed beside samples cannot be used"
          + (seen[.tokensListed].map { " (\($0.evidence))" } ?? "")
        : "this run gets none: ask with the dialect's option 'logprobs' where it has one, as in "
          + "'openai-chat,logprobs=20'"
      obstacles.append("the protocol plans for samples with their likeliest tokens, and " + why)
    }
    obstacles += tests.filter { !$0.isPossible }.map {
      "the test by \($0.name) cannot be taken"
    }
    if plan.controls.canaries == 0 {
      obstacles.append("the study has no control canaries")
    }
    obstacles += plan.decision.undercutFloors(inserted: plan.randomized)
    for gate in plan.gates where !Self.isMeasured(gate, asked) {
      obstacles.append(
        "the gate '\(gate.measure.rawValue)' needs replies that this run does not ask")
    }
    self.obstacles = obstacles
  }

  private static func isMeasured(_ gate: Gate, _ asked: [Probe]) -> Bool {
    switch gate.measure {
    case .verbatimSecrets: !asked.isEmpty
    case .greedyExtraction: asked.contains(.greedyExtraction)
    case .sampledExtraction: asked.contains(.sampledExtraction)
    }
  }

  /// What a run gets from the endpoint.
  private struct Given {
    let scores: Bool
    let replies: Bool
    let noise: Double
    let tokens: Bool
    let sums: Bool
    let references: Int

    func test(by component: EvidenceComponent) -> Test {
      func yes(_ words: String) -> Test {
        Test(component: component, isPossible: true, words: words)
      }
      func no(_ words: String) -> Test {
        Test(component: component, isPossible: false, words: words)
      }
      let nothing = "needs scores of given texts, or replies"
      switch component {
      case .rank:
        guard scores else {
          return replies
            ? yes(
              tokens
                ? "each secret among all candidates, by the likeliest tokens beside its samples"
                : "each secret among all candidates, by how often the model writes them")
            : no(nothing)
        }
        return references > 0
          ? yes("each inserted secret among its \(references) references")
          : no("no references are asked")
      case .mass:
        guard scores else {
          return replies
            ? yes(
              tokens
                ? "a certain lower end of the probability of each inserted secret, over chance"
                : "secrets that the model writes, over chance") : no(nothing)
        }
        return sums
          ? yes("the probability of each inserted secret, over chance")
          : no("probabilities were seen to sum to more than 1")
      case .extraction:
        return replies
          ? yes("secrets that stand in replies to their prompts") : no("needs replies")
      case .coin:
        return scores
          ? yes("inserted secrets against held-out ones") : no("needs scores of given texts")
      }
    }
  }
}
