// SPDX-License-Identifier: Apache-2.0

/// The secrets that are looked for, ready for a search. Made once, used by any number of scanners.
///
/// - Complexity: memory of about 1 KiB per secret.
public struct ScanPatterns: Sendable {
  /// Names of targets that are not looked for: fewer than eight bytes without white space.
  public let tooShort: [String]
  /// How many secrets are looked for.
  public var count: Int { targets.count - tooShort.count }
  /// The forms that are found.
  public let forms: [String]

  let targets: [ScanTarget]
  let table: PatternTable
  /// The longest pattern in bytes.
  let longest: Int

  /// The patterns of secrets in every form.
  ///
  /// - Complexity: O(bytes of the secrets).
  public init(_ targets: [ScanTarget]) {
    self.targets = targets
    let patterns = targets.indices.map { ScanPattern.all(of: targets[$0].secret, target: $0) }
    tooShort = targets.indices.filter { patterns[$0].isEmpty }.map { targets[$0].name }
    // The longer the shortest pattern, the fewer places of the text must be looked at.
    let all = patterns.flatMap { $0 }
    let shortest = all.map(\.length).min() ?? ScanPattern.shortest
    table = PatternTable(all, step: [8, 4, 2].first { shortest >= $0 + 7 } ?? 1)
    longest = all.map(\.length).max() ?? 0
    forms = ["exact", "near", "base64", "hexadecimal"]
  }

  /// The patterns of secrets that are not known here. Only their near forms are found, and a hit does
  /// not tell whether it is exact.
  public init(_ hashed: HashedSecrets) {
    targets = hashed.entries.map { ScanTarget(name: $0.name, secret: []) }
    tooShort = []
    table = hashed.table
    longest = hashed.entries.map(\.length).max() ?? 0
    forms = ["near"]
  }
}
