// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What a server says about itself.
public struct EndpointSettings: Sendable, Equatable {
  /// The models that it lists, by every name; empty where it lists none.
  public var models: [String] = []
  /// The longest prompt with its continuation, in tokens; of several models the shortest.
  public var contextTokens: Int?
  /// The same of each model that tells.
  var contextByModel: [String: Int] = [:]
  /// The samplers of its own settings, in the order of their names; `nil` where it does not tell.
  public var samplers: [Sampler]?

  /// A sampler that acts where a request does not name it.
  public struct Sampler: Sendable, Equatable {
    /// The name in requests, `top_k`.
    public let name: String
    public let value: Double
    /// The value at which it changes nothing.
    public let neutral: Double
    public var isNeutral: Bool { abs(value - neutral) < 1e-6 }
  }

  /// Whether the server lists a model of that name; servers that load one file list its path.
  public func lists(_ model: String) -> Bool {
    models.contains { $0 == model || $0.split(separator: "/").last == model[...] }
  }

  /// The context window of one model.
  public func contextTokens(of model: String) -> Int? { contextByModel[model] ?? contextTokens }

  /// The reply to `GET /v1/models`; `nil` where it is none.
  static func ofModelList(_ reply: DialectReply) -> EndpointSettings? {
    guard reply.status == 200,
      let document = try? JSONDocument(parsing: reply.body, repairing: true),
      let listed = document.root["data"]?.elements
    else { return nil }
    var settings = EndpointSettings()
    for model in listed {
      let names = [model["id"]] + (model["aliases"]?.elements ?? [])
      for name in names.compactMap({ $0?.string }) where !settings.models.contains(name) {
        settings.models.append(name)
      }
      let length = model["max_model_len"] ?? model["meta"]?["n_ctx"]
      // The shortest of several: which of them answers is known only when it does.
      if let tokens = length?.int.flatMap({ Int(exactly: $0) }), tokens > 0 {
        for name in names.compactMap({ $0?.string }) { settings.contextByModel[name] = tokens }
        settings.contextTokens = min(settings.contextTokens ?? tokens, tokens)
      }
    }
    return settings
  }
}
