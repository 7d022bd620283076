// SPDX-License-Identifier: Apache-2.0

import CoalmineScanning
import CoalmineTesting
import Testing

@Suite struct `A scan that goes on` {
  private static func text(_ random: inout SplitMix, _ targets: [ScanTarget]) -> [UInt8] {
    var text: [UInt8] = []
    for target in targets {
      text += (0..<Int.random(in: 0...9_000, using: &random)).map { _ in
        UInt8.random(in: 0x20...0x7E, using: &random)
      }
      text += [0x0A] + target.secret.flatMap { [$0, 0x20] } + [0x0A]
    }
    return text
  }

  @Test func `one hundred stops lose no hit and double none`() {
    var random = SplitMix(11)
    let targets = (0..<40).map { number in
      ScanTarget(
        name: "c-\(number)",
        secret: (0..<14).map { _ in UInt8.random(in: 0x61...0x7A, using: &random) })
    }
    let text = Self.text(&random, targets)
    var whole = Scanner(ScanPatterns(targets))
    let expected = whole.scan(text, last: true)
    #expect(expected.map(\.name) == targets.map(\.name))

    var hits: [ScanHit] = []
    var settled = 0
    for stop in 1...100 {
      let start = max(0, settled - Scanner.overlap)
      var scanner = Scanner(ScanPatterns(targets), start: start, reported: settled)
      let end = text.count * stop / 100
      hits += scanner.scan(Array(text[start..<end]), last: false)
      settled = scanner.settled
    }
    let start = max(0, settled - Scanner.overlap)
    var scanner = Scanner(ScanPatterns(targets), start: start, reported: settled)
    hits += scanner.scan(Array(text[start...]), last: true)
    #expect(hits == expected)
  }

  @Test func `clean text gives no hit for secrets of 64 bits`() {
    var random = SplitMix(3)
    let targets = (0..<1_000).map { number in
      ScanTarget(
        name: "c-\(number)",
        secret: (0..<14).map { _ in UInt8.random(in: 0x61...0x7A, using: &random) })
    }
    var scanner = Scanner(ScanPatterns(targets))
    for piece in 0..<(isDeep ? 1_024 : 64) {
      // Printable text with escapes in it, 1 MiB per piece.
      var bytes = [UInt8](repeating: 0, count: 1 << 20)
      for place in stride(from: 0, to: bytes.count, by: 8) {
        let word = random.next()
        for byte in 0..<8 {
          bytes[place + byte] = 0x20 + UInt8(truncatingIfNeeded: word >> UInt64(8 * byte)) % 95
        }
      }
      let hits = scanner.scan(bytes, last: piece == (isDeep ? 1_023 : 63))
      #expect(hits.isEmpty)
    }
  }
}
