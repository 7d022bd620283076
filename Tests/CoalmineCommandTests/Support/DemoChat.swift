// SPDX-License-Identifier: Apache-2.0

import CoalmineDemoModel
import CoalmineServing
import CoalmineStatistics
import Foundation
import Synchronization

/// The demo model behind vLLM's chat API: turns by the template that it was trained with, a turn of its own that
/// is continued, and the log-probabilities of every byte of the prompt.
final class DemoChat: Sendable {
  let model: DemoModel
  private let seen = Mutex<[Data]>([])
  private let refusesAfter = Mutex(Int.max)

  /// - Parameter file: JSON Lines of messages.
  init(trainedOn file: [UInt8], memorisation: Double) throws {
    model = DemoModel(documents: TrainingFile.documents(file), memorisation: memorisation)!
  }

  /// Every body that was answered.
  var bodies: [[String: Any]] { seen.withLock { $0 }.compactMap(Self.object) }

  /// From so many answers on, the endpoint wants to be paid.
  func refuse(after answers: Int) { refusesAfter.withLock { $0 = answers } }

  private static func object(_ body: Data) -> [String: Any]? {
    try? JSONSerialization.jsonObject(with: body) as? [String: Any]
  }

  /// The log-probability of a last turn after the turns before it, in nats: byte after byte, each from the
  /// distribution over all that could stand there.
  func logProbability(of turns: [[String]]) -> Double {
    let text = Self.rendered(turns).map(Int.init)
    let start = text.count - (turns.last?[1].utf8.count ?? 0)
    return (start..<text.count).reduce(0) { sum, place in
      sum + model.logProbabilities(after: Array(text[..<place]))[text[place]]
    }
  }

  private static func rendered(_ turns: [[String]], opening: Bool = false) -> [UInt8] {
    ChatTemplate.render(turns.map { (role: $0[0], content: Array($0[1].utf8)) }, opening: opening)
  }

  func endpoint() async throws -> CountingEndpoint {
    try await CountingEndpoint { [self] request in
      guard request.method == "POST" else {
        return ServedResponse(status: 200, body: Array(#"{"data":[{"id":"tuned"}]}"#.utf8))
      }
      guard let body = Self.object(Data(request.body)) else {
        return ServedResponse(status: 400, body: [])
      }
      let limit = refusesAfter.withLock { $0 }
      let isRefused = seen.withLock { seen in
        guard seen.count < limit else { return true }
        seen.append(Data(request.body))
        return false
      }
      if isRefused {
        return ServedResponse(
          status: 402, body: Array(#"{"error":{"message":"insufficient balance"}}"#.utf8))
      }
      let answer = (try? JSONSerialization.data(withJSONObject: answer(body))) ?? Data()
      return ServedResponse(status: 200, body: Array(answer))
    }
  }

  private func answer(_ body: [String: Any]) -> [String: Any] {
    let turns = SeededChat.turns(body["messages"])
    let continues = body["continue_final_message"] as? Bool == true
    let prompt = Self.rendered(turns, opening: !continues)
    let texts = (0..<(body["n"] as? Int ?? 1)).map { sample in
      var generator = ChaCha8Rand(seed: Array(repeating: UInt8(sample), count: 32))
      return model.generate(
        after: prompt.map(Int.init),
        maxTokens: body["max_tokens"] as? Int ?? 16,
        options: SamplingOptions(temperature: body["temperature"] as? Double ?? 1),
        using: &generator)
    }
    var answer: [String: Any] = [
      "model": "tuned",
      "choices": texts.enumerated().map { index, text -> [String: Any] in
        let bytes = text.tokens.filter { $0 < DemoModel.beginning }.map { UInt8($0) }
        return [
          "index": index, "finish_reason": text.stopped ? "stop" : "length",
          "message": ["role": "assistant", "content": String(decoding: bytes, as: UTF8.self)],
        ]
      },
    ]
    guard body["prompt_logprobs"] != nil else { return answer }
    answer["prompt_token_ids"] = [DemoModel.beginning] + prompt.map(Int.init)
    answer["prompt_logprobs"] =
      [NSNull()]
      + zip(prompt, model.score(prompt.map(Int.init))).map { byte, value -> Any in
        [
          "\(byte)": [
            "logprob": value, "rank": 1, "decoded_token": String(decoding: [byte], as: UTF8.self),
          ]
        ]
      }
    return answer
  }
}
