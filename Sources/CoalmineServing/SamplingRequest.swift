// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineReference
import CoalmineStatistics

/// The parameters that both completion routes share, checked.
struct SamplingRequest {
  /// Choices a request may ask for in all, prompts times samples.
  static let choiceLimit = 4_096

  let samples: Int
  let seed: UInt64
  let options: SamplingOptions
  let stop: [[UInt8]]
  let maxTokens: Int

  init(_ body: JSONNode, service: ReferenceService, defaultMaxTokens: Int) throws {
    if let model = body["model"], !model.isNull {
      guard model.string == service.name else {
        throw ServiceError(
          status: 404, code: "model_not_found", message: "this server has no such model",
          parameter: "model")
      }
    }
    samples = try Self.integer(body, "n", 1...128) ?? 1
    if let best = try Self.integer(body, "best_of", 1...128), best != samples {
      throw ServiceError.parameter("best_of", "is not supported")
    }
    if body["stream"]?.bool == true {
      throw ServiceError.parameter("stream", "is not supported")
    }
    let requested = try Self.integer(body, "max_tokens", 0...4_096)
    maxTokens =
      try requested ?? Self.integer(body, "max_completion_tokens", 0...4_096) ?? defaultMaxTokens
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
    if let one = node.stringBytes { return [one] }
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
