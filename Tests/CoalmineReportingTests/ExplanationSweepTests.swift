// SPDX-License-Identifier: Apache-2.0

import CoalmineReporting
import Foundation
import Testing

/// Every slug that the sources give has a text, and every text has a slug that the sources give.
@Suite struct `Sweep of slugs` {
  /// Slugs that are put together while the program runs, by the file that does it.
  private static let assembled = [
    "CoalmineEndpoints/Dialects/HTTPFault.swift": ["http-NNN"],
    "CoalmineCatalogue/Catalogue.swift": ["unknown-kind", "unknown-probe-set"],
  ]

  /// Words with a hyphen that name something else, with what they name.
  private static let others: [String: [String]] = [
    "kinds": [
      "access-code", "account-number", "code-comment", "code-configuration", "code-constant",
      "hex-token", "letter-code", "pass-phrase", "spaced-code",
    ],
    "dialects": [
      "anthropic-messages", "bedrock-converse", "deepseek-chat", "deepseek-fim", "llama-server",
      "llama-server-completions", "llama-server-infill", "mistral-chat", "mistral-fim",
      "openai-chat", "openai-completions", "openai-responses", "vllm-chat",
    ],
    "levels that older ledgers hold": [
      "chat-text", "continued-text", "generated-logprob", "teacher-forced",
    ],
    "rules of decoding and forms of presentation": ["endpoint-default", "fill-in-middle"],
    "keys and folders of YAML files": [
      "base-references", "canaries-per-dose", "canaries-per-level", "chain-controls",
      "default-samples", "dense-auc", "detectable-auc", "expected-missing", "expected-noise",
      "hold-out-records", "non-member-records", "primary-test", "probe-sets",
      "repetition-levels", "sparse-secrets", "index-only", "read-at", "held-out-contexts",
      "bytes-at-most", "records-at-least", "records-at-most",
    ],
    "places of a secret behind a record's beginning": ["json-value"],
    "options of other programs that carry a key": ["api-key", "api-token"],
    "fields of a file of endpoints": ["key-header"],
    "the name of a served model": ["demo-model"],
    "fields of HTTP": [
      "accept-encoding", "anthropic-version", "content-encoding", "content-length", "content-type",
      "keep-alive",
      "proxy-authenticate", "proxy-authorization", "proxy-connection", "retry-after",
      "retry-after-ms", "transfer-encoding", "x-amz-date", "x-amz-security-token",
      "x-amzn-errortype", "x-api-key", "x-goog-api-key",
      "x-goog-upload-protocol", "x-should-retry",
    ],
    "versions of APIs": ["2023-06-01"],
    "procedures of a run": ["last-look"],
    "forms of a commitment": [
      "coalmine-commitment-1", "coalmine-disclosure-1", "in-context-control",
    ],
    "fates of a request": ["not-sent", "over-limit"],
    "statuses and the beginning of some": ["http-429", "http-503", "http-529", "http-5"],
    "record shapes": ["plain-text", "prompt-completion"],
    "what a test is taken from": ["listed-tokens", "log-probabilities"],
    "tests of the held-out control": ["rank-of-differences"],
    "what epsilon compares": ["add-or-remove"],
    "columns of a table": ["log-probability", "non-members"],
    "words of a drawing": ["non-member"],
    "names of hosts": ["bedrock-runtime"],
    "values of a dialect's option": ["system-one"],
    "measures of a preflight": ["stop-words"],
    "names of report formats": ["csv-records"],
    "next steps of a study": ["run-shards"],
  ]

  /// Targets whose slugs reach no report, check or error: the server answers other programs.
  private static let outside: Set = ["CoalmineServing", "CoalmineDemoModel", "EmbedTool"]

