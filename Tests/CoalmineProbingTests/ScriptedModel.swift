// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Synchronization

/// A model of printable ASCII, one token per byte, that answers as two kinds of server would.
///
/// The probabilities after a prefix are a function of its last bytes alone, so that a test can
/// compute them by itself.
final class ScriptedModel: Sendable {
  /// The vocabulary: a mark before the text, and the bytes 0x20…0x7E.
  static let bytes: ClosedRange<UInt8> = 0x20...0x7E
  static let mark = 1
  static func token(_ byte: UInt8) -> Int { Int(byte) + 100 }
  static func byte(_ token: Int) -> UInt8 { UInt8(token - 100) }

  /// Every request body with how often it came.
  private let bill = Mutex<[Data: Int]>([:])
  /// Called with the number of the request from 0, before it is answered; what it returns is
  /// answered instead.
  private let fault: @Sendable (Int) async throws(TransportError) -> Reply?
  private let count = Mutex(0)

  init(fault: @escaping @Sendable (Int) async throws(TransportError) -> Reply? = { _ in nil }) {
    self.fault = fault
  }

  var bodies: [Data: Int] { bill.withLock { $0 } }
  var requests: Int { bill.withLock { $0.values.reduce(0, +) } }

  static func reply(_ object: Any, status: Int = 200) -> Reply {
    let body = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
    return Reply(
      status: status, headers: [(name: "content-type", value: "application/json")],
      body: Array(body), elapsedMilliseconds: 1)
  }

  func send(_ request: HTTPRequest) async throws(TransportError) -> Reply {
    let body = Data(request.body?.reveal() ?? [])
    bill.withLock { $0[body, default: 0] += 1 }
    let number = count.withLock { count in
      defer { count += 1 }
      return count
    }
    if let reply = try await fault(number) { return reply }
    return Self.answer(to: body, at: request.url)
  }

  /// A request has the same answer in every study, and many tests ask the same.
  private static let answers = Mutex<[Data: Reply]>([:])

  private static func answer(to body: Data, at url: String) -> Reply {
    let key = body + Data(url.utf8)
    if let known = answers.withLock({ $0[key] }) { return known }
    let asked = (try? jsonObject(body)) ?? [:]
    let answer =
      url.hasSuffix("/tokenize")
      ? tokens(asked) : url.hasSuffix("/completion") ? rows(asked) : completions(asked)
    answers.withLock { $0[key] = answer }
    return answer
  }

  /// Natural log-probabilities of what may follow a text, by byte.
  static func logProbabilities(after text: [UInt8]) -> [(byte: UInt8, value: Double)] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    for byte in text.suffix(8) { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    let scores = bytes.map { byte -> Double in
      var mixed = state &+ UInt64(byte) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 30)) &* 0x94D0_49BB_1331_11EB
      let noise = Double((mixed ^ (mixed >> 31)) >> 40) / Double(1 << 24)
      // Digits come easily, as after a code.
      return noise * 2 + ((0x30...0x39).contains(byte) ? 6 : 0)
    }
    let total = log(scores.reduce(0) { $0 + exp($1) })
    return zip(bytes, scores).map { ($0, $1 - total) }
  }

  private static func tokens(_ asked: [String: Any]) -> Reply {
    let text = Array((asked["content"] as? String ?? "").utf8)
    let mark: [[String: Any]] = [["id": Self.mark, "piece": "<s>"]]
    return reply([
      "tokens": mark
        + text.map { ["id": token($0), "piece": String(decoding: [$0], as: UTF8.self)] }
    ])
  }

  private static func rows(_ asked: [String: Any]) -> Reply {
    let prefixes = asked["prompt"] as? [[Int]] ?? []
    let length = asked["n_probs"] as? Int ?? 0
    if let grammar = asked["grammar"] as? String {
      let ending = Array(grammar.dropFirst("root ::= \"".count).dropLast().utf8)
      return written(ending, after: prefixes[0])
    }
    let wanted = (asked["logit_bias"] as? [[Int]])?.first?.first
    return reply(
      prefixes.enumerated().map { index, prefix -> [String: Any] in
        let listed = logProbabilities(after: prefix.filter { $0 != mark }.map(byte))
          .sorted { $0.value > $1.value }
        let choices: [[String: Any]] = listed.prefix(length).map {
          ["id": token($0.byte), "bytes": [Int($0.byte)], "logprob": $0.value]
        }
        let written = wanted.flatMap { id in listed.first { token($0.byte) == id } } ?? listed[0]
        return [
          "index": index, "content": "x",
          "completion_probabilities": [
            [
              "id": token(written.byte), "bytes": [Int(written.byte)], "logprob": written.value,
              "top_logprobs": choices,
            ] as [String: Any]
          ],
        ]
      })
  }

  /// Whether an ending is written in other tokens than the text is read in: where its last digit is
  /// odd, so that about half of them are.
  static func isWrittenOtherwise(_ ending: [UInt8]) -> Bool { (ending.last ?? 0) % 2 == 1 }

  private static func written(_ ending: [UInt8], after prefix: [Int]) -> Reply {
    var text = prefix.filter { $0 != mark }.map(byte)
    var entries: [[String: Any]] = []
    for byte in ending {
      let row = logProbabilities(after: text)
      let value = row[Int(byte - 0x20)].value
      entries.append([
        "id": token(byte), "bytes": [Int(byte)], "logprob": value,
        "top_logprobs": [["id": token(byte), "logprob": value]],
      ])
      text.append(byte)
    }
    // A token of its own for the first two bytes, which no row lists.
    if isWrittenOtherwise(ending) { entries[0]["id"] = 9_999 }
    return reply([["index": 0, "completion_probabilities": entries]])
  }

  /// Echo scoring, and continuations that depend on their prompt.
  static func completions(_ asked: [String: Any]) -> Reply {
    let prompts = (asked["prompt"] as? [String] ?? []).map { Array($0.utf8) }
    let samples = asked["n"] as? Int ?? 1
    var choices: [[String: Any]] = []
    for prompt in prompts {
      for sample in 0..<samples {
        var choice: [String: Any] = [
          "index": choices.count, "finish_reason": "length",
          "text": " \(prompt.count * 7 + Int(prompt.last ?? 0)) \(sample)",
        ]
        if asked["echo"] as? Bool == true {
          choice["logprobs"] = [
            "tokens": prompt.map { String(decoding: [$0], as: UTF8.self) } + ["x"],
            "token_logprobs": prompt.indices.map { place -> Any in
              place == 0
                ? NSNull()
                : logProbabilities(after: Array(prompt[..<place]))[Int(prompt[place] - 0x20)].value
            } + [-1.0],
          ]
        }
        choices.append(choice)
      }
    }
    return reply(["choices": choices])
  }
}
