// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineDemoModel

/// `POST /tokenize` and `POST /detokenize`: bytes are tokens.
enum TokenRoutes {
  static func tokenize(_ body: JSONNode) throws -> ServedResponse {
    guard let text = (body["prompt"] ?? body["content"])?.stringBytes else {
      throw ServiceError(
        code: "missing_required_parameter", message: "'prompt' must be a string",
        parameter: "prompt")
    }
    var writer = JSONWriter()
    try writer.object { reply in
      try reply.field("count", text.count)
      try reply.array("tokens") { list in
        for byte in text { try list.value(Int(byte)) }
      }
    }
    return ServedResponse(status: 200, body: writer.bytes)
  }

  static func detokenize(_ body: JSONNode) throws -> ServedResponse {
    guard let tokens = body["tokens"]?.elements else {
      throw ServiceError(
        code: "missing_required_parameter", message: "'tokens' must be a list of token ids",
        parameter: "tokens")
    }
    let bytes = try tokens.map { node in
      guard let token = node.int, (0...256).contains(token) else {
        throw ServiceError.parameter("tokens", "holds a token id outside 0…256")
      }
      return Int(token)
    }
    var writer = JSONWriter()
    try writer.object { try $0.field("prompt", utf8: TokenDisplay.bytes(bytes)) }
    return ServedResponse(status: 200, body: writer.bytes)
  }
}
