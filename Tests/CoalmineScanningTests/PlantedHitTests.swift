// SPDX-License-Identifier: Apache-2.0

import CoalmineScanning
import CoalmineTesting
import Testing

@Suite struct `Planted hits` {
  private static let alphabet = Array(
    "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789".utf8)

  /// Secrets of `shortest` to 40 bytes. The shortest decides how many places of the text are looked at.
  private static func targets(_ count: Int, from shortest: Int = 8, _ random: inout SplitMix)
    -> [ScanTarget]
  {
    (0..<count).map { number in
      ScanTarget(
        name: "c-\(number)",
        secret: (0..<(shortest + number % (41 - shortest))).map { _ in
          alphabet.randomElement(using: &random) ?? 0x41
        })
    }
  }

  @Test(arguments: [8, 9, 12, 20])
  func `in every near form and at every split point are found, each once`(_ shortest: Int) {
    var random = SplitMix(14)
    let targets = Self.targets(66, from: shortest, &random)
    let patterns = ScanPatterns(targets)
    var planted = 0
    var wrong = 0
    var forms: [String: Int] = [:]
    for target in targets {
      for (form, bytes) in `Near forms of a secret`.forms(target.secret) {
        let text = Array("\nlog|".utf8) + bytes + Array("|end\n".utf8)
        for cut in 5...(5 + bytes.count) {
          var scanner = Scanner(patterns)
          let hits =
            scanner.scan(Array(text[..<cut]), last: false)
            + scanner.scan(Array(text[cut...]), last: false) + scanner.scan([], last: true)
          planted += 1
          forms[form, default: 0] += 1
          if hits.map(\.name) != [target.name] { wrong += 1 }
        }
      }
    }
    #expect(planted >= 100_000 && forms.count == 4, "\(planted) planted")
    #expect(forms.values.allSatisfy { $0 > 1_000 })
    #expect(wrong == 0, "of \(planted)")
  }

  @Test func `in one stream are all found, whatever the size of its pieces`() {
    var random = SplitMix(15)
    let targets = Self.targets(330, &random)
    let patterns = ScanPatterns(targets)
    let forms = targets.map { `Near forms of a secret`.forms($0.secret) }
    var text: [UInt8] = []
    var names: [String] = []
    for number in 0..<(isDeep ? 300_000 : 30_000) {
      let target = number % targets.count
      names.append(targets[target].name)
      text += Array("\n|".utf8) + forms[target][number / targets.count % forms[target].count].1
      text += Array("|\n".utf8)
    }
    for most in [64, 5_000, 1 << 18] {
      var scanner = Scanner(patterns)
      var found: [ScanHit] = []
      var from = 0
      while from < text.count {
        let end = min(text.count, from + Int.random(in: 1...most, using: &random))
        found += scanner.scan(Array(text[from..<end]), last: end == text.count)
        from = end
      }
      #expect(found.map(\.name) == names, "pieces of up to \(most) bytes")
    }
  }

  /// Small texts over three letters are full of overlaps; a search letter by letter is the oracle.
  @Test func `are those that a search letter by letter finds`() {
    var random = SplitMix(16)
    let letters = Array("xyz".utf8)
    var hits = 0
    for round in 0..<(isDeep ? 5_000 : 500) {
      let shortest = [8, 9, 11, 15][round % 4]
      let secrets = Set(
        (0..<40).map { _ in
          (0..<Int.random(in: shortest...18, using: &random)).map { _ in
            letters.randomElement(using: &random) ?? 0x78
          }
        })
      let targets = secrets.enumerated().map { ScanTarget(name: "c-\($0)", secret: $1) }
      var text: [UInt8] = []
      for _ in 0..<400 {
        text +=
          Bool.random(using: &random)
          ? targets.randomElement(using: &random)?.secret ?? []
          : (0..<10).map { _ in letters.randomElement(using: &random) ?? 0x78 }
      }
      var expected: Set<String> = []
      for (target, secret) in zip(targets, secrets) {
        var place = 0
        while place + secret.count <= text.count {
          if text[place..<place + secret.count] == secret[...] {
            expected.insert("\(target.name) \(place)")
            place += secret.count
          } else {
            place += 1
          }
        }
      }
      var scanner = Scanner(ScanPatterns(targets))
      let cut = Int.random(in: 0...text.count, using: &random)
      let found =
        scanner.scan(Array(text[..<cut]), last: false)
        + scanner.scan(Array(text[cut...]), last: true)
      #expect(Set(found.map { "\($0.name) \($0.offset)" }) == expected)
      #expect(found.count == expected.count)
      hits += found.count
    }
    #expect(hits > 1_000)
  }

  @Test func `have what stands before them, which says nothing when it is masked`() throws {
    let targets = [ScanTarget(name: "a-1", secret: Array("Qz7Lm42xKp".utf8))]
    var scanner = Scanner(ScanPatterns(targets))
    let text = Array("{\"user\":\"Zoë 12\",\"said\":\"Qz7Lm42xKp".utf8)
    let hit = try #require(scanner.scan(text, last: true).first)
    #expect(hit.before == Array("{\"user\":\"Zoë 12\",\"said\":\"".utf8))
    #expect(hit.maskedBefore == Array("{\"xxxx\":\"xxxx 00\",\"xxxx\":\"".utf8))
    #expect(hit.before.count <= ScanHit.contextLength)
  }
}
