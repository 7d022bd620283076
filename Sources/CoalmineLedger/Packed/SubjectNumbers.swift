// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Small numbers for the subjects of observations: one for a canary and all its references, one for any
/// other subject.
///
/// The names stand behind each other in one list of bytes: a hundred thousand of them take a few bytes
/// more than they have letters.
struct SubjectNumbers {
  private var names: [UInt8] = []
  private var ends: [Int] = [0]
  /// By hash, the number of a name plus 1; 0 where there is none. A power of two, at most half full.
  private var slots = [UInt32](repeating: 0, count: 64)

  var count: Int { ends.count - 1 }

  /// Where an observation belongs: the number of its name, and 0 for the canary itself, its number plus
  /// 1 for a reference, 0 for anything else.
  struct Place: Equatable {
    let name: Int
    let member: Int
  }

  /// The place of a subject by its slug, a new one where it was not there; `nil` where it is no slug.
  mutating func add(slug: UnsafeRawBufferPointer) -> Place? {
    if let (name, member) = Self.plain(slug) {
      return Place(name: number(of: name), member: member)
    }
    guard let subject = Subject(slug: String(decoding: slug, as: UTF8.self)) else { return nil }
    return Self.place(of: subject) { name in name.withUnsafeBytes { number(of: $0) } }
  }

  /// The place of a subject; `nil` where it was not added.
  func find(_ subject: Subject) -> Place? {
    switch subject {
    case .canary(let id): find(id, member: 0)
    case .reference(let id, let number) where Self.isMember(number): find(id, member: number + 1)
    default:
      Self.place(of: subject) { name in name.withUnsafeBytes { find($0) } }
    }
  }

  /// The subject at a place.
  func subject(_ place: Place) -> Subject? {
    let name = String(decoding: names[ends[place.name]..<ends[place.name + 1]], as: UTF8.self)
    // Names of others begin with a colon, which no name of a canary holds.
    if name.hasPrefix(":") { return Subject(slug: String(name.dropFirst())) }
    return place.member == 0
      ? .canary(name) : .reference(canary: name, number: place.member - 1)
  }

  private static func isMember(_ number: Int) -> Bool { number >= 0 && number < UInt32.max }

  private static func place(of subject: Subject, _ number: ([UInt8]) -> Int?) -> Place? {
    let (name, member): (String, Int) =
      switch subject {
      case .canary(let id): (id, 0)
      case .reference(let id, let number) where isMember(number): (id, number + 1)
      default: (":" + subject.slug, 0)
      }
    return number(Array(name.utf8)).map { Place(name: $0, member: member) }
  }

  private func find(_ id: String, member: Int) -> Place? {
    var id = id
    return id.withUTF8 { find(UnsafeRawBufferPointer($0)) }.map { Place(name: $0, member: member) }
  }

  /// The parts of `canary:ID` or `reference:ID:N` in ASCII, N as it is written; else `nil`.
  private static func plain(_ slug: UnsafeRawBufferPointer)
    -> (name: UnsafeRawBufferPointer, member: Int)?
  {
    guard let colon = slug.firstIndex(of: UInt8(ascii: ":")), slug.allSatisfy({ $0 < 0x80 }) else {
      return nil
    }
    let rest = UnsafeRawBufferPointer(rebasing: slug[(colon + 1)...])
    let kind = slug[..<colon]
    let next = rest.firstIndex(of: UInt8(ascii: ":"))
    if kind.elementsEqual("canary".utf8) { return next == nil ? (rest, 0) : nil }
    guard kind.elementsEqual("reference".utf8), let next else { return nil }
    let digits = rest[(next + 1)...]
    guard !digits.isEmpty, digits.count <= 9, digits.count == 1 || digits.first != 0x30 else {
      return nil
    }
    var number = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      number = 10 * number + Int(digit) - 0x30
    }
    return (UnsafeRawBufferPointer(rebasing: rest[..<next]), number + 1)
  }

  private mutating func number(of name: UnsafeRawBufferPointer) -> Int {
    if let found = find(name) { return found }
    names += name
    ends.append(names.count)
    if 2 * count > slots.count { grow() } else { put(count - 1) }
    return count - 1
  }

  private func find(_ name: UnsafeRawBufferPointer) -> Int? {
    var slot = Self.hash(name) & (slots.count - 1)
    while slots[slot] != 0 {
      let number = Int(slots[slot]) - 1
      if isName(number, name) { return number }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private func isName(_ number: Int, _ name: UnsafeRawBufferPointer) -> Bool {
    let own = ends[number]..<ends[number + 1]
    guard own.count == name.count else { return false }
    return names.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[own]).elementsEqual(name) }
  }

  private mutating func put(_ number: Int) {
    let own = ends[number]..<ends[number + 1]
    var slot = names.withUnsafeBytes { Self.hash(UnsafeRawBufferPointer(rebasing: $0[own])) }
    slot &= slots.count - 1
    while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = UInt32(number + 1)
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: 2 * slots.count)
    for number in 0..<count { put(number) }
  }

  private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
    var hasher = Hasher()
    hasher.combine(bytes: name)
    return hasher.finalize()
  }
}
