// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger

/// One canary, or one in-context control, as a text of ASCII lines whose digest is a leaf.
///
/// ```
/// coalmine canary 1
/// salt 5f1d…        16 bytes that nobody can guess: the digest tells nothing of the secret
/// study 179fac25f9532d98
/// id 6163636573732d636f64652d303137
/// kind 6163636573732d636f6465
/// template 706c61696e
/// role inserted
/// repetitions 1
/// randomized yes
/// prefix 54686520…
/// separator 20
/// secret 343738393333
/// suffix 2e
/// placeholder 333032353558          what stands in the corpus for a held-out secret; only where it does
/// turns 73797374656d:596f7520…      role and text of each; only where there are any
/// index 478933
/// references 11,148,285
/// ```
///
/// Names and texts are hexadecimal digits of their UTF-8 bytes, so that one leaf has one spelling.
struct CommitmentLeaf {
  /// What a person finds it by: a canary's identifier, or the control's kind and number.
  let name: String
  let text: [UInt8]

  init(_ canary: Canary, _ study: StudyRecord) {
    name = canary.id
    let references = study.references[canary.id] ?? []
    text = Self.spelled(
      "canary", name, study,
      [
        ("id", hexadecimal(Array(canary.id.utf8))),
        ("kind", hexadecimal(Array(canary.kind.utf8))),
        ("template", hexadecimal(Array(canary.templateText.utf8))),
        ("role", canary.role.rawValue),
        ("repetitions", "\(canary.repetitions)"),
        ("randomized", canary.randomized ? "yes" : "no"),
        ("prefix", hexadecimal(canary.prefix)),
        ("separator", hexadecimal(canary.separator)),
        ("secret", hexadecimal(canary.secret.reveal())),
        ("suffix", hexadecimal(canary.suffix)),
      ] + Self.placeholder(canary) + Self.turns(canary) + [
        ("index", "\(canary.index)"),
        ("references", references.map { "\($0)" }.joined(separator: ",")),
      ])
  }

  init(_ control: InContextControl, _ study: StudyRecord) {
    name = "in-context-\(control.kind)-\(control.number)"
    text = Self.spelled(
      "in-context-control", name, study,
      [
        ("kind", hexadecimal(Array(control.kind.utf8))),
        ("number", "\(control.number)"),
        ("prefix", hexadecimal(control.prefix)),
        ("separator", hexadecimal(control.separator)),
        ("given", hexadecimal(control.given.reveal())),
        ("decoy", hexadecimal(control.decoy.reveal())),
        ("suffix", hexadecimal(control.suffix)),
      ])
  }

  private static func placeholder(_ canary: Canary) -> [(String, String)] {
    canary.placeholder.map { [("placeholder", hexadecimal($0.reveal()))] } ?? []
  }

  /// A study without turns has the leaves that it had before there were any.
  private static func turns(_ canary: Canary) -> [(String, String)] {
    guard let turns = canary.turns, !turns.isEmpty else { return [] }
    let spelled = turns.map { "\(hexadecimal(Array($0.role.utf8))):\(hexadecimal($0.text))" }
    return [("turns", spelled.joined(separator: ","))]
  }

  /// The leaves of a study: canaries by identifier, then controls by kind and number.
  static func all(_ study: StudyRecord) -> [CommitmentLeaf] {
    study.canaries.sorted { Array($0.id.utf8).lexicographicallyPrecedes(Array($1.id.utf8)) }
      .map { CommitmentLeaf($0, study) }
      + study.inContextControls.sorted { ($0.kind, $0.number) < ($1.kind, $1.number) }
      .map { CommitmentLeaf($0, study) }
  }

  private static func spelled(
    _ what: String, _ name: String, _ study: StudyRecord, _ fields: [(String, String)]
  ) -> [UInt8] {
    let salt = hkdfSHA256(
      study.root.reveal(), info: Array("coalmine/1/commitment/\(what)/\(name)".utf8), count: 16)
    let lines = [("salt", hexadecimal(salt)), ("study", study.id)] + fields
    return Array(
      ("coalmine \(what) 1\n" + lines.map { "\($0) \($1)\n" }.joined()).utf8)
  }
}
