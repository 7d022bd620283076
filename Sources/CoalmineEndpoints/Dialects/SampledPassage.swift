// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A passage of a request, and how many samples of it are asked.
struct SampledPassage {
  let passage: Passage
  var samples: Int

  /// Samples of one passage stand side by side and are asked together; anything else is asked one
  /// by one.
  static func runs(of asks: [Ask]) -> [SampledPassage] {
    var runs: [SampledPassage] = []
    for ask in asks {
      guard let passage = ask.passage else { continue }
      if case .complete(_, let decoding) = ask, decoding.rule != .greedy,
        runs.last?.passage == passage
      {
        runs[runs.count - 1].samples += 1
      } else {
        runs.append(SampledPassage(passage: passage, samples: 1))
      }
    }
    return runs
  }
}

extension [Ask] {
  /// One limit serves a request: the largest, so that no secret is cut off.
  var longestCompletion: Int {
    reduce(0) { longest, ask in
      if case .complete(_, let decoding) = ask {
        Swift.max(longest, decoding.maxTokens)
      } else {
        longest
      }
    }
  }
}

extension Completion.Ending {
  /// The ending of a choice, by its `finish_reason` and by what a filter of Azure says of it.
  ///
  /// ```
  /// {"finish_reason":"content_filter","content_filter_results":{"protected_material_text":{"filtered":true,"detected":true}}}
  /// ```
  ///
  /// Source: Microsoft, "Content filtering annotations",
  /// https://learn.microsoft.com/en-us/azure/ai-services/openai/concepts/content-filter-annotations.
  init(choice: JSONNode?) {
    let ending = Completion.Ending(finishReason: choice?["finish_reason"]?.string)
    let found = ["protected_material_text", "protected_material_code"].compactMap {
      choice?["content_filter_results"]?[$0]
    }
    self =
      switch ending {
      case .filtered where found.contains { $0["filtered"]?.bool == true }: .recitation
      case .stop where found.contains { $0["detected"]?.bool == true },
        .length where found.contains { $0["detected"]?.bool == true }:
        .cited
      default: ending
      }
  }

  /// The ending that a `finish_reason` names.
  init(finishReason: String?) {
    switch finishReason {
    case "length"?: self = .length
    case "content_filter"?: self = .filtered
    case "refusal"?: self = .refused
    default: self = .stop
    }
  }
}

extension ServedModel {
  /// What a reply says of the model that answered; `nil` where it says nothing.
  init?(_ root: JSONNode) {
    // Names are shown in reports, and whoever writes them is not trusted.
    func word(_ field: String) -> String? {
      root[field]?.string.map { String(terminalSafe($0).prefix(200)) }
    }
    let name = word("model") ?? word("modelVersion")
    let fingerprint = word("system_fingerprint")
    guard name != nil || fingerprint != nil else { return nil }
    self.init(name: name, fingerprint: fingerprint)
  }
}

extension Reading<RequestAnswers> {
  /// What a server says about itself. One that says nothing is none the worse for it.
  static func described(_ reply: Reply, _ read: (JSONNode) -> EndpointSettings?) -> Self {
    guard reply.status == 200,
      let document = try? JSONDocument(parsing: reply.body, repairing: true),
      let settings = read(document.root)
    else {
      return .value(
        RequestAnswers([.notMeasurable(Reason("not-described", "the endpoint tells no settings"))]))
    }
    return .value(RequestAnswers([.measured(.described(settings))]))
  }
}
