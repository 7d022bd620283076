// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Testing

@Suite struct `Zstandard frames` {
  private static let text = Array(
    String(repeating: "{\"token\": \"ab\", \"logprob\": -1.5}", count: 500).utf8)

  @Test(arguments: [0, 1, 2, 63, 64, 1_000, 16_500]) func `give back what went in`(_ count: Int) {
    let bytes = Array(Self.text.prefix(count))
    for level in [1, 3] as [Int32] {
      #expect(Zstandard.decompress(Zstandard.compress(bytes, level: level)) == bytes)
    }
  }

  @Test func `that are cut, followed by anything or damaged give no other bytes`() {
    let frame = Zstandard.compress(Array(Self.text.prefix(600)))
    for end in frame.indices { #expect(Zstandard.decompress(Array(frame[..<end])) == nil) }
    #expect(Zstandard.decompress(frame + [0]) == nil)
    #expect(Zstandard.decompress(frame + frame) == nil)
    #expect(Zstandard.decompress([]) == nil)
    #expect(Zstandard.decompress(Self.text) == nil)
    for place in frame.indices {
      var damaged = frame
      damaged[place] ^= 0x40
      // What is read may be other bytes of the same length: the digest of a reply tells.
      #expect((Zstandard.decompress(damaged)?.count ?? 600) <= 64 << 20)
    }
  }

  @Test func `that unpack to more than the limit are refused before they are unpacked`() {
    let bomb = Zstandard.compress([UInt8](repeating: 0, count: 8 << 20))
    #expect(bomb.count < 2_000)
    #expect(Zstandard.decompress(bomb, limit: (8 << 20) - 1) == nil)
    #expect(Zstandard.decompress(bomb, limit: 8 << 20)?.count == 8 << 20)
  }
}
