// SPDX-License-Identifier: Apache-2.0

/// What a server says about itself.
public struct EndpointSettings: Sendable, Equatable {
  /// The models that it lists, by every name; empty where it lists none.
  public var models: [String] = []
  /// The longest prompt with its completion, in tokens; of several models the shortest.
  public var contextTokens: Int?
  /// The same of each model that tells.
  public var contextByModel: [String: Int] = [:]
  /// The samplers of its own settings, in the order of their names; `nil` where it does not tell.
  public var samplers: [Sampler]?

  public init() {}

  /// A sampler that acts where a request does not name it.
  public struct Sampler: Sendable, Equatable {
    /// The name in requests, `top_k`.
    public let name: String
    public let value: Double
    /// The value at which it changes nothing.
    public let neutral: Double
    public var isNeutral: Bool { abs(value - neutral) < 1e-6 }

    public init(name: String, value: Double, neutral: Double) {
      self.name = name
      self.value = value
      self.neutral = neutral
    }
  }

  /// Whether the server lists a model of that name; servers that load one file list its path.
  public func lists(_ model: String) -> Bool {
    models.contains { $0 == model || $0.split(separator: "/").last == model[...] }
  }

  /// The context window of one model.
  public func contextTokens(of model: String) -> Int? { contextByModel[model] ?? contextTokens }
}