  /// A literal that a slug's maker gets: a reason, an error, or a helper that makes one.
  private static var makers: [Regex<(Substring, Substring)>] {
    [
      #/\bReason\(\s*"((?:[^"\\]|\\.)*)"/#,
      #/\bcode:\s*(?:[^"\n,;{}]*\?\s*)?"((?:[^"\\]|\\\([^)]*\)+|\\.)*)"/#,
      #/\bcode:[^"\n,;{}]*\?\s*"[^"]*"\s*:\s*"([^"]*)"/#,
      #/\b(?:error|difference)\(\s*"((?:[^"\\]|\\.)*)"/#,
      // Some refusals have one code and a sentence each; those with codes of their own begin so.
      #/\brefuse\(\s*"([a-z0-9]+(?:-[a-z0-9]+)+)"/#,
    ]
  }

  private static func sources() throws -> [SourceTree.File] {
    try SourceTree.files().filter {
      // The texts themselves make no slug.
      !outside.contains($0.target)
        && (!$0.path.contains("/Explanations/") || $0.path.hasSuffix("/Explanations.swift"))
    }
  }

  /// As reports have it: the slugs of statistics are made kebab-case there.
  private static func slug(_ literal: Substring, in file: SourceTree.File) -> String {
    file.target == "CoalmineStatistics"
      ? String(literal.replacing("_", with: "-")) : String(literal)
  }

  private static let explained = Set(Explanations.all.map(\.slug))

  @Test func `every literal that a reason or an error gets is explained`() throws {
    var seen = 0
    for file in try Self.sources() {
      for maker in Self.makers {
        for match in file.code.matches(of: maker) {
          let slug = Self.slug(match.output.1, in: file)
          seen += 1
          if slug.contains("\\(") {
            #expect(Self.assembled[file.path] != nil, "\(file.path) puts '\(slug)' together")
          } else {
            // The whole set in a message would hide the slug.
            let isExplained = Self.explained.contains(slug)
            #expect(isExplained, "\(file.path): '\(slug)'")
          }
        }
      }
    }
    // The patterns find what they look for.
    #expect(seen > 200)
  }

  @Test func `every word with a hyphen is a slug with a text or named as something else`() throws {
    let known = Self.explained.union(Self.others.values.flatMap { $0 })
    for file in try Self.sources() where file.target != "CoalmineStatistics" {
      for match in file.code.matches(of: #/"([a-z0-9]+(?:-[a-z0-9]+)+)"/#) {
        let isKnown = known.contains(String(match.output.1))
        #expect(isKnown, "\(file.path): \(match.output.1)")
      }
    }
  }

  @Test func `every text belongs to a slug that the sources give`() throws {
    var given: Set<String> = Set(Self.assembled.values.flatMap { $0 })
    for file in try Self.sources() {
      for match in file.code.matches(of: #/"([a-z0-9]+(?:[-_][a-z0-9]+)*)"/#) {
        given.insert(Self.slug(match.output.1, in: file))
      }
    }
    for family in Explanations.families where !Self.isOfEnum(family) {
      for slug in family.entries.map(\.slug) {
        let isGiven = given.contains(slug)
        #expect(isGiven, "\(family.name): '\(slug)' stands nowhere")
      }
    }
    for file in Self.assembled.keys { #expect(try Self.sources().contains { $0.path == file }) }
  }

  @Test func `nothing is named as something else that is gone`() throws {
    let words = try Self.sources().reduce(into: Set<String>()) { words, file in
      for match in file.code.matches(of: #/"([a-z0-9]+(?:-[a-z0-9]+)*)"/#) {
        words.insert(String(match.output.1))
      }
    }
    for (what, names) in Self.others {
      #expect(Set(names).subtracting(words) == [], "\(what)")
    }
  }

  /// A case without a raw value of its own has no literal: the compiler holds these together.
  private static func isOfEnum(_ family: Explanations.Family) -> Bool {
    [
      "verdicts", "findings", "caveats", "checks", "gate states", "check states",
      "exposure methods", "interval methods", "scores", "components", "accesses", "roles",
      "run roles", "origins", "gate measures", "probes", "membership needs", "membership tests",
      "rankings", "rate comparisons", "rate tests", "reply classes",
    ].contains(family.name)
  }
}
