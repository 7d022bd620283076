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
      switch String(decoding: status, as: UTF8.self) {
      case "measured": self = .measured
      case "not-measurable": self = .notMeasurable
      case "censored": self = .censored
      case "failed": self = .failed
      default: return nil
      }
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
    if head == .measured, let place = appendTokens(body) { return place }
    let bytes = Array(body)
    guard let outcome = ObservationForm.decode(status: head.status, bytes) else { return nil }
    if case .measured(.completions(let texts)) = outcome {
      lists = lists || texts.contains(where: \.listsTokens)
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
      let count = Self.number(block, &start)
      guard head != .tokens else {
        return .measured(.likelihood(Self.tokens(count, block, &start)))
      }
      return ObservationForm.decode(
        status: head.status, Array(block[start..<start + count]))
    }
  }

  private mutating func append(_ head: Head, _ body: [UInt8]) -> Int {
    let last = block(for: body.count + 10)
    let place = last << 32 | blocks[last].count
    blocks[last].append(head.rawValue)
    Self.append(body.count, to: &blocks[last])
    blocks[last] += body
    return place
  }

  /// The number of a block with room for so many bytes.
  private mutating func block(for count: Int) -> Int {
    let last = blocks.count - 1
    guard !blocks[last].isEmpty, blocks[last].count + count > Self.blockSize else { return last }
    blocks.append([])
    blocks[last + 1].reserveCapacity(Self.blockSize)
    return last + 1
  }

  /// Keeps a body of tokens side by side; `nil` for any other one.
  ///
  ///     number of tokens, start, then per token: length, 8 bytes of its log-probability
  private mutating func appendTokens(_ body: UnsafeRawBufferPointer) -> Int? {
    guard body.count % 16 == 1, body[0] == 0 else { return nil }
    func word(_ place: Int) -> UInt32 {
      UInt32(littleEndian: body.loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }
    for start in stride(from: 1, to: body.count, by: 16) {
      let pattern = UInt64(
        littleEndian: body.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self))
      guard word(start) <= word(start + 4), start == 1 || word(start) == word(start - 12),
        pattern == UInt64.max || !Double(bitPattern: pattern).isNaN
      else { return nil }
    }
    let last = block(for: body.count + 20)
    let place = last << 32 | blocks[last].count
    blocks[last].append(Head.tokens.rawValue)
    Self.append(body.count / 16, to: &blocks[last])
    if body.count > 1 { Self.append(Int(word(1)), to: &blocks[last]) }
    for start in stride(from: 1, to: body.count, by: 16) {
      Self.append(Int(word(start + 4) - word(start)), to: &blocks[last])
      blocks[last].append(contentsOf: body[(start + 8)..<(start + 16)])
    }
    return place
  }

  private static func tokens(
    _ count: Int, _ bytes: UnsafeRawBufferPointer, _ place: inout Int
  ) -> [TokenScore] {
    guard count > 0 else { return [] }
    var tokens: [TokenScore] = []
    tokens.reserveCapacity(count)
    var lower = number(bytes, &place)
    for _ in 0..<count {
      let upper = lower + number(bytes, &place)
      let pattern = UInt64(
        littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
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
