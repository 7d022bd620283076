// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineScanning

extension ScanVerb {
  /// Writes a pattern file: what `scan` needs to find the secrets of a study, without the secrets.
  ///
  /// A secret is written only where guessing it costs a reader of the file at least 2 to the power of
  /// `leastBits` codes. That is less than it was drawn with: the tag tells some bits, and small and
  /// large letters are taken for one.
  ///
  /// - Parameters:
  ///   - output: a new file, readable by its owner alone.
  ///   - leastBits: 0 or more.
  /// - Returns: how many secrets were written.
  /// - Throws: ``CoalmineError``: `patterns-too-guessable`, `scan-no-canaries`, and those of a ledger
  ///   and of an output.
  public static func writePatterns(
    study: String, to output: String, leastBits: Double, note: @escaping (String) -> Void
  ) throws -> Int {
    let planted = try ScanSecrets.planted(in: study)
    let tooShort = Set(ScanPatterns(planted.map(\.target)).tooShort)
    let canaries = planted.filter { !tooShort.contains($0.id) }
    guard !canaries.isEmpty else { throw ScanSecrets.noCanaries(study, planted.count) }
    let mixed = Set(Dictionary(grouping: canaries, by: \.kind).filter { mixesCase($1) }.keys)
    let tagBits = HashedSecrets.tagBits(for: canaries.count)
    let left = canaries.map { remainingBits($0, mixed.contains($0.kind), tagBits) }
    let kept = zip(canaries, left).filter { $1 >= leastBits }.map(\.0)
    guard let weakest = zip(canaries, left).filter({ $1 >= leastBits }).map(\.1).min() else {
      throw CoalmineError(
        code: "patterns-too-guessable",
        "no planted secret of '\(study)' would keep \(Prose.decimal(leastBits, 1)) bits",
        details: [
          "the most that one would keep is \(Prose.decimal(left.max() ?? 0, 1, .down)) bits: a reader "
            + "of the file could find it by guessing"
        ],
        help: "scan where the study may be, plant secrets of more bits, or say what is enough with "
          + "'--least-bits'",
        exit: .badConfiguration)
    }
    var random = SystemRandomNumberGenerator()
    let hashed = HashedSecrets(
      of: kept.map(\.target), key: (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
    let file = PatternFile(
      secrets: hashed,
      bits: Dictionary(kept.map { ($0.id, $0.bits) }) { first, _ in first },
      leftOut: planted.count - kept.count)
    try Outputs(reading: [study], note: note).write(
      file.bytes, to: output, existing: output == "-" ? .keep : .keepAlways)
    if file.leftOut > 0 {
      note(
        "\(file.leftOut) of \(Prose.count(planted.count, "planted secret", "planted secrets")) "
          + "\(file.leftOut == 1 ? "is" : "are") not in the file, and no scan with it finds them: too "
          + "short, or a reader of the file could guess them")
    }
    note(
      "a reader of the file has to try 2^\(Prose.decimal(weakest, 0, .down)) guesses for its weakest "
        + "secret; only exact and near forms are found with it, not base64 and hexadecimal")
    return kept.count
  }

  /// Whether the secrets of a kind have letters in both cases.
  private static func mixesCase(_ canaries: [Canary]) -> Bool {
    let bytes = Set(canaries.flatMap { $0.secret.reveal() })
    return !bytes.isDisjoint(with: 0x41...0x5A) && !bytes.isDisjoint(with: 0x61...0x7A)
  }

  /// What the file leaves of the bits of a secret, at least: a letter in unknown case is one bit less.
  private static func remainingBits(_ canary: Canary, _ mixed: Bool, _ tagBits: Int) -> Double {
    let letters = canary.secret.reveal().count { (0x61...0x7A).contains($0 | 0x20) }
    return canary.bits - Double(tagBits) - (mixed ? Double(letters) : 0)
  }
}

extension Canary {
  /// The canary as the scanner looks for it.
  var target: ScanTarget { ScanTarget(name: id, secret: secret.reveal()) }
}
