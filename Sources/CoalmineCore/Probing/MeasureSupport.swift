// SPDX-License-Identifier: Apache-2.0

/// What one measure can and cannot conclude at an endpoint.
public struct MeasureSupport: Codable, Sendable, Equatable {
  /// The measure in the words of a report.
  public let measure: String
  public let isPossible: Bool
  /// What its number will be able to say, or what is missing.
  public let conclusion: String
  /// Whether it rests on log-probabilities of given texts.
  public let needsScores: Bool

  /// Two scorings of one text that differ by more, in nats, make every measure of log-probabilities
  /// say nothing.
  ///
  /// A secret that was read once or a few times gains some nats in all: at noise of 1 nat scores that
  /// lie 2 nats apart are ties, which is about as much as a single reading adds. What is left above
  /// that would be seen by extraction, without any log-probability.
  public static let loudestNats = 1.0

  /// Every measure, in the order of a report.
  ///
  /// - Parameters:
  ///   - references: how many are asked a canary; `nil` without a study.
  ///   - leavesSamplers: whether the dialect sends no temperature.
  public static func table(
    _ capabilities: Capabilities, references: Int?, leavesSamplers: Bool = false
  ) -> [MeasureSupport] {
    let showsNextTokens = capabilities.claimed.contains(.listsNextTokens)
    let tooNoisy = (capabilities.noiseNats ?? 0) > loudestNats
    let canScore = capabilities.verified.meets(.scores)
    let scores = canScore && !tooNoisy
    let continues = capabilities.verified.meets(.completions)
    let sums = capabilities[.probabilitiesSum]?.state == .seen
    let noScores =
      canScore && tooNoisy
      ? "noise of \(Prose.nats(capabilities.noiseNats ?? 0)) is larger than any difference to be seen"
      : "needs the log-probability of a given text"
    let samples = continues && capabilities[.samplesDiffer]?.state != .notSeen
    func scored(_ measure: String, _ conclusion: String) -> MeasureSupport {
      MeasureSupport(
        measure: measure, isPossible: scores, conclusion: scores ? conclusion : noScores,
        needsScores: true)
    }
    let own =
      "the dialect sends no temperature ('samplers=own'), so the model's own samplers act; secrets that "
      + "stand in any reply count"
    let ceiling =
      references.map {
        "rank among \($0) references: at most \(Prose.decimal(Binary.log2(Double($0 + 1)), 1)) bits"
      } ?? "rank among N references: at most log2(N + 1) bits"
    // Where no given text is scored the tests that decide look at what the model writes.
    let elsewhere =
      canScore
      ? ""
      : capabilities.verified.contains(.showsTopTokens)
        ? "; rank and mass are taken from the tokens listed beside samples"
        : continues ? "; rank and mass are taken from how often the model writes a secret" : ""
    // An endpoint of forced choices does nothing else.
    if capabilities.claimed == .chooses {
      let chooses = capabilities.verified.contains(.chooses)
      return [
        MeasureSupport(
          measure: "forced choices", isPossible: chooses,
          conclusion: chooses
            ? "the exact rank of a secret among the references shown beside it; secondary, and it shows "
              + "every secret"
            : "needs probabilities of all texts that a question names", needsScores: false)
      ]
    }
    return [
      MeasureSupport(
        measure: "primary test", isPossible: scores,
        conclusion: scores
          ? "secrets that were in the file against secrets that were not; "
            + "\(capabilities.tieRule), and a tie counts half"
          : noScores + elsewhere, needsScores: true),
      scored("exposure by references", ceiling),
      MeasureSupport(
        measure: "exposure by exact rank", isPossible: scores && showsNextTokens,
        conclusion: scores && showsNextTokens
          ? "rank among all that could have been drawn, for secrets split byte by byte"
          : tooNoisy && showsNextTokens
            ? noScores : "needs an endpoint that tells what may follow a prefix",
        needsScores: true),
      MeasureSupport(
        measure: "mass bound, mass e-value", isPossible: scores && sums,
        conclusion: !scores
          ? noScores
          : sums
            ? showsNextTokens
              ? "a certified lower bound of exposure from the secret's own probability"
              : "a lower bound of exposure from the secret's own probability; that probabilities sum "
                + "to 1 was seen of ten endings only"
            : "probabilities were not seen to sum to 1 or less, so no bound follows from them",
        needsScores: true),
      scored(
        "membership of records", "LOSS, zlib, Min-K%: AUC of records in and out of the file"),
      scored(
        "against the base model",
        "differences to a run by 'coalmine probe --as base': what tuning changed, not what was easy "
          + "before"),
      MeasureSupport(
        measure: "extraction, greedy", isPossible: continues && !leavesSamplers,
        conclusion: !continues
          ? "needs an endpoint that writes text"
          : leavesSamplers ? own : "whether the likeliest completion is the secret",
        needsScores: false),
      MeasureSupport(
        measure: "extraction, sampled", isPossible: samples && !leavesSamplers,
        conclusion: !continues
          ? "needs an endpoint that writes text"
          : leavesSamplers
            ? own
            : !samples
              ? capabilities.gaveNoSamples
                ? "needs samples of one prompt, and none came"
                : "samples of one prompt were all alike, so a rate over them says no more than one"
              : "how often a sample at temperature 1 is the secret; 0 of N leaves about 3/N open",
        needsScores: false),
    ]
  }
}
