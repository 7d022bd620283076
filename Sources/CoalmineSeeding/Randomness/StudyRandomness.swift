// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics

/// All randomness of a study: one root of 32 bytes, and one independent generator a purpose.
///
/// The seed of a purpose is HKDF-SHA256 of the root with the purpose as `info` and an empty salt,
/// so a draw for one purpose never shifts the draws for another, and a study that stores its root
/// can repeat every draw.
public struct StudyRandomness: Sendable, Equatable {
  /// The name of this scheme, stored beside the root. An old name keeps its meaning.
  public static let algorithm = "hkdf-sha256+chacha8rand/1"

  /// 32 bytes. Whoever has them can compute every canary.
  public let root: Secret<[UInt8]>
  /// Whether the root was derived from a small number, which anyone can try.
  public let isPredictable: Bool

  /// A root from the operating system's entropy.
  public init() {
    var system = SystemRandomNumberGenerator()
    var root: [UInt8] = []
    for _ in 0..<4 { withUnsafeBytes(of: system.next() as UInt64) { root += $0 } }
    self.root = Secret(root)
    self.isPredictable = false
  }

  /// A root derived from `number`: the same number gives the same study, and the caveat
  /// ``Caveat/Slug/predictableSeed``.
  public init(number: UInt64) {
    let digits = Array(String(number).utf8)
    self.root = Secret(Self.derive(from: digits, purpose: "coalmine/1/seed-number"))
    self.isPredictable = true
  }

  /// The root of a stored study.
  ///
  /// - Throws: ``CoalmineError`` `bad-randomness-root` where `root` is not 32 bytes long.
  public init(storedRoot root: [UInt8], isPredictable: Bool) throws(CoalmineError) {
    guard root.count == 32 else {
      throw CoalmineError(
        code: "bad-randomness-root", "the stored randomness has \(root.count) bytes, not 32",
        help: "restore the study file from a copy", exit: .badData)
    }
    self.root = Secret(root)
    self.isPredictable = isPredictable
  }

  /// 32 bytes for one purpose; `detail` separates uses within it, such as a draw's number.
  public func seed(for purpose: Purpose, _ detail: String? = nil) -> [UInt8] {
    let name = "coalmine/1/" + purpose.rawValue + (detail.map { "/" + $0 } ?? "")
    return Self.derive(from: root.reveal(), purpose: name)
  }

  /// The generator for one purpose.
  package func generator(for purpose: Purpose, _ detail: String? = nil) -> ChaCha8Rand {
    ChaCha8Rand(seed: seed(for: purpose, detail))
  }

  private static func derive(from root: [UInt8], purpose: String) -> [UInt8] {
    hkdfSHA256(root, info: Array(purpose.utf8), count: 32)
  }

  /// What randomness is used for. The raw values are part of ``algorithm``.
  public enum Purpose: String, Sendable, CaseIterable {
    /// Template texts and contexts of canaries and in-context positive controls.
    case contexts
    /// The random assignment: inserted or held out.
    case assignment = "coins"
    /// The canaries' own secrets.
    case secrets
    /// The references of each canary.
    case references
    /// Secrets of the in-context positive controls.
    case inContextControls = "chain-controls"
    /// The numbers in the canaries' names.
    case names
    /// Where each copy goes in the corpus.
    case slots
    /// Identifier fields of the planted records.
    case identifiers
    /// What stands after the secrets of copies that vary.
    case remarks
    /// Which records are taken out, and which are marked as members.
    case records
    /// Which records give contexts to canaries.
    case grafts = "grafted-contexts"
    /// What stands in the place of held-out secrets whose contexts are planted.
    case placeholders
    /// The order of questions.
    case probing
    /// Relabellings of the permutation tests.
    case scoring
  }
}
