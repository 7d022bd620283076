// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import Foundation

/// Kinds, protocols and files that the tests of this target share.
enum SeedingFixtures {
  /// `count` words of one length: a stem and four letters.
  static func words(_ stem: String, _ count: Int) -> [String] {
    (0..<count).map { number in
      var rest = number
      var ending: [UInt8] = []
      for _ in 0..<4 {
        ending.insert(UInt8(ascii: "a") + UInt8(rest % 10), at: 0)
        rest /= 10
      }
      return stem + String(decoding: ending, as: UTF8.self)
    }
  }

  /// A code of `digits` digits that belongs to a name out of two lists of `names` words.
  static func kind(_ name: String, digits: Int = 6, names: Int = 400, stem: String = "")
    throws -> CanaryTemplate
  {
    try CanaryTemplate(
      kind: name, summary: "a code", source: "made up", example: "The code of A B is 1.",
      templateTexts: [
        (id: "plain", text: "The \(name) of {given} {surname} is {code}."),
        (id: "desk", text: "Desk note: {given} {surname} uses \(name) {code}."),
      ],
      slots: [
        Slot(
          name: "given", role: .context,
          type: try WordsSlot(words: words("Mar\(stem)", names))),
        Slot(
          name: "surname", role: .context,
          type: try WordsSlot(words: words("Dal\(stem)", names))),
        Slot(
          name: "code", role: .secret,
          type: try CharactersSlot(alphabet: "0123456789", length: digits)),
      ])
  }

  static func kinds() throws -> [String: CanaryTemplate] {
    [
      "access-code": try kind("access-code"),
      "pin": try kind("pin", digits: 2, stem: "q"),
      "badge": try kind("badge", digits: 12, stem: "w"),
    ]
  }

  static func plan(
    randomized: Int = 12, repetitionLevels: [Int] = [2, 4], perLevel: Int = 2, controls: Int = 2,
    repetitions: Int = 6, references: Int = 20,
    kinds: [String] = ["access-code", "badge", "pin"]
  ) -> StudyProtocol {
    var plan = StudyProtocol.standard(kinds: kinds)
    plan.randomized = randomized
    plan.repetitionLevels = StudyProtocol.RepetitionLevels(
      levels: repetitionLevels, canariesPerLevel: perLevel)
    plan.controls = StudyProtocol.Controls(canaries: controls, repetitions: repetitions)
    plan.references = references
    return plan
  }

  static func draw(_ number: UInt64 = 1, _ plan: StudyProtocol? = nil) throws -> CanaryDraw {
    try CanaryDraw(
      plan ?? Self.plan(), templates: try kinds(), randomness: StudyRandomness(number: number))
  }
}

/// Whole-array arithmetic that the tests hold against the streaming code.
enum Naive {
  /// Pearson's statistic of counts against equal expectation.
  static func chiSquare(_ counts: [Int]) -> Double {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
  }

  /// Lines with their line breaks, cut at LF only.
  static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var line: [UInt8] = []
    for byte in bytes {
      line.append(byte)
      if byte == 0x0A {
        lines.append(line)
        line = []
      }
    }
    return line.isEmpty ? lines : lines + [line]
  }

  /// Lines with anything but white space in them, without line break and byte order mark.
  static func records(_ bytes: [UInt8]) -> [[UInt8]] {
    let marked = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    return lines(marked ? Array(bytes.dropFirst(3)) : bytes).map { line in
      guard line.last == 0x0A else { return line }
      let body = line.dropLast()
      return Array(body.last == 0x0D ? body.dropLast() : body)
    }.filter { !$0.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }
  }

  static func isUTF8(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

  static func contains(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
    Data(bytes).range(of: Data(needle)) != nil
  }

  /// The original, by removing and inserting ranges of whole arrays.
  static func unseeded(_ seeded: [UInt8], _ manifest: Manifest) -> [UInt8] {
    var bytes = seeded
    for insertion in manifest.insertions.reversed() {
      let start = Int(insertion.offset)
      bytes.removeSubrange(start..<start + Int(insertion.length))
    }
    for removal in manifest.removals {
      bytes.insert(contentsOf: removal.bytes.reveal(), at: Int(removal.offset))
    }
    return bytes
  }
}

extension Seeder {
  /// Seeds into a file of that name.
  func write(to path: String, overwrite: Bool = false) throws -> Seeding {
    let file = try Outputs(reading: [survey.path]).open(path, existing: .init(force: overwrite))
    let seeding = try write(to: file)
    try file.commit()
    return seeding
  }
}

extension Unseeder {
  /// Unseeds into a file of that name.
  func write(from seeded: String, to path: String, overwrite: Bool = false) throws {
    let file = try Outputs(reading: [seeded]).open(path, existing: .init(force: overwrite))
    try write(from: seeded, to: file)
    try file.commit()
  }
}
