// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

extension EndpointSettings {
  /// The reply to `GET /v1/models`; `nil` where it is none.
  static func ofModelList(_ root: JSONNode) -> EndpointSettings? {
    guard let listed = root["data"]?.elements else { return nil }
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
