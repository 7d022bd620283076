// SPDX-License-Identifier: Apache-2.0

/// A set of bytes.
package struct ByteClass: Sendable {
  /// One bit per byte, in four words, so that a copy costs nothing.
  private var bits: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  package init(_ contains: (UInt8) -> Bool) {
    for byte in UInt8.min...UInt8.max where contains(byte) {
      let bit: UInt64 = 1 << UInt64(byte & 63)
      switch byte >> 6 {
      case 0: bits.0 |= bit
      case 1: bits.1 |= bit
      case 2: bits.2 |= bit
      default: bits.3 |= bit
      }
    }
  }

  /// The bytes of `text`.
  package init(of text: String) {
    let bytes = Set(text.utf8)
    self.init { bytes.contains($0) }
  }

  package func contains(_ byte: UInt8) -> Bool {
    let word =
      switch byte >> 6 {
      case 0: bits.0
      case 1: bits.1
      case 2: bits.2
      default: bits.3
      }
    return word >> UInt64(byte & 63) & 1 == 1
  }

  /// The bytes that stand in a text.
  init(in text: [UInt8]) {
    for byte in text {
      let bit: UInt64 = 1 << UInt64(byte & 63)
      switch byte >> 6 {
      case 0: bits.0 |= bit
      case 1: bits.1 |= bit
      case 2: bits.2 |= bit
      default: bits.3 |= bit
      }
    }
  }

  /// How many bytes are in it.
  var count: Int {
    bits.0.nonzeroBitCount + bits.1.nonzeroBitCount + bits.2.nonzeroBitCount
      + bits.3.nonzeroBitCount
  }

  /// Whether a byte is in both.
  func meets(_ other: ByteClass) -> Bool {
    bits.0 & other.bits.0 | bits.1 & other.bits.1 | bits.2 & other.bits.2 | bits.3 & other.bits.3
      != 0
  }

  func union(_ other: ByteClass) -> ByteClass {
    ByteClass { contains($0) || other.contains($0) }
  }

  static let digit = ByteClass { (0x30...0x39).contains($0) }
  static let lower = ByteClass { (0x61...0x7A).contains($0) }
  static let letter = ByteClass { (0x61...0x7A).contains($0 | 0x20) }
  static let upper = ByteClass { (0x41...0x5A).contains($0) }
  static let hex = digit.union(ByteClass(of: "abcdefABCDEF"))
  static let alphanumeric = digit.union(letter)
  /// What a word boundary of a regular expression separates from the rest: letters, digits and `_`;
  /// bytes of letters beyond ASCII too.
  static let word = alphanumeric.union(ByteClass { $0 == 0x5F || $0 >= 0x80 })
}

