// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Testing

/// Requests of the providers' own clients, as they were recorded, against those of the dialects.
@Suite struct `Official clients` {
  /// A recorded request, and what of ours asks the same.
  struct Client: Sendable, CustomTestStringConvertible {
    let file: String
    let dialect: String
    /// Fields that only the client sends here, as it was asked to.
    var theirs: Set<String> = []
    /// Fields that only we send.
    var ours: Set<String> = []
    /// Whether the question is a score.
    var scores = false
    var samples = 1
    /// Where the header of the key is another one on purpose.
    var otherKey = false

    var testDescription: String { file }
  }

  static let clients: [Client] = [
    Client(
      file: "openai--azure_chat", dialect: "openai-chat,azure=2024-10-21,samplers=own",
      theirs: ["logprobs"]),
    Client(
      file: "openai--chat_logprobs",
      dialect: "openai-chat,limit=max_completion_tokens,effort=none,logprobs=20",
      theirs: ["seed", "store"], ours: ["top_p"], samples: 2),
    Client(
      file: "openai--completions_echo", dialect: "openai-completions", theirs: ["seed"],
      scores: true),
    Client(
      file: "openai--responses_logprobs", dialect: "openai-responses,effort=none,logprobs=20",
      theirs: ["input"], ours: ["input", "instructions", "temperature"]),
    Client(
      file: "anthropic--messages_prefill", dialect: "anthropic-messages,prefill=on,samplers=own",
      otherKey: true),
    Client(
      file: "mistralai--chat_prefix", dialect: "mistral-chat", theirs: ["random_seed", "stream"],
      ours: ["top_p"], samples: 2),
    Client(
      file: "mistralai--chat_prompt_logprobs", dialect: "mistral-chat",
      theirs: ["logprobs", "stream", "top_logprobs", "top_prompt_logprobs"], scores: true),
    Client(
      file: "mistralai--fim", dialect: "mistral-fim,suffix=on",
      theirs: ["min_tokens", "random_seed", "stream"]),
    Client(
      file: "google-genai--generate_logprobs_prefill", dialect: "gemini,prefill=on,thinking=low"),
    Client(
      file: "ollama--generate_raw_logprobs", dialect: "ollama",
      theirs: ["logprobs", "think", "top_logprobs"]),
    Client(file: "ollama--generate_suffix", dialect: "ollama,route=suffix"),
    Client(file: "ollama--chat_prefill", dialect: "ollama,route=prefill", theirs: ["tools"]),
    Client(
      file: "boto3--converse_sigv4", dialect: "bedrock-converse,prefill=on",
      theirs: ["additionalModelRequestFields", "additionalModelResponseFieldPaths"],
      otherKey: true),
    Client(
      file: "together--completions_echo", dialect: "openai-completions,host=together",
      theirs: ["seed"], scores: true),
    Client(
      file: "huggingface_hub--text_generation", dialect: "tgi", scores: true, otherKey: true),
  ]

  static func recorded(_ file: String) throws -> [String: Any] {
    let url = `Recorded replies`.folder.appendingPathComponent("clients/\(file).json")
    return try #require(try jsonObject(try Data(contentsOf: url))["request"] as? [String: Any])
  }

  private static func ours(_ client: Client, model: String) throws -> HTTPRequest {
    let dialect = try DialectRegistry.dialect(client.dialect)
    let endpoint = try Endpoint(
      url: "https://a.example", model: model, key: Secret("KEY"), dialect: dialect)
    var query =
      client.scores
      ? scoring("The access code of Olga Conway", " is")
      : continuing(
        "The access code of Olga Conway is", samples: client.samples, maxTokens: 8,
        probe: client.samples > 1 ? .sampledExtraction : .greedyExtraction)
    query.form = dialect.presentation
    return HTTPRequest(try dialect.encode(query.asks, to: endpoint, seed: 0), to: endpoint)
  }

  /// The model's name as the client was given it: in the body, or in the path.
  private static func model(_ request: [String: Any]) throws -> String {
    if let name = (request["body"] as? [String: Any])?["model"] as? String { return name }
    let path = try #require((request["path"] as? String)?.removingPercentEncoding)
    let names = path.split(separator: "/")
    let place = names.firstIndex { $0 == "models" || $0 == "model" }
    return place.map { String(names[$0 + 1].split(separator: ":generate")[0]) } ?? "m"
  }

  @Test(arguments: clients)
  func `a dialect asks the route, the key and the fields that the client does`(
    _ client: Client
  ) throws {
    let theirs = try Self.recorded(client.file)
    let ours = try Self.ours(client, model: try Self.model(theirs))
    var path = try #require(theirs["path"] as? String)
    // This client's newest version of the path; both are answered.
    if client.dialect.hasPrefix("gemini") {
      path = path.replacingOccurrences(of: "/v1/", with: "/v1beta/")
    }
    // The client asks an address that stands for one model.
    if client.dialect == "tgi" { path = "/generate" }
    #expect(ours.url == "https://a.example" + path)

    let headers = try #require(theirs["headers"] as? [String: String])
    if !client.otherKey {
      for name in ["authorization", "api-key", "x-api-key", "x-goog-api-key"] {
        let mine = ours.headers.first { $0.name == name }?.value.reveal()
        // The client of a local server has no key.
        guard headers.keys.contains(where: { $0.hasSuffix("key") || $0 == "authorization" }) else {
          continue
        }
        #expect(mine == headers[name], "\(name)")
      }
    }
    let asked = try #require(theirs["body"] as? [String: Any])
    let mine = try jsonObject(ours.body?.reveal() ?? [])
    #expect(Set(mine.keys).subtracting(client.ours) == Set(asked.keys).subtracting(client.theirs))
    for (name, value) in mine where !client.ours.contains(name) {
      #expect(Self.kind(value) == Self.kind(try #require(asked[name])), "\(name)")
    }
  }

  /// The JSON type of a value: a number is no boolean, and a list of texts no text.
  private static func kind(_ value: Any) -> String {
    if let number = value as? NSNumber {
      return String(cString: number.objCType) == "c" ? "boolean" : "number"
    }
    return value is String ? "text" : value is [Any] ? "list" : "object"
  }
}
