// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The environment variables in which providers' own programs find a key.
///
/// A key goes to its provider's hosts alone, over https on the usual port: a variable that another
/// program needs must not lead a key to any other server.
///
///     ProviderKeys.variables(for: "https://api.openai.com/v1")  // ["OPENAI_API_KEY"]
///     ProviderKeys.variables(for: "https://models.example.org") // []
public enum ProviderKeys {
  private struct Provider {
    let hosts: [String]
    /// Names below these, with their leading stop.
    var below: [String] = []
    let variables: [String]
  }

  private static let providers: [Provider] = [
    Provider(hosts: ["api.openai.com"], variables: ["OPENAI_API_KEY"]),
    Provider(hosts: ["api.anthropic.com"], variables: ["ANTHROPIC_API_KEY"]),
    Provider(
      hosts: ["generativelanguage.googleapis.com"], variables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"]),
    Provider(hosts: ["codestral.mistral.ai"], variables: ["CODESTRAL_API_KEY"]),
    Provider(hosts: ["api.mistral.ai"], variables: ["MISTRAL_API_KEY"]),
    Provider(hosts: ["api.deepseek.com"], variables: ["DEEPSEEK_API_KEY"]),
    Provider(
      hosts: [],
      below: [
        ".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com",
      ], variables: ["AZURE_OPENAI_API_KEY"]),
    Provider(hosts: ["api.together.xyz", "api.together.ai"], variables: ["TOGETHER_API_KEY"]),
    Provider(hosts: ["api.fireworks.ai"], variables: ["FIREWORKS_API_KEY"]),
    Provider(hosts: ["openrouter.ai"], variables: ["OPENROUTER_API_KEY"]),
    Provider(
      hosts: ["router.huggingface.co"], below: [".endpoints.huggingface.cloud"],
      variables: ["HF_TOKEN"]),
    Provider(hosts: ["ollama.com"], variables: ["OLLAMA_API_KEY"]),
  ]

  /// Every variable that some URL's provider has.
  static var allVariables: [String] {
    providers.flatMap(\.variables) + [bedrockVariable] + AWSSigner.variables
  }

  private static let bedrockVariable = "AWS_BEARER_TOKEN_BEDROCK"

  /// The variables of the provider whose host a URL names, in the order in which they are looked at;
  /// empty where the host is no provider's.
  public static func variables(for url: String) -> [String] {
    guard let host = host(of: url) else { return [] }
    if bedrockRegion(of: url) != nil { return [bedrockVariable] }
    return providers.first { provider in
      provider.hosts.contains(host) || provider.below.contains { host.hasSuffix($0) }
    }?.variables ?? []
  }

  /// The first of the variables of a URL's provider that is set, and its value.
  public static func key(
    for url: String, in environment: (String) -> String?
  ) -> (variable: String, value: String)? {
    for name in variables(for: url) {
      if let value = environment(name), !value.isEmpty { return (name, value) }
    }
    return nil
  }

  /// The region in a URL of `bedrock-runtime.REGION.amazonaws.com`; `nil` for any other host. Anybody can
  /// own a bucket whose host is `bedrock-runtime.s3.amazonaws.com`: the second part must look like a
  /// region, `eu-west-1`.
  static func bedrockRegion(of url: String) -> String? {
    guard let host = host(of: url) else { return nil }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count == 4, labels[0] == "bedrock-runtime", labels[2] == "amazonaws",
      labels[3] == "com"
    else { return nil }
    let parts = labels[1].split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[0].count == 2, let number = parts.last, number.count == 1,
      number.allSatisfy(\.isNumber)
    else { return nil }
    return parts.dropLast().allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isLetter) }
      ? String(labels[1]) : nil
  }

  /// The host in lower case; `nil` for anything but https on port 443.
  private static func host(of url: String) -> String? {
    guard url.hasPrefix("https://") else { return nil }
    var host = String(url.dropFirst(8).prefix { !"/?#".contains($0) }).lowercased()
    if host.hasSuffix(":443") { host.removeLast(4) }
    let isPlain = host.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "."):
        true
      default: false
      }
    }
    return isPlain && !host.isEmpty ? host : nil
  }
}
