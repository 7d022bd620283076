// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineReporting
import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

/// The closed sets of the schema are those of the program: no report holds a value that the schema
/// refuses, and the schema names none that no report can hold.
@Suite struct `Enums of the schema` {
  private static let measures = [Abilities.continues, .chooses].flatMap { ability in
    MeasureSupport.table(
      Capabilities(
        claimed: ability, verified: ability, items: [], noiseNats: nil, repeats: 0,
        contextTokens: nil),
      references: nil
    ).map(\.measure)
  }

  /// Every place of the schema that lists values, with the values of the program.
  private static let expected: [String: [String]] = [
    "$defs/status": statuses,
    "$defs/finding/slug": Finding.Slug.allCases.map(\.rawValue),
    "$defs/caveat/slug": Caveat.Slug.allCases.map(\.rawValue),
    "$defs/role": Role.allCases.map(\.rawValue),
    "$defs/result/verdict": Verdict.allCases.map(\.rawValue),
    "$defs/study/origin": StudyOrigin.Kind.allCases.map(\.rawValue),
    "$defs/study/training/processed/conclusion": ProcessedFindings.Conclusion.allCases.map(
      \.rawValue),
    "$defs/study/runs/role": RunRole.allCases.map(\.rawValue),
    "$defs/study/runs/presentation": Presentation.Form.allCases.map(\.rawValue),
    "$defs/finding/sort": Finding.Sort.allCases.map(\.rawValue),
    "$defs/result/run_verdict": Verdict.allCases.map(\.rawValue),
    "$defs/result/privacy/change": PrivacyResult.Change.allCases.map(\.rawValue) + ["null"],
    "$defs/result/scope": ["full", "generation-only"],
    "$defs/run_outcome/verdict": Verdict.allCases.map(\.rawValue),
    "$defs/decision/planned_access": PlannedAccess.allCases.map(\.rawValue),
    "$defs/decision/access": PlannedAccess.allCases.map(\.rawValue) + ["null"],
    "$defs/component/component": EvidenceComponent.allCases.map(\.rawValue),
    "$defs/component/source": ComponentResult.Source.allCases.map(\.rawValue),
    // The best of the two is chosen before it is reported.
    "$defs/component/score": StudyProtocol.Decision.Score.named.map(\.rawValue) + ["null"],
    "$defs/checks/training/component": EvidenceComponent.allCases.map(\.rawValue) + ["null"],
    "$defs/checks/held_out/test": HeldOutControl.Test.allCases.map(\.rawValue) + ["null"],
    "$defs/checks/retrieval/component": EvidenceComponent.allCases.map(\.rawValue) + ["null"],
    "$defs/checks/base/component": EvidenceComponent.allCases.map(\.rawValue) + ["null"],
    "$defs/gate/measure": Gate.Measure.allCases.map(\.rawValue),
    "$defs/gate/state": GateResult.State.allCases.map(\.rawValue),
    "$defs/membership/score": membershipScores,
    "$defs/ranked_among": ExposureGroup.Ranking.allCases.map(\.rawValue),
    "$defs/extraction_budget/decoding": ExtractionBudget.Decoding.allCases.map(\.rawValue),
    "$defs/rate_comparison/name": RateComparison.Name.allCases.map(\.rawValue),
    "$defs/rate_comparison/test": RateComparison.Test.allCases.map(\.rawValue) + ["null"],
    "$defs/membership/needs": MembershipNeed.allCases.map(\.rawValue),
    "$defs/membership/method": MembershipResult.Method.allCases.map(\.rawValue) + ["null"],
    "$defs/membership/significance/method": MembershipResult.Test.allCases.map(\.rawValue)
      + ["null"],
    "$defs/endpoint_check/role": RunRole.allCases.map(\.rawValue),
    "$defs/endpoint_check/checks/subject": Capabilities.Subject.allCases.map(\.rawValue),
    "$defs/endpoint_check/checks/state": Capabilities.State.allCases.map(\.rawValue),
    "$defs/endpoint_check/measures/measure": measures,
    "$defs/ability": Abilities.named.map(\.slug),
    "$defs/transcript/class": Transcript.Class.allCases.map(\.rawValue),
    "$defs/transcript/ending": Completion.Ending.allCases.map(\.rawValue),
    "$defs/exposure/method": Exposure.Method.allCases.map(\.rawValue) + ["null"],
  ]

  private static let statuses: [String] = {
    let reason = Reason("x", "x")
    let all: [Outcome<Int>] = [
      .measured(1), .notMeasurable(reason), .censored(reason), .failed(reason),
    ]
    return all.map(\.status)
  }()

  /// The slugs of the one file per score in the target that computes them.
  private static let membershipScores: [String] = {
    let folder = Repository.url("Sources/CoalmineScoring/Records/Scores")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.compactMap { name in
      let text = (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
      return text.firstMatch(of: #/static let slug = "([^"]+)"/#).map { String($0.output.1) }
    }
  }()

  private static func enums(_ rule: JSONNode, at place: String) -> [String: [String]] {
    var found: [String: [String]] = [:]
    for (key, value) in rule.members ?? [] {
      switch key {
      case "enum": found[place] = (value.elements ?? []).map { $0.string ?? "null" }
      case "properties", "$defs":
        let inside = key == "$defs" ? "$defs" : place
        for (name, member) in value.members ?? [] {
          found.merge(enums(member, at: "\(inside)/\(name)")) { $1 }
        }
      case "items": found.merge(enums(value, at: place)) { $1 }
      default: break
      }
    }
    return found
  }

  @Test func `every enum has the values of the program, no more and no less`() throws {
    let schema = try JSONDocument(parsing: Array(JSONFormat.schema.utf8)).root
    let found = Self.enums(schema, at: "")
    #expect(Set(found.keys) == Set(Self.expected.keys))
    for (place, values) in Self.expected {
      #expect(values.count > 1, "\(place)")
      #expect(found[place]?.sorted() == values.sorted(), "\(place)")
    }
  }
}
