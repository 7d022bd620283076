// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineDemoModel
import CoalmineStatistics

/// The parameters that both completion routes share, checked.
struct SamplingRequest {
  let samples: Int
  let seed: UInt64
  let options: SamplingOptions
  let stop: [[UInt8]]
  let maxTokens: Int

  init(_ body: JSONNode, service: DemoModelService, defaultMaxTokens: Int) throws {
    if let model = body["model"], !model.isNull {
      guard let asked = model.string else {
        throw ServiceError.parameter("model", "must be a string")
      }
      guard asked == service.name else {
        throw ServiceError(
          status: 404, code: "model_not_found", message: "this server has no such model",
          parameter: "model")
      }
    }
    samples = try Self.integer(body, "n", 1...128) ?? 1
    if let best = try Self.integer(body, "best_of", 1...128), best != samples {
      throw ServiceError.unsupported("best_of")
    }
    if try Self.flag(body, "stream") == true { throw ServiceError.unsupported("stream") }
    for (name, isNeutral) in Self.unsupported {
      if let node = body[name], !node.isNull, !isNeutral(node) {
        throw ServiceError.unsupported(name)
      }
    }
    let requested = try Self.integer(body, "max_tokens", 0...4_096)
    let renamed = try Self.integer(body, "max_completion_tokens", 0...4_096)
    maxTokens = requested ?? renamed ?? defaultMaxTokens
    let temperature = try Self.number(body, "temperature", 0...2) ?? 1
    let topP = try Self.number(body, "top_p", 0...1) ?? 1
    options = SamplingOptions(
      temperature: temperature, topP: topP, topK: try Self.integer(body, "top_k", 0...257) ?? 0)
    stop = try Self.stop(body)
    if let given = body["seed"], !given.isNull {
      guard let seed = given.int else {
        throw ServiceError.parameter("seed", "must be a whole number")
      }
      self.seed = UInt64(bitPattern: seed)
    } else {
      var system = SystemRandomNumberGenerator()
      seed = system.next()
    }
  }

  /// The generator of sample `sample` of prompt `prompt`.
  func generator(prompt: Int, sample: Int) -> ChaCha8Rand {
    var bytes: [UInt8] = []
    for word in [seed, UInt64(prompt), UInt64(sample), 0x636F_616C_6D69_6E65] {
      withUnsafeBytes(of: word.littleEndian) { bytes += $0 }
    }
    return ChaCha8Rand(seed: bytes)
  }

  /// Parameters that would change an answer and are not there. To ignore them in silence would
  /// give numbers that mean something else; a value that asks for nothing is let through.
  private static let unsupported: [(String, @Sendable (JSONNode) -> Bool)] = [
    ("suffix", { $0.stringBytes?.isEmpty ?? false }),
    ("logit_bias", { $0.members?.isEmpty ?? false }),
    ("presence_penalty", { $0.double == 0 }), ("frequency_penalty", { $0.double == 0 }),
    ("repetition_penalty", { $0.double == 1 }), ("min_p", { $0.double == 0 }),
    ("tools", { $0.elements?.isEmpty ?? false }), ("prompt_logprobs", { _ in false }),
    ("response_format", { $0["type"]?.string == "text" }),
  ]

  /// `true` or `false`, or `nil` where it is absent or null.
  static func flag(_ body: JSONNode, _ name: String) throws -> Bool? {
    guard let node = body[name], !node.isNull else { return nil }
    guard let value = node.bool else {
      throw ServiceError.parameter(name, "must be true or false")
    }
    return value
  }

  /// Readers differ in which of two members with one name counts: neither is a safe guess.
  static func refuseDuplicates(_ object: JSONNode) throws {
    var seen: Set<String> = []
    for (key, _) in object.members ?? [] where !seen.insert(key).inserted {
      throw ServiceError(
        code: "duplicate_key", message: "the key '\(terminalSafe(key))' stands there twice")
    }
  }

  /// A whole number in a range, or `nil` where it is absent or null.
  static func integer(_ body: JSONNode, _ name: String, _ range: ClosedRange<Int>) throws -> Int? {
    guard let node = body[name], !node.isNull else { return nil }
    guard let value = node.int.flatMap({ Int(exactly: $0) }), range.contains(value) else {
      throw ServiceError.parameter(
        name, "must be a whole number in \(range.lowerBound)…\(range.upperBound)")
    }
    return value
  }

  /// A number in a range, or `nil` where it is absent or null.
  static func number(_ body: JSONNode, _ name: String, _ range: ClosedRange<Double>) throws
    -> Double?
  {
    guard let node = body[name], !node.isNull else { return nil }
    guard let value = node.double, range.contains(value) else {
      throw ServiceError.parameter(
        name, "must be a number in \(range.lowerBound)…\(range.upperBound)")
    }
    return value
  }

  private static func stop(_ body: JSONNode) throws -> [[UInt8]] {
    guard let node = body["stop"], !node.isNull else { return [] }
    if let one = node.stringBytes {
      guard !one.isEmpty else {
        throw ServiceError.parameter("stop", "must hold strings that are not empty")
      }
      return [one]
    }
    guard let list = node.elements, list.count <= 16 else {
      throw ServiceError.parameter("stop", "must be a string or at most 16 strings")
    }
    return try list.map {
      guard let text = $0.stringBytes, !text.isEmpty else {
        throw ServiceError.parameter("stop", "must hold strings that are not empty")
      }
      return text
    }
  }
}
