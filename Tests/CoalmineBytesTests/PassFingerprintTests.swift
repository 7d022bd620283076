// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineTesting
import Testing

@Suite struct `Fingerprint of a pass` {
  private static let prime: UInt128 = 1 << 61 - 1

  /// The polynomial, term by term, with whole numbers of 128 bits.
  private func naive(_ pieces: [[UInt8]], key: UInt64) -> UInt64 {
    var sum: UInt128 = 0
    for piece in pieces where !piece.isEmpty {
      var place = 0
      // Seven bytes each; where seven or fewer are left, they are the last ones.
      while piece.count - place >= 8 {
        sum = (sum + value(piece[place..<place + 7])) * UInt128(key) % Self.prime
        place += 7
      }
      sum = (sum + value(piece[place...])) * UInt128(key) % Self.prime
      sum = (sum + (1 << 60) + UInt128(piece.count)) * UInt128(key) % Self.prime
    }
    return UInt64(sum)
  }

  private func value(_ bytes: ArraySlice<UInt8>) -> UInt128 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt128($1) }
  }

  @Test func `is the polynomial of its definition`() {
    var generator = SplitMix(7)
    for round in 0..<2_000 {
      let extreme = round % 3 == 0
      let key: (UInt64) -> UInt64 = { other in
        extreme
          ? UInt64(Self.prime) - 1 - other : .random(in: 1..<UInt64(Self.prime), using: &generator)
      }
      let keys = (key(0), key(1))
      let pieces = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
        (0..<Int.random(in: 0...40, using: &generator)).map { _ in
          extreme ? UInt8(255) : UInt8.random(in: 0...255, using: &generator)
        }
      }
      var fingerprint = PassFingerprint(keys: keys)
      for piece in pieces { fingerprint.update(piece) }
      #expect(
        fingerprint.values == [naive(pieces, key: keys.0), naive(pieces, key: keys.1)])
    }
  }

  @Test func `tells a byte that was changed, added, dropped or moved`() {
    var generator = SplitMix(8)
    for _ in 0..<500 {
      let bytes = (0..<Int.random(in: 2...60, using: &generator)).map { _ in
        UInt8.random(in: 0...2, using: &generator)
      }
      var whole = PassFingerprint()
      var others: [[UInt8]] = []
      let place = Int.random(in: bytes.indices, using: &generator)
      var other = bytes
      other[place] += 1
      others.append(other)
      others.append(bytes + [0])
      others.append(Array(bytes.dropLast()))
      others.append(Array(bytes[place...] + bytes[..<place]))
      let fresh = whole.fresh
      whole.update(bytes)
      for other in others where other != bytes {
        var changed = fresh
        changed.update(other)
        #expect(changed != whole)
      }
      var same = fresh
      same.update(bytes)
      #expect(same == whole)
      // Other keys give other values.
      var elsewhere = PassFingerprint()
      elsewhere.update(bytes)
      #expect(elsewhere.values != whole.values)
    }
  }
}
