// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Evidence that repeats a secret or a piece of a text of the corpus: a server's words can quote what it was
/// sent.
package struct WithheldWords: Sendable {
  /// What stands in its place.
  package static let words = "withheld when the study was retired"
  /// Bytes of a record's text that are known again, and the steps at which they are taken: a piece of
  /// 31 bytes holds one of them. Shorter pieces stand in many sentences.
  private static let (window, step) = (24, 8)

  private let secrets: [String]
  private let windows: Set<ArraySlice<UInt8>>

  /// - Complexity: O(bytes of secrets and records) in time and memory.
  package init(_ study: StudyRecord) {
    secrets =
      (study.canaries.map(\.secret) + study.canaries.compactMap(\.placeholder)
      + study.inContextControls.flatMap { [$0.given, $0.decoy] })
      .map { String(decoding: $0.reveal(), as: UTF8.self) }.filter { !$0.isEmpty }
    var windows: Set<ArraySlice<UInt8>> = []
    // A context can begin as a record of the corpus.
    let planted = Set(
      study.canaries.flatMap { $0.turns ?? [] }.map(\.text) + study.canaries.map(\.prefix)
        + study.records.flatMap { $0.conversation?.revealedTurns() ?? [] }.map(\.text))
    for text in study.records.map({ $0.text.reveal() }) + planted {
      for start in stride(from: 0, through: text.count - Self.window, by: Self.step) {
        windows.insert(text[start..<start + Self.window])
      }
    }
    self.windows = windows
  }

  /// The evidence, or other words where it repeats what was dropped.
  @Sendable package func apply(_ evidence: String) -> String {
    let bytes = Array(evidence.utf8)
    let repeats =
      secrets.contains { evidence.contains($0) }
      || stride(from: 0, through: bytes.count - Self.window, by: 1).contains {
        windows.contains(bytes[$0..<$0 + Self.window])
      }
    return repeats ? Self.words : evidence
  }
}
