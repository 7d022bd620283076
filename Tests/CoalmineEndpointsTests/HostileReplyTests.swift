// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineStatistics
import CoalmineTesting
import Testing

/// Whatever a server sends, a reading is an answer with sound numbers, a retry or a stop.
@Suite struct `Hostile replies` {
  static let query = scoring("The code is", " 302.")
  static let reply = Array(
    echoReply(
      ["<s>", "The", " code", " is", " 3", #"bytes:\\x30"#, "2", ".", "x"],
      ["null", "-1", "-2", "-3.5", "-4.25", "-0.5", "-9", "-1e-3", "-0.0"],
      rest: #","text_offset":[0,1,2],"top_logprobs":[null,{"a":-1}]"#
    ).utf8)

  static func check(_ body: [UInt8], _ queries: [Query]) throws {
    let reading = Read(
      dialect(), Reply(status: 200, headers: [], body: body), for: queries, at: try endpoint())
    guard let answers = reading.answers else {
      #expect(!reading.words.isEmpty)
      return
    }
    let asked = queries.flatMap { query in query.asks.map { _ in query } }
    #expect(answers.count == asked.count)
    for (answer, query) in zip(answers, asked) {
      switch answer {
      case .measured(.scored(let scores)):
        for score in scores {
          if let value = score.logProbability { #expect(value <= 0) }
          #expect(score.range.lowerBound < query.prompt.count + query.target.count)
        }
      case .measured(.completion): #expect(query.samples > 0)
      default: #expect(answer.reason?.evidence.isEmpty == false)
      }
    }
  }

  @Test func `a reply cut at every byte is refused`() throws {
    #expect(
      try read(String(decoding: Self.reply, as: UTF8.self), for: [Self.query]).scores?.count == 4)
    for end in Self.reply.indices {
      let reading = Read(
        dialect(), Reply(status: 200, headers: [], body: Array(Self.reply[..<end])),
        for: [Self.query], at: try endpoint())
      #expect(reading.stopError?.code == "not-json", "cut at \(end)")
    }
  }

  @Test func `mutated replies never yield an unsound number`() throws {
    try Self.mutate(rounds: 20_000, seed: 5)
  }

  @Test(.enabled(if: isDeep)) func `nor do a million of them`() throws {
    try Self.mutate(rounds: 1_000_000, seed: 6)
  }

  private static func mutate(rounds: Int, seed: UInt8) throws {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: seed, count: 32))
    let pieces = [
      "null", "NaN", "-Infinity", "1e400", "-1e308", "0.1", "[", "]", "{", "}", ",", "\"", "\\",
      "\\ud83d", "\u{FFFD}", "-", "9999999999999999999999", "\"index\":7", "\"n\":", ":",
    ].map { Array($0.utf8) }
    let sampled = Array(
      #"{"choices":[{"index":0,"text":"a","finish_reason":"stop"},{"index":1,"text":"b"}]}"#.utf8)
    for round in 0..<rounds {
      let likely = round.isMultiple(of: 2)
      var body = likely ? Self.reply : sampled
      for _ in 0...generator.uniform(below: UInt64(3)) {
        let place = Int(generator.uniform(below: UInt64(body.count)))
        switch generator.uniform(below: UInt64(4)) {
        case 0: body[place] = UInt8(truncatingIfNeeded: generator.next())
        case 1: body.remove(at: place)
        case 2:
          let piece = pieces[Int(generator.uniform(below: UInt64(pieces.count)))]
          body.insert(contentsOf: piece, at: place)
        default:
          let end = min(body.count, place + Int(generator.uniform(below: UInt64(30))))
          body.insert(contentsOf: body[place..<end], at: place)
        }
      }
      try Self.check(body, [likely ? Self.query : continuing("a", samples: 2)])
    }
  }
}
