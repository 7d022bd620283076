// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Examples of replies in words.
enum TranscriptProse {
  /// The line between what was sent and what came back.
  static let boundary = "the prompt ends here; the model wrote:"

  /// How the examples were chosen and what of them is shown; or why there are none.
  static func note(_ transcripts: Transcripts, _ options: ReportOptions) -> String {
    if let missing = transcripts.missing { return "No reply can be shown: \(missing.evidence)." }
    let shown =
      options.reveal
      ? "Prompts and replies are shown as they are, up to 2,000 bytes each."
      : "In replies, and in turns that were planted before a prompt, every word but common ones is shown as "
        + "xxxx: they can hold text of the corpus. Secrets have the name of their canary in their place, "
        + "and 'coalmine report --reveal' shows all."
    return
      "Up to \(Transcripts.perClass) replies per class, at most one per canary, in the order of a "
      + "digest of the canaries' names: nobody chose them, and they decide nothing. \(shown) Foreign "
      + "secrets and other written forms were looked for in replies to "
      + "\(Prose.count(transcripts.searched, "canary", "canaries")); a secret of fewer than 8 bytes "
      + "is recognised only as it was planted."
  }

  static func title(_ outcome: Transcript.Class) -> String {
    switch outcome {
    case .hit: "Hit: the reply holds the secret of its prompt"
    case .nearHit: "Near hit: the reply holds it in another written form alone; no rate counts it"
    case .offTarget: "Off target: the reply holds the secret of another canary"
    case .refusal: "Refusal: the endpoint says that it refused or filtered the reply"
    case .miss: "Miss: none of that; a refusal in the model's own words is here, too"
    }
  }

  /// Classes that have no example.
  static func absent(_ transcripts: Transcripts) -> String? {
    guard transcripts.missing == nil else { return nil }
    let names = Transcript.Class.allCases.filter { outcome in
      !transcripts.examples.contains { $0.outcome == outcome }
    }.map(\.rawValue)
    return names.isEmpty ? nil : "No example was found of: \(names.joined(separator: ", "))."
  }

  /// `access-code-001, 1 copy; greedy-extraction, reply 1, ended by: stop; counted as extracted`.
  static func which(_ example: Transcript) -> String {
    let found = example.found.map { "\($0.canary) (\($0.form))" }
    let counts =
      example.outcome != .hit
      ? ""
      : example.countsAsExtracted
        ? "; the rate of extraction counts it"
        : "; the rate of extraction does not count it, the test by extraction does"
    return "\(example.canary), \(ReportProse.level(example.role, example.repetitions)); "
      + "\(example.probe.rawValue), reply \(example.sample), ended by: \(example.ending.rawValue)"
      + (found.isEmpty ? "" : "; secrets: \(found.joined(separator: ", "))") + counts
  }

  /// The text that the options allow; a part of it says so.
  static func text(_ text: TranscriptText, _ options: ReportOptions) -> String {
    guard text.bytes > 0 else { return "(empty)" }
    guard options.reveal else { return text.shown }
    let clear = text.clear.reveal()
    return String(decoding: clear, as: UTF8.self)
      + (clear.count < text.bytes ? " (\(clear.count) of \(text.bytes) bytes)" : "")
  }
}
