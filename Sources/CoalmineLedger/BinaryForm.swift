// SPDX-License-Identifier: Apache-2.0

/// Little-endian numbers and counted byte strings: how observations and index lists are stored.
struct BinaryWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func append(_ value: Double) { append(value.bitPattern) }

  mutating func append(uncounted value: [UInt8]) { bytes += value }

  mutating func append(counted value: [UInt8]) {
    append(UInt32(value.count))
    bytes += value
  }
}

/// The reader of ``BinaryWriter``; `nil` past the end, never a trap.
struct BinaryReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func integer<T: FixedWidthInteger>(_ type: T.Type) -> T? {
    let width = T.bitWidth / 8
    guard rest.count >= width else { return nil }
    var value: T = 0
    for (shift, byte) in rest.prefix(width).enumerated() {
      value |= T(truncatingIfNeeded: byte) << T(shift * 8)
    }
    rest = rest.dropFirst(width)
    return value
  }

  mutating func double() -> Double? { integer(UInt64.self).map(Double.init(bitPattern:)) }

  mutating func counted() -> [UInt8]? {
    guard let count = integer(UInt32.self), rest.count >= Int(count) else { return nil }
    defer { rest = rest.dropFirst(Int(count)) }
    return Array(rest.prefix(Int(count)))
  }
}
