// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineProbing
import Foundation
import Testing

/// What a check makes of the tokens listed beside samples.
@Suite struct `Listed tokens in a check` {
  /// Four tokens at each of three places, the first of them written.
  private static func text(
    _ scale: Double = 1, shift: Double = 0, tokens: Int = 4, steps: Int = 3
  ) -> Completion {
    Completion(
      text: Array("abc".utf8), ending: .length,
      steps: (0..<steps).map { place in
        let listed = (0..<tokens).map { number in
          WrittenToken.Candidate(
            bytes: [UInt8(0x61 + place + number)],
            logProbability: scale * (-0.7 - 0.1 * Double(place) - 1.1 * Double(number)) + shift)
        }
        return WrittenToken(
          bytes: [UInt8(0x61 + place)], logProbability: listed.first?.logProbability,
          likeliest: listed)
      })
  }

  private static func item(_ samples: [Completion], greedy: Completion? = nil) -> Capabilities.Item
  {
    ListedTokens(samples: samples, greedy: greedy).item
  }

  @Test func `lists of the model's own are seen, and the same at temperature 0`() {
    let item = Self.item([Self.text(), Self.text()], greedy: Self.text(shift: -0.05))
    #expect(item.subject == .tokensListed && item.state == .seen)
    #expect(item.evidence.contains("up to 4 tokens") && item.evidence.contains("do not change"))
    // Where nothing was asked at temperature 0 nothing is said of it.
    #expect(!Self.item([Self.text()]).evidence.contains("temperature"))
  }

  @Test func `lists after the temperature are refused`() {
    // At temperature 0 the likeliest token has probability 1, and no other is listed.
    let certain = Completion(
      text: [0x61], ending: .length,
      steps: [
        WrittenToken(
          bytes: [0x61], logProbability: 0, likeliest: [.init(bytes: [0x61], logProbability: 0)])
      ])
    for greedy in [certain, Self.text(3)] {
      let item = Self.item([Self.text()], greedy: greedy)
      #expect(item.state == .notSeen && item.evidence.contains("after the temperature"))
    }
  }

  @Test func `no lists, one number for everything and sums above 1 are refused`() {
    #expect(Self.item([]).state == .notSeen)
    #expect(Self.item([Completion(text: [], ending: .stop)]).state == .notSeen)
    #expect(Self.item([Self.text(tokens: 0)]).evidence.hasPrefix("no likeliest tokens came"))
    #expect(Self.item([Self.text(), Self.text(steps: 0)]).state == .notSeen)
    #expect(Self.item([Self.text(0, shift: -3)]).evidence.contains("1 different log-prob"))
    #expect(Self.item([Self.text(shift: 0.6)]).evidence.contains("sum to"))
  }
}
