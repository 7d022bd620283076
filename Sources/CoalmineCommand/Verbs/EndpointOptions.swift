// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore
import Glibc

/// Where a model answers, how it is spoken to, and with which key.
struct EndpointOptions: ParsableArguments {
  @Option(help: "The API's base URL.")
  var endpoint: String

  @Option(help: "How the API is spoken (see 'coalmine list dialects').")
  var dialect = OpenAICompletions.slug

  @Option(help: "The model's name at the endpoint.")
  var model: String

  @Option(help: "A file that holds the API key.")
  var keyFile: String?

  @Flag(help: "Allow plain http to other machines.")
  var allowPlainHTTP = false

  /// - Throws: `CoalmineError` for a URL or a key that cannot be used.
  func target() throws -> Endpoint {
    try Endpoint(url: endpoint, model: model, key: try key(), allowPlainHTTP: allowPlainHTTP)
  }

  private func key() throws -> Secret<String>? {
    let text: String
    if let keyFile {
      text = String(decoding: try InputFile.read(keyFile, limit: 64 << 10), as: UTF8.self)
    } else if let value = getenv("COALMINE_API_KEY") {
      text = String(cString: value)
    } else {
      return nil
    }
    let key = text.split(whereSeparator: \.isWhitespace)
    guard key.count == 1, let only = key.first, only.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw CoalmineError(
        code: "bad-key", "the API key is empty or holds more than one word",
        help: "put the key alone into COALMINE_API_KEY or the key file", exit: .badConfiguration)
    }
    return Secret(String(only))
  }
}
