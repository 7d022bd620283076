// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// What the page's template shows: strings alone, so that the template escapes every one.
///
/// `plot` and `style` are the two values that are ours to the last byte and go in unescaped.
struct PageView {
  let verdict: String
  let headline: String
  let meaning: String
  let runLine: String
  let style: String
  let styleDigest: String
  let findings: [String]
  let planted: String
  let primaryTest: [Pair]
  let controls: [Control]
  let plot: String?
  let doses: [Dose]
  let nullLine: String
  let gates: [GateRow]
  let hasMembership: Bool
  let membership: [Score]
  let crossHits: String
  let canaries: [CanaryRow]
  let revealed: Bool
  let caveats: [Note]
  let notMeasured: [Note]
  let attackClasses: [Pair]
  let limits: [String]
  let runs: [RunRow]
  let evidence: [Pair]

  struct Pair { let name: String, value: String }
  struct Note { let slug: String, text: String }
  struct Control { let name: String, state: String, sentence: String }
  struct Dose {
    let dose: String, canaries: String, median: String, quartiles: String, atCeiling: String
    let greedy: String, sampled: String, defaults: String
  }
  struct GateRow { let name: String, limit: String, rate: String, state: String }
  struct Score { let score: String, members: String, nonmembers: String, auc: String, interval: String }
  struct CanaryRow {
    let id: String, dose: String, bits: String, secret: String, logProbability: String
    let exposure: String, greedy: String, sampled: String, caveats: String
  }
  struct RunRow {
    let number: String, role: String, model: String, endpoint: String, asked: String
    let complete: String, used: String, requests: String, opened: String
  }