/// A regular expression over bytes, as data.
///
/// Repetitions are greedy and give back what the rest needs. A class, so that the rules of a text hand it
/// on without a copy of all that it holds.
package final class BytePattern: Sendable {
  package enum Part: Sendable {
    case run(ByteClass, ClosedRange<Int>)
    case group([Part], ClosedRange<Int>)
    case either([[Part]])

    static func one(_ byteClass: ByteClass) -> Part { .run(byteClass, 1...1) }
    static func text(_ text: String) -> [Part] {
      text.utf8.map { byte in .one(ByteClass { $0 == byte }) }
    }
    static func maybe(_ byteClass: ByteClass) -> Part { .run(byteClass, 0...1) }
  }

  let parts: [Part]
  /// What must not stand beside a match.
  let apartFrom: ByteClass
  let needsEnd: Bool
  /// A further condition on the bytes of a match.
  let accepts: @Sendable ([UInt8]) -> Bool
  /// What a match can begin with.
  private let first: ByteClass
  /// What a match begins with, and how many of it at least, where that is one run.
  private let opening: ByteClass?
  private let shortestOpening: Int
  /// Classes of which every match has a byte.
  private let needed: [ByteClass]

  package init(
    _ parts: [Part], apartFrom: ByteClass = .word, needsEnd: Bool = true,
    accepts: @escaping @Sendable ([UInt8]) -> Bool = { _ in true }
  ) {
    self.parts = parts
    self.apartFrom = apartFrom
    self.needsEnd = needsEnd
    self.accepts = accepts
    first = Self.beginnings(of: parts[...]).bytes
    if case .run(let byteClass, let count)? = parts.first {
      opening = byteClass
      shortestOpening = count.lowerBound
    } else {
      opening = nil
      shortestOpening = 0
    }
    needed = Self.needed(in: parts)
  }

  /// Every accepted match from the left, without overlap. A match that is not accepted is not tried
  /// again with fewer bytes.
  ///
  /// - Complexity: O(bytes · longest match) for the patterns here.
  ///
  /// - Parameter held: the bytes that stand in `bytes`, where they are known.
  package func ranges(in bytes: [UInt8], holding held: ByteClass? = nil) -> [Range<Int>] {
    let held = held ?? ByteClass(in: bytes)
    guard needed.allSatisfy(held.meets) else { return [] }
    return bytes.withUnsafeBufferPointer { ranges(in: $0) }
  }

  private func ranges(in bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var start = 0
    while start < bytes.count {
      guard first.contains(bytes[start]) else {
        start += 1
        continue
      }
      let isFree = start == 0 || !touches(start - 1, bytes)
      let end =
        isFree && opens(at: start, bytes)
        ? Self.match(parts, 0, bytes, start) { end in
          guard end > start else { return nil }
          let isApart = !needsEnd || end == bytes.count || !touches(end, bytes)
          return isApart ? end : nil
        } : nil
      if let end {
        if accepts(Array(bytes[start..<end])) { found.append(start..<end) }
        start = end
      } else {
        start += 1
      }
    }
    return found
  }

  /// Whether enough bytes of the first run stand there; most places fail here.
  private func opens(at place: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let opening else { return true }
    guard place + shortestOpening <= bytes.count else { return false }
    return bytes[place..<place + shortestOpening].allSatisfy(opening.contains)
  }

  /// Whether the character at a byte must not stand beside a match. Beyond ASCII it is looked at
  /// whole: a Chinese full stop is no part of a word.
  private func touches(_ place: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard apartFrom.contains(bytes[place]) else { return false }
    guard bytes[place] >= 0x80 else { return true }
    var start = place
    while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    var end = start + 1
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    let scalar = String(decoding: bytes[start..<end], as: UTF8.self).unicodeScalars.first
    return scalar.map { $0.properties.isAlphabetic || $0.properties.numericType != nil } ?? false
  }

  private static func needed(in parts: [Part]) -> [ByteClass] {
    parts.flatMap { part -> [ByteClass] in
      switch part {
      case .run(let byteClass, let count): count.lowerBound > 0 ? [byteClass] : []
      case .group(let inner, let count): count.lowerBound > 0 ? needed(in: inner) : []
      case .either(let choices): neededInAny(of: choices).map { [$0] } ?? []
      }
    }
  }

  /// A class of which every choice needs a byte: of each its smallest one; `nil` where one needs none.
  private static func neededInAny(of choices: [[Part]]) -> ByteClass? {
    var all = ByteClass { _ in false }
    for choice in choices {
      guard let own = needed(in: choice).min(by: { $0.count < $1.count }) else { return nil }
      all = all.union(own)
    }
    return all
  }

  /// The bytes that these parts can begin with, and whether they can match nothing.
  private static func beginnings(of parts: ArraySlice<Part>) -> (bytes: ByteClass, isEmpty: Bool) {
    var bytes = ByteClass { _ in false }
    for part in parts {
      let own: (bytes: ByteClass, isEmpty: Bool)
      switch part {
      case .run(let byteClass, let count): own = (byteClass, count.lowerBound == 0)
      case .group(let inner, let count):
        let inside = beginnings(of: inner[...])
        own = (inside.bytes, count.lowerBound == 0 || inside.isEmpty)
      case .either(let choices):
        let all = choices.map { beginnings(of: $0[...]) }
        own = (
          all.reduce(ByteClass { _ in false }) { $0.union($1.bytes) }, all.contains { $0.isEmpty }
        )
      }
      bytes = bytes.union(own.bytes)
      if !own.isEmpty { return (bytes, false) }
    }
    return (bytes, true)
  }

  /// The end that `rest` gives for the first way in which the parts from `number` on match at a place.
  private static func match(
    _ parts: [Part], _ number: Int, _ bytes: UnsafeBufferPointer<UInt8>, _ place: Int,
    _ rest: (Int) -> Int?
  ) -> Int? {
    guard number < parts.count else { return rest(place) }
    switch parts[number] {
    case .run(let byteClass, let count):
      var end = place
      while end < bytes.count, end - place < count.upperBound, byteClass.contains(bytes[end]) {
        end += 1
      }
      while end - place >= count.lowerBound {
        if let found = match(parts, number + 1, bytes, end, rest) { return found }
        end -= 1
      }
      return nil
    case .group(let inner, let count):
      return repeated(inner, count, 0, bytes, place) { match(parts, number + 1, bytes, $0, rest) }
    case .either(let choices):
      for choice in choices {
        let found = match(choice, 0, bytes, place) { match(parts, number + 1, bytes, $0, rest) }
        if let found { return found }
      }
      return nil
    }
  }

  private static func repeated(
    _ inner: [Part], _ count: ClosedRange<Int>, _ done: Int, _ bytes: UnsafeBufferPointer<UInt8>,
    _ place: Int, _ rest: (Int) -> Int?
  ) -> Int? {
    if done < count.upperBound {
      let more = match(inner, 0, bytes, place) { next in
        next > place ? repeated(inner, count, done + 1, bytes, next, rest) : nil
      }
      if let more { return more }
    }
    return done >= count.lowerBound ? rest(place) : nil
  }
}
