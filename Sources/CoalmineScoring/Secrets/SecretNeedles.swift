// SPDX-License-Identifier: Apache-2.0

/// Many secrets that are looked for in many texts at once, by a table of their first bytes.
///
/// A study can have a hundred thousand secrets and millions of replies: secret by secret that takes days.
///
///     let needles = SecretNeedles([Array("7319".utf8), Array("xk".utf8)])
///     needles.standing(in: Array("it is 7319, then xk".utf8))  // [0, 1], in any order
package struct SecretNeedles {
  private let needles: [[UInt8]]
  /// Bytes of the key: of the shortest secret, at most eight.
  private let width: Int
  private let mask: UInt64
  /// By the upper bits of the key's product, the first secret of the slot; −1 in an empty one.
  private var heads: [Int32]
  /// The next secret of the same slot.
  private var next: [Int32]
  private let shift: UInt64

  /// - Parameter needles: none of them empty.
  package init(_ needles: [[UInt8]]) {
    self.needles = needles
    width = min(8, needles.map(\.count).min() ?? 0)
    mask = width == 8 ? .max : (1 << UInt64(8 * width)) - 1
    var bits: UInt64 = 6
    while 1 << bits < 8 * needles.count { bits += 1 }
    shift = 64 - bits
    heads = [Int32](repeating: -1, count: 1 << Int(bits))
    next = [Int32](repeating: -1, count: needles.count)
    for (place, needle) in needles.enumerated() {
      let slot = slot(of: needle.prefix(width).reduce(0) { $0 << 8 | UInt64($1) })
      next[place] = heads[slot]
      heads[slot] = Int32(place)
    }
  }

  private func slot(of key: UInt64) -> Int { Int((key &* 0x9E37_79B9_7F4A_7C15) >> shift) }

  /// The places, in the list of secrets, of those that stand in a text; each once.
  ///
  /// - Complexity: O(bytes of the text), and the bytes of what begins alike.
  package func standing(in text: [UInt8]) -> Set<Int> {
    guard width > 0, text.count >= width else { return [] }
    var found: Set<Int> = []
    var key: UInt64 = 0
    for (place, byte) in text.enumerated() {
      key = (key << 8 | UInt64(byte)) & mask
      guard place >= width - 1 else { continue }
      var candidate = Int(heads[slot(of: key)])
      while candidate >= 0 {
        if text[(place - width + 1)...].starts(with: needles[candidate]) { found.insert(candidate) }
        candidate = Int(next[candidate])
      }
    }
    return found
  }
}
