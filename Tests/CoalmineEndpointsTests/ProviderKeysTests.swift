// SPDX-License-Identifier: Apache-2.0

import CoalmineEndpoints
import Testing

@Suite struct `Keys of providers` {
  @Test(arguments: [
    ("https://api.openai.com", ["OPENAI_API_KEY"]),
    ("https://API.OpenAI.com:443/v1/chat/completions?x=1", ["OPENAI_API_KEY"]),
    ("https://api.anthropic.com/v1", ["ANTHROPIC_API_KEY"]),
    (
      "https://generativelanguage.googleapis.com/v1beta", ["GEMINI_API_KEY", "GOOGLE_API_KEY"]
    ),
    ("https://api.mistral.ai/v1", ["MISTRAL_API_KEY"]),
    ("https://codestral.mistral.ai/v1", ["CODESTRAL_API_KEY"]),
    ("https://my-resource.openai.azure.com", ["AZURE_OPENAI_API_KEY"]),
    ("https://bedrock-runtime.eu-west-1.amazonaws.com", ["AWS_BEARER_TOKEN_BEDROCK"]),
    ("https://router.huggingface.co/v1", ["HF_TOKEN"]),
  ])
  func `a provider's host has its variables`(_ url: String, _ variables: [String]) {
    #expect(ProviderKeys.variables(for: url) == variables)
  }

  /// Names that only look like a provider's.
  @Test(arguments: [
    "http://api.openai.com", "https://api.openai.com:8443", "https://api.openai.com.example.org",
    "https://evil-api.openai.com", "https://api.openai.com@example.org",
    "https://example.org/api.openai.com", "https://example.org?api.openai.com",
    "https://example.org#.openai.azure.com", "https://openai.azure.com",
    "https://bedrock-runtime.s3.amazonaws.com", "https://bedrock-runtime.s3-eu-1.amazonaws.com",
    "https://bedrock-runtime.example.org/.amazonaws.com",
    "https://bedrock-runtime.a.b.amazonaws.com",
    "https://x.bedrock-runtime.us-east-1.amazonaws.com", "https://api.openai.com.", "https://",
    "api.openai.com", "https://127.0.0.1", "https://api.openai.com%2eexample.org",
    "https://api.\u{43E}penai.com",
  ])
  func `no other host gets a key`(_ url: String) {
    #expect(ProviderKeys.variables(for: url).isEmpty)
    #expect(ProviderKeys.key(for: url) { _ in "sk-1" } == nil)
  }

  @Test func `the first variable that is set and not empty is taken`() {
    let url = "https://generativelanguage.googleapis.com"
    let found = ProviderKeys.key(for: url) { ["GEMINI_API_KEY": "", "GOOGLE_API_KEY": "g"][$0] }
    #expect(found?.variable == "GOOGLE_API_KEY" && found?.value == "g")
    #expect(ProviderKeys.key(for: url) { _ in nil } == nil)
  }
}