  init(_ report: Report, _ options: ReportOptions, style: String, styleDigest: String) {
    let result = report.result
    verdict = result.verdict.rawValue
    headline = ReportProse.headline(result.verdict)
    meaning = ReportProse.meaning(result.verdict)
    runLine = ReportProse.runLine(result.study)
    self.style = style
    self.styleDigest = styleDigest
    findings = result.findings.map(\.sentence)
    planted = Self.planted(result)
    primaryTest = Self.primaryTest(result.primaryTest)
    controls = [("training", result.controls.training), ("chain", result.controls.chain)].map {
      Control(
        name: $0, state: $1.seen.value.map { $0 ? "seen" : "not seen" } ?? $1.seen.status,
        sentence: $1.sentence)
    }
    plot = Plot(result).svg()
    doses = result.doses.map(Self.dose)
    nullLine =
      "Where nothing leaked, the exposure of one canary has mean "
      + "\(Prose.decimal(result.nullLine.meanBits, 2)) bits, and the largest of "
      + "\(result.nullLine.canaries) has median "
      + "\(Prose.decimal(result.nullLine.medianMaximumBits, 1)) bits. An exposure is not a test."
    gates = result.gates.map { gate in
      GateRow(
        name: "\(gate.gate.measure.rawValue) at \(Prose.count(gate.gate.dose, "copy", "copies"))",
        limit: Prose.percent(gate.gate.limit), rate: ReportProse.rate(gate.rate),
        state: gate.state.rawValue)
    }
    hasMembership = !result.membership.isEmpty
    membership = result.membership.map { score in
      let auc = ReportProse.auc(score)
      return Score(
        score: score.score, members: String(score.members), nonmembers: String(score.nonmembers),
        auc: auc.value, interval: auc.interval)
    }
    let hits = result.crossHits
    crossHits =
      "In \(hits.replies) replies another canary's inserted secret stood "
      + "\(Prose.count(hits.insertedHits, "time", "times")) (\(hits.insertedSecrets) secrets of at "
      + "least 40 bits looked for), a never-inserted one "
      + "\(Prose.count(hits.controlHits, "time", "times")) (\(hits.controlSecrets) looked for)."
    canaries = result.canaries.map { Self.canary($0, options) }
    revealed = options.reveal
    caveats = result.caveats.map { Note(slug: $0.slug, text: $0.evidence) }
    notMeasured = result.notMeasured.map { Note(slug: $0.slug, text: $0.sentence) }
    attackClasses = ReportProse.attackClasses(result).map { Pair(name: $0.name, value: $0.state) }
    limits = ReportProse.limits
    let costs = Dictionary(
      report.run.runs.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    runs = result.study.runs.map { run in
      RunRow(
        number: String(run.number), role: run.role.rawValue, model: run.model,
        endpoint: run.endpoint, asked: run.probeSet, complete: run.complete ? "yes" : "no",
        used: run.used ? "yes" : "no",
        requests: costs[run.number].map { String($0.requests) } ?? "-",
        opened: costs[run.number]?.openedAt ?? "-")
    }
    evidence = Self.evidence(report)
  }

  private static func planted(_ result: StudyResult) -> String {
    let inserted = result.canaries.count { $0.role == .inserted }
    let heldOut = result.canaries.count { $0.role == .heldOut }
    let controls = result.canaries.count { $0.role == .control }
    return "\(inserted) invented secrets and \(controls) controls were planted in a corpus of "
      + "\(result.study.corpusRecords) records, \(result.study.insertedCopies) copies in all; "
      + "\(heldOut) more were drawn the same way and left out by a coin."
  }

  private static func primaryTest(_ test: PrimaryTestResult) -> [Pair] {
    var pairs = [
      Pair(name: "test", value: test.name), Pair(name: "score", value: test.score),
      Pair(
        name: "groups", value: "\(test.inserted) inserted, \(test.heldOut) held out by the coin"),
    ]
    if let value = test.outcome.value {
      pairs += [
        Pair(
          name: "share of pairs in which the inserted one scores higher",
          value: "\(Prose.decimal(value.statistic, 3)) (0.5 means no difference)"),
        Pair(
          name: "one-sided p",
          value: "\(Prose.pValue(value.pValue)) at alpha \(Prose.decimal(test.alpha, 3)), "
            + "\(value.relabellings) relabellings\(value.exact ? ", all of them" : "")"),
      ]
    } else {
      pairs.append(
        Pair(name: "result", value: test.outcome.reason?.evidence ?? test.outcome.status))
    }
    pairs.append(
      Pair(
        name: "smallest AUC seen with the planned power",
        value: test.detectableAUC.map { Prose.decimal($0, 2) } ?? "none"))
    return pairs
  }

  private static func dose(_ dose: DoseResult) -> Dose {
    Dose(
      dose: ReportProse.dose(dose.role, dose.repetitions), canaries: String(dose.canaries),
      median: ReportProse.number(dose.medianExposureBits),
      quartiles: dose.quartilesBits.value.map {
        "\(Prose.decimal($0.lowerBound, 1))–\(Prose.decimal($0.upperBound, 1))"
      } ?? "", atCeiling: String(dose.atCeiling), greedy: ReportProse.rate(dose.greedy),
      sampled: ReportProse.rate(dose.sampled), defaults: ReportProse.rate(dose.defaults))
  }

  private static func canary(_ canary: CanaryResult, _ options: ReportOptions) -> CanaryRow {
    CanaryRow(
      id: canary.id, dose: ReportProse.dose(canary.role, canary.repetitions),
      bits: Prose.decimal(canary.secretBits, 1),
      secret: options.reveal
        ? String(decoding: canary.secret.reveal(), as: UTF8.self)
        : "\(canary.secret.reveal().count) bytes, redacted",
      logProbability: ReportProse.number(canary.secretLogProbability),
      exposure: ReportProse.exposure(canary.exposure),
      greedy: canary.greedy.value.map { $0 ? "yes" : "no" } ?? canary.greedy.status,
      sampled: canary.sampled.value.map { "\($0.hits) of \($0.samples)" }
        ?? canary.sampled.status,
      caveats: canary.caveats.map(\.slug).joined(separator: ", "))
  }

  private static func evidence(_ report: Report) -> [Pair] {
    let study = report.result.study
    let training =
      study.training.map { training in
        "\(training.model), \(Prose.count(training.epochs, "epoch", "epochs"))"
          + (training.job.map { ", job \($0)" } ?? "")
          + (training.statedBy.map { ", stated by \($0)" } ?? ", by nobody named")
      } ?? "not stated"
    return [
      Pair(name: "study", value: study.id), Pair(name: "training, as stated", value: training),
      Pair(name: "protocol, SHA-256", value: study.protocolDigest),
      Pair(name: "corpus before seeding, SHA-256", value: study.corpusDigest),
      Pair(name: "corpus as seeded, SHA-256", value: study.seededDigest),
      Pair(name: "coalmine", value: report.run.version),
      Pair(name: "written", value: report.run.writtenAt),
    ]
  }
}
