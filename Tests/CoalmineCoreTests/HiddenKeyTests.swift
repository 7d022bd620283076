// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics
import Testing

/// A server that repeats a key puts it into no reply that is kept, however it spells it.
@Suite struct `Keys in replies` {
  private static let token = "IQoJb3JpZ2luX2Vj/+abc==SESSION"
  private static let stars = String(repeating: "*", count: token.utf8.count)

  private static func hidden(_ body: String, _ key: String = token) -> String {
    let reply = Reply(status: 200, headers: [("x-echo", body)], body: Array(body.utf8))
      .hiding([Array(key.utf8)])
    #expect(reply.header("x-echo") == String(decoding: reply.body, as: UTF8.self))
    return String(decoding: reply.body, as: UTF8.self)
  }

  @Test(arguments: [
    "IQoJb3JpZ2luX2Vj/+abc==SESSION", #"IQoJb3JpZ2luX2Vj\/+abc==SESSION"#,
    #"IQoJb3JpZ2luX2Vj\u002f\u002Babc\u003d\u003dSESSION"#,
    #"IQoJb3JpZ2luX2Vj\\/\\u002babc\\u003D=SESSION"#, "IQoJb3JpZ2luX2Vj%2F%2babc%3D%3DSESSION",
  ])
  func `are starred as they are and as JSON and URLs escape them`(_ spelled: String) {
    #expect(
      Self.hidden("{\"token\": \"\(spelled)\"}, \(spelled)")
        == "{\"token\": \"\(Self.stars)\"}, \(Self.stars)")
  }

  @Test func `are starred whatever mixture of escapes spells them`() {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 7, count: 32))
    let letters = Array("abcXYZ019-._~+/=\"&<>'%u")
    for _ in 0..<2_000 {
      // The letters in front are what is looked for first.
      let key = "key" + String((0..<12).map { _ in letters.randomElement(using: &generator)! })
      var spelled = "key"
      for scalar in key.dropFirst(3).unicodeScalars {
        let digits = String(scalar.value, radix: 16)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: spelled += "\\u00" + (digits.count < 2 ? "0" + digits : digits)
        case 1: spelled += "%" + digits.uppercased()
        case 2 where "\"/".unicodeScalars.contains(scalar): spelled += "\\" + String(scalar)
        default: spelled += String(scalar)
        }
      }
      let shown = Self.hidden("before \(spelled) after", key)
      #expect(
        shown == "before " + String(repeating: "*", count: 15) + " after", "\(key) \(spelled)")
    }
  }

  @Test(arguments: ["nothing of it", "IQoJb3JpZ2luX2Vj/+abc==SESSIO", #"SESSION \u002 % %2 \"#, ""])
  func `that are not there change nothing`(_ body: String) { #expect(Self.hidden(body) == body) }

  @Test func `that are too short to be told from words are left`() {
    #expect(Self.hidden("a word", "word") == "a word")
  }
}
