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
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { place == bytes.count }

  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> T? {
    let width = T.bitWidth / 8
    guard bytes.count - place >= width else { return nil }
    defer { place += width }
    return bytes.withUnsafeBytes {
      T(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: T.self))
    }
  }

  mutating func double() -> Double? { integer(UInt64.self).map(Double.init(bitPattern:)) }

  mutating func counted() -> [UInt8]? {
    guard let count = integer(UInt32.self), bytes.count - place >= Int(count) else { return nil }
    defer { place += Int(count) }
    return Array(bytes[place..<place + Int(count)])
  }
}
