// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineScanning
import CoalmineScoring

/// The secrets that are looked for in what a model was asked and in what it wrote.
struct TranscriptSecrets {
  /// A place that holds a secret.
  struct Mark: Equatable {
    /// Bytes of the text.
    let range: Range<Int>
    let found: Transcript.Found
  }

  /// A secret with fewer bytes is looked for in no foreign text: it would be found by chance.
  static let shortest = 6

  private let patterns: ScanPatterns
  /// Those that chance puts into no text, by ``ScoringRules/offTargetBits``.
  private let telling: Set<String>
  private let canaries: [Canary]

  /// - Parameter searched: those whose written forms are looked for.
  init(_ canaries: [Canary], searched: some Collection<Canary>) {
    self.canaries = canaries
    patterns = ScanPatterns(
      searched.map { ScanTarget(name: $0.id, secret: $0.secret.reveal()) })
    telling = Set(searched.lazy.filter { $0.bits >= ScoringRules.offTargetBits }.map(\.id))
  }

  /// The places of a canary's own secret, byte for byte.
  static func exact(_ canary: Canary, in text: [UInt8]) -> [Mark] {
    let secret = canary.secret.reveal()
    var marks: [Mark] = []
    var start = 0
    while let range = ByteSearch.firstRange(of: secret, in: text, from: start) {
      marks.append(Mark(range: range, found: .init(canary: canary.id, form: "exact")))
      start = range.upperBound
    }
    return marks
  }

  /// The places of a reply that hold the secret of its own canary, or one that chance does not put
  /// there, in every form that a scan finds.
  ///
  /// - Complexity: O(bytes).
  func marks(inReply text: [UInt8], of canary: Canary) -> [Mark] {
    Self.exact(canary, in: text)
      + scanned(text).filter { mark in
        mark.found.canary == canary.id
          ? mark.found.form != "exact" : telling.contains(mark.found.canary)
      }
  }

  /// The places of a prompt that hold any planted secret, or another candidate for the canary's own.
  ///
  /// - Complexity: O(bytes · canaries).
  func marks(inPrompt text: [UInt8], of canary: Canary, space: RandomnessSpace?) -> [Mark] {
    var marks = scanned(text)
    for other in canaries where other.secret.reveal().count >= Self.shortest {
      marks += Self.exact(other, in: text)
    }
    guard let space else { return marks }
    for place in text.indices {
      guard let (_, length) = space.candidateAtStart(of: text[place...]), length >= Self.shortest
      else { continue }
      marks.append(
        Mark(
          range: place..<place + length, found: .init(canary: canary.id, form: "candidate")))
    }
    return marks
  }

  private func scanned(_ text: [UInt8]) -> [Mark] {
    var scanner = Scanner(patterns)
    return scanner.scan(text, last: true).map {
      Mark(range: $0.offset..<$0.end, found: .init(canary: $0.name, form: $0.form))
    }
  }
}
