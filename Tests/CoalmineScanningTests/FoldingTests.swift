// SPDX-License-Identifier: Apache-2.0

import CBytes
import CoalmineScanning
import CoalmineTesting
import Testing

@Suite struct `Folded text` {
  private static let stops: Set<UInt8> = [0x25, 0x26, 0x5C, 0xC2, 0xE2, 0xE3, 0xEF]

  /// Byte by byte, as the kernel's comment says.
  private static func folded(_ bytes: [UInt8], stops: Bool) -> (read: Int, text: [UInt8]) {
    let read = stops ? bytes.firstIndex(where: Self.stops.contains) ?? bytes.count : bytes.count
    let kept = bytes[..<read].filter { $0 != 0 && $0 != 0x20 && !(9...13).contains($0) }
    return (read, kept.map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 })
  }

  @Test func `is what a loop over its bytes gives, for every length and every byte`() {
    var random = SplitMix(21)
    let common = Array(" \tabcXYZ%\\".utf8)
    for round in 0..<4_000 {
      let length = round % 70
      // All bytes; words; no byte that stops.
      let bytes = (0..<length).map { place -> UInt8 in
        switch round % 3 {
        case 0: UInt8.random(in: 0...255, using: &random)
        case 1: common.randomElement(using: &random) ?? 0
        default: round < 3_000 ? UInt8(65 + place % 40) : UInt8(round % 256)
        }
      }
      for stops in [false, true] {
        let before = Array("before".utf8)
        var room = before + [UInt8](repeating: 0, count: length + 16)
        var written = before.count
        let read = coalmine_fold(bytes, length, stops ? 1 : 0, &room, &written)
        let expected = Self.folded(bytes, stops: stops)
        #expect(read == expected.read)
        #expect(room[..<written] == (before + expected.text)[...], "\(bytes)")
      }
    }
  }

  /// Letters of which many are escaped; the search is compared with one over the letters themselves.
  @Test func `gives the hits of a search letter by letter, wherever escapes stand`() {
    var random = SplitMix(22)
    let letters = Array("xyz".utf8)
    var hits = 0
    var decoded = 0
    for round in 0..<(isDeep ? 4_000 : 400) {
      let shortest = [8, 9, 11, 15][round % 4]
      let secrets = (0..<30).map { _ in
        (0..<Int.random(in: shortest...20, using: &random)).map { _ in
          letters.randomElement(using: &random) ?? 0x78
        }
      }
      let distinct = Array(Set(secrets))
      let targets = distinct.enumerated().map { ScanTarget(name: "c-\($0)", secret: $1) }
      // Each letter with the bytes that it is written with.
      let rare = [2, 10, 60][round % 3]
      var units: [(letter: UInt8, bytes: [UInt8])] = []
      for _ in 0..<40 {
        for letter in secrets.randomElement(using: &random) ?? [] {
          let isEscaped = Int.random(in: 0..<rare, using: &random) == 0
          units.append((letter, isEscaped ? Self.escape(letter, &random) : [letter]))
        }
      }
      var starts = [0]
      for unit in units { starts.append((starts.last ?? 0) + unit.bytes.count) }
      let plain = units.map(\.letter)
      var expected: Set<String> = []
      for (secret, name) in zip(distinct, targets.map(\.name)) {
        var place = 0
        while place + secret.count <= plain.count {
          if plain[place..<place + secret.count] == secret[...] {
            let end = place + secret.count - 1
            let length = starts[end] + units[end].bytes.count - starts[place]
            expected.insert("\(name) \(starts[place]) \(length)")
            if length > secret.count { decoded += 1 }
            place += secret.count
          } else {
            place += 1
          }
        }
      }
      let text = units.flatMap(\.bytes)
      var scanner = Scanner(ScanPatterns(targets))
      let cut = Int.random(in: 0...text.count, using: &random)
      let found =
        scanner.scan(Array(text[..<cut]), last: false)
        + scanner.scan(Array(text[cut...]), last: true)
      #expect(Set(found.map { "\($0.name) \($0.offset) \($0.length)" }) == expected)
      #expect(found.count == expected.count)
      hits += found.count
    }
    #expect(decoded > 2_000 && hits > decoded + 2_000, "\(hits) hits, \(decoded) with an escape")
  }

  @Test(arguments: [" ", " and then other text that is no secret"])
  func `gives the longest form, with an escape for its first or its last byte`(_ after: String) {
    let secret = "qj4Zt81mWk0p"
    let patterns = ScanPatterns([ScanTarget(name: "c-1", secret: Array(secret.utf8))])
    let digits = secret.utf8.map { String($0, radix: 16) }.joined()
    for escaped in [
      "%37" + digits.dropFirst(), digits.dropLast() + "%30", digits.dropLast() + "&#x30;",
    ] {
      var scanner = Scanner(patterns)
      let hits = scanner.scan(Array("A word \(escaped)\(after)".utf8), last: true)
      #expect(hits.map(\.offset) == [7] && hits.first?.length == escaped.utf8.count, "\(escaped)")
    }
  }

  /// A letter as an escape that has none of the letters in it.
  private static func escape(_ letter: UInt8, _ random: inout SplitMix) -> [UInt8] {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: Array("\\u00\(String(letter, radix: 16, uppercase: true))".utf8)
    case 1: Array("%\(String(letter, radix: 16, uppercase: true))".utf8)
    case 2: Array("&#\(letter);".utf8)
    default: Array("\(Character(Unicode.Scalar(0xFEE0 + UInt32(letter)) ?? "?"))".utf8)
    }
  }
}
