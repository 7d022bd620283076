// SPDX-License-Identifier: Apache-2.0

/// A hash tree over texts: one digest stands for all, and any text can be shown to be in it.
///
/// ```
/// leaf = SHA-256(00 ‖ text)      node = SHA-256(01 ‖ left ‖ right)
///
///           root
///         /      \
///       node      c          a node without a neighbour goes up as it is
///      /    \
///     a      b
/// ```
///
/// ```swift
/// let tree = MerkleTree([Array("a".utf8), Array("b".utf8), Array("c".utf8)])
/// MerkleTree.root(of: Array("b".utf8), at: 1, of: 3, by: tree.proof(1)) == tree.root
/// ```
///
/// - Source: Laurie, Langley, Kasper, RFC 6962 (2013), section 2.1,
///   https://www.rfc-editor.org/rfc/rfc6962.
public struct MerkleTree: Sendable {
  /// From the leaves up; the last has one node. None over no texts.
  private let levels: [[[UInt8]]]

  /// - Complexity: O(bytes of the texts).
  public init(_ texts: [[UInt8]]) {
    var levels = texts.isEmpty ? [] : [texts.map(Self.leaf)]
    while let level = levels.last, level.count > 1 {
      levels.append(
        stride(from: 0, to: level.count, by: 2).map { place in
          place + 1 < level.count ? Self.node(level[place], level[place + 1]) : level[place]
        })
    }
    self.levels = levels
  }

  /// 32 bytes; SHA-256 of nothing where there are no texts.
  public var root: [UInt8] { levels.last?[0] ?? sha256([]) }

  /// The digests beside the path from a text to the root, from below.
  ///
  /// - Precondition: the place is one of a text.
  /// - Complexity: O(log texts).
  public func proof(_ place: Int) -> [[UInt8]] {
    var place = place
    var proof: [[UInt8]] = []
    for level in levels.dropLast() {
      let beside = place ^ 1
      if beside < level.count { proof.append(level[beside]) }
      place /= 2
    }
    return proof
  }

  /// The root that a text and its proof lead to; `nil` where the proof is not of that length.
  ///
  /// - Parameters:
  ///   - place: the text's, from 0.
  ///   - count: of all texts.
  /// - Complexity: O(bytes of the text + log count).
  public static func root(
    of text: [UInt8], at place: Int, of count: Int, by proof: [[UInt8]]
  ) -> [UInt8]? {
    guard place >= 0, place < count else { return nil }
    var (place, last) = (place, count - 1)
    var digest = leaf(text)
    var rest = proof[...]
    while last > 0 {
      // The last of an odd number has no neighbour.
      if place % 2 == 1 || place < last {
        guard let beside = rest.popFirst(), beside.count == digest.count else { return nil }
        digest = place % 2 == 1 ? node(beside, digest) : node(digest, beside)
      }
      (place, last) = (place / 2, last / 2)
    }
    return rest.isEmpty ? digest : nil
  }

  private static func leaf(_ text: [UInt8]) -> [UInt8] { sha256([0] + text) }

  private static func node(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    sha256([1] + left + right)
  }
}
