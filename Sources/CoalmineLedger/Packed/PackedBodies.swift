// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Bodies of observations behind each other, in blocks that never move.
///
/// The usual body, tokens side by side with nothing but a log-probability each, is kept without the
/// offsets that follow from the others: 9 bytes a token in place of 16. All others stand as the ledger has
/// them. Reasons that many answers share are kept once.
struct PackedBodies {
  private var blocks: [[UInt8]] = [[]]
  private var reasons: [[UInt8]: Int] = [:]

  private static let blockSize = 1 << 20
  private static let mostReasons = 4_096

  /// How a body stands in a block, its first byte.
  private enum Head: UInt8 {
    case tokens, measured, notMeasurable, censored, failed

    init?(status: UnsafeRawBufferPointer) {
      let known: [(StaticString, Head)] = [
        ("measured", .measured), ("not-measurable", .notMeasurable), ("censored", .censored),
        ("failed", .failed),
      ]
      guard let found = known.first(where: { status.elementsEqual(Self.bytes($0.0)) }) else {
        return nil
      }
      self = found.1
    }

    private static func bytes(_ text: StaticString) -> UnsafeBufferPointer<UInt8> {
      UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    var status: String {
      switch self {
      case .tokens, .measured: "measured"
      case .notMeasurable: "not-measurable"
      case .censored: "censored"
      case .failed: "failed"
      }
    }
  }

  /// Keeps a body.
  ///
  /// - Parameter lists: told whether tokens were listed beside samples.
  /// - Returns: its place; `nil` where it makes no sense.
  mutating func add(
    status: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer, lists: inout Bool
  ) -> Int? {
    guard let head = Head(status: status) else { return nil }
    if head == .measured, let packed = Self.packed(body) { return append(.tokens, packed) }
    let bytes = Array(body)
    guard let outcome = ObservationForm.decode(status: head.status, bytes) else { return nil }
    if case .measured(.completions(let texts)) = outcome {
      lists = lists || texts.contains { $0.steps.contains { !$0.likeliest.isEmpty } }
    }
    guard head != .measured else { return append(head, bytes) }
    let key = [head.rawValue] + bytes
    if let place = reasons[key] { return place }
    let place = append(head, bytes)
    if reasons.count < Self.mostReasons { reasons[key] = place }
    return place
  }

  /// What stands at a place.
  func outcome(at place: Int) -> Outcome<Observation>? {
    blocks[place >> 32].withUnsafeBytes { block in
      var start = place & 0xFFFF_FFFF
      guard let head = Head(rawValue: block[start]) else { return nil }
      start += 1
      let length = Self.number(block, &start)
      let body = UnsafeRawBufferPointer(rebasing: block[start..<start + length])
      return head == .tokens
        ? .measured(.likelihood(Self.tokens(body)))
        : ObservationForm.decode(status: head.status, Array(body))
    }
  }

  private mutating func append(_ head: Head, _ body: [UInt8]) -> Int {
    if !blocks[blocks.count - 1].isEmpty,
      blocks[blocks.count - 1].count + body.count + 10 > Self.blockSize
    {
      blocks.append([])
      blocks[blocks.count - 1].reserveCapacity(Self.blockSize)
    }
    let last = blocks.count - 1
    let place = last << 32 | blocks[last].count
    blocks[last].append(head.rawValue)
    Self.append(body.count, to: &blocks[last])
    blocks[last] += body
    return place
  }

  /// The bytes of tokens side by side; `nil` for any other body.
  ///
  ///     start, then per token: length, 8 bytes of its log-probability
  private static func packed(_ body: UnsafeRawBufferPointer) -> [UInt8]? {
    guard body.count % 16 == 1, body[0] == 0 else { return nil }
    var packed: [UInt8] = []
    packed.reserveCapacity(body.count)
    var end: UInt32?
    for start in stride(from: 1, to: body.count, by: 16) {
      func word(_ place: Int) -> UInt32 {
        UInt32(littleEndian: body.loadUnaligned(fromByteOffset: start + place, as: UInt32.self))
      }
      let (lower, upper) = (word(0), word(4))
      let pattern = UInt64(
        littleEndian: body.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self))
      guard lower <= upper, end ?? lower == lower,
        pattern == UInt64.max || !Double(bitPattern: pattern).isNaN
      else { return nil }
      if end == nil { append(Int(lower), to: &packed) }
      append(Int(upper - lower), to: &packed)
      packed += body[(start + 8)..<(start + 16)]
      end = upper
    }
    return packed
  }

  private static func tokens(_ packed: UnsafeRawBufferPointer) -> [TokenScore] {
    guard !packed.isEmpty else { return [] }
    var tokens: [TokenScore] = []
    tokens.reserveCapacity(packed.count / 9)
    var place = 0
    var lower = number(packed, &place)
    while place < packed.count {
      let upper = lower + number(packed, &place)
      let pattern = UInt64(littleEndian: packed.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      place += 8
      tokens.append(
        TokenScore(
          range: lower..<upper,
          logProbability: pattern == UInt64.max ? nil : Double(bitPattern: pattern)))
      lower = upper
    }
    return tokens
  }

  /// Seven bits a byte, the lowest first; the highest bit says that more follow.
  private static func append(_ number: Int, to bytes: inout [UInt8]) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private static func number(_ bytes: UnsafeRawBufferPointer, _ place: inout Int) -> Int {
    var (number, shift) = (0, 0)
    while true {
      let byte = bytes[place]
      place += 1
      number |= Int(byte & 0x7F) << shift
      if byte < 0x80 { return number }
      shift += 7
    }
  }
}
