// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// Logs with secrets of a study in them, and what `scan` says of them.
struct ScanLog {
  let small: SmallStudy
  /// Secrets of 64 bits or more that are found, by their canary.
  let secrets: [(canary: String, text: String)]

  init() async throws {
    small = try await SmallStudy()
    let seeded = try await CoalmineProgram.run(
      "scan", small.seeded, "--study", small.study, "--reveal")
    var found: [String: String] = [:]
    for hit in try Self.lines(seeded.text, "hit") where (hit["bits"] as? Double ?? 0) >= 64 {
      guard let canary = hit["canary"] as? String, let text = hit["text"] as? String else {
        continue
      }
      found[canary] = text
    }
    secrets = found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  static func lines(_ text: String, _ type: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").compactMap { line in
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    }.filter { $0["type"] as? String == type }
  }

  func json(_ value: Any) throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: value), as: UTF8.self)
  }

  func scan(_ name: String, _ options: String...) async throws -> CoalmineProgram.Outcome {
    try await CoalmineProgram.started(
      ["scan", small.folder.file(name), "--study", small.study] + options
    ).outcome()
  }
}

@Suite struct `scan of records` {
  @Test func `searches the named fields, and tells what lacks them and what is broken`()
    async throws
  {
    let log = try await ScanLog()
    let (one, other) = (log.secrets[0], log.secrets[1])
    // Every character as an escape of an escape: only a field that is decoded can show it.
    let escaped = one.text.unicodeScalars.map { String(format: "\\u%04x", $0.value) }.joined()
    try log.small.folder.write(
      [
        try log.json(["a": ["b": ["x", escaped]], "c": other.text]),
        try log.json(["a": ["b": ["x", "clean"]]]),
        try log.json(["c": "no such field"]),
        "{\"a\": broken \(other.text)",
        "",
        try log.json(["a": ["b": ["x", [["deep": other.text]]]]]),
      ].joined(separator: "\n"), to: "log.jsonl")
    let outcome = try await log.scan("log.jsonl", "--field", "a.b.1", "--field", "a.z")
    #expect(outcome.code == 1, "\(outcome.notes)")
    let hits = try ScanLog.lines(outcome.text, "hit")
    #expect(hits.map { $0["line"] as? Int } == [1, 4, 6], "\(outcome.text)")
    #expect(hits.map { $0["field"] as? String } == ["a.b.1", nil, "a.b.1"])
    #expect(
      hits.map { $0["canary"] as? String } == [one.canary, other.canary, other.canary])
    #expect(hits[0]["form"] as? String == "near" && hits[1]["form"] as? String == "exact")
    #expect(Set(hits.compactMap { $0["id"] as? String }).count == 3)
    for secret in [one.text, other.text] { #expect(!outcome.text.contains(secret)) }

    let broken = try ScanLog.lines(outcome.text, "broken")
    #expect(broken.map { $0["line"] as? Int } == [4])
    let end = try #require(ScanLog.lines(outcome.text, "end").first)
    #expect(end["records"] as? Int == 4 && end["broken"] as? Int == 1)
    #expect(end["texts"] as? Int == 4)
    let without = try #require(end["without"] as? [[String: Any]])
    #expect(without.map { $0["field"] as? String } == ["a.b.1", "a.z"])
    #expect(without.map { $0["records"] as? Int } == [1, 4])
    #expect(
      outcome.notes.contains("1 of 4 records of '\(log.small.folder.file("log.jsonl"))' lacks"))
    #expect(outcome.notes.contains("1 line of"))

    // The same text with the field left out: nothing was searched, and that is no clean result.
    try log.small.folder.write(try log.json(["c": one.text]), to: "other.jsonl")
    let none = try await log.scan("other.jsonl", "--field", "a.b")
    #expect(none.code == 3 && none.notes.contains("nothing was searched"), "\(none.notes)")
  }

  @Test func `names the attribute and the span of OpenTelemetry data`() async throws {
    let log = try await ScanLog()
    let secret = log.secrets[0]
    func attribute(_ key: String, _ text: String) -> [String: Any] {
      ["key": key, "value": ["stringValue": text]]
    }
    let messages = try log.json([
      ["role": "assistant", "parts": [["content": "is \(secret.text)"]]]
    ])
    let lines: [[String: Any]] = [
      // A span of the protocol, with an event in it; other attributes are not searched.
      [
        "resourceSpans": [
          [
            "scopeSpans": [
              [
                "spans": [
                  [
                    "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174",
                    "attributes": [
                      attribute("gen_ai.output.messages", messages),
                      attribute("http.url", secret.text),
                    ],
                    "events": [
                      [
                        "name": "gen_ai.content.completion",
                        "attributes": [attribute("gen_ai.completion", secret.text)],
                      ]
                    ],
                  ]
                ]
              ]
            ]
          ]
        ]
      ],
      // A log record with a structured body.
      [
        "resourceLogs": [
          [
            "scopeLogs": [
              [
                "logRecords": [
                  [
                    "spanId": "aaa19b7ec3c1b174", "eventName": "gen_ai.choice",
                    "body": [
                      "kvlistValue": [
                        "values": [
                          [
                            "key": "message",
                            "value": [
                              "kvlistValue": ["values": [attribute("content", secret.text)]]
                            ],
                          ]
                        ]
                      ]
                    ],
                  ]
                ]
              ]
            ]
          ]
        ]
      ],
      // A span as Python's console exporter writes it: attributes as an object.
      [
        "name": "chat", "context": ["trace_id": "0x1", "span_id": "0x2"],
        "attributes": ["gen_ai.prompt.0.content": secret.text, "code": secret.text],
      ],
      // A flat record.
      ["span_id": "0x3", "gen_ai.input.messages": [["content": secret.text]]],
      ["span_id": "0x4", "message": secret.text],
    ]
    try log.small.folder.write(
      try lines.map(log.json).joined(separator: "\n") + "\n", to: "spans.jsonl")
    let outcome = try await log.scan("spans.jsonl", "--format", "otel")
    #expect(outcome.code == 1, "\(outcome.notes)")
    let hits = try ScanLog.lines(outcome.text, "hit")
    let seen = hits.map { hit in
      "\(hit["line"] ?? "") \(hit["span"] ?? "") \(hit["field"] ?? "") \(hit["event"] ?? "-")"
    }
    #expect(
      seen == [
        "1 eee19b7ec3c1b174 gen_ai.output.messages -",
        "1 eee19b7ec3c1b174 gen_ai.completion gen_ai.content.completion",
        "2 aaa19b7ec3c1b174 body.message.content gen_ai.choice",
        "3 0x2 gen_ai.prompt.0.content -",
        "4 0x3 gen_ai.input.messages.0.content -",
      ], "\(outcome.text)")
    #expect(hits[0]["trace"] as? String == "5b8efff798038103d269b633813fc60c")
    #expect(hits[2]["trace"] == nil && hits[3]["trace"] as? String == "0x1")
    let end = try #require(ScanLog.lines(outcome.text, "end").first)
    #expect((end["without"] as? [[String: Any]])?.first?["records"] as? Int == 1)
  }

  @Test func `refuses options that do not go together`() async throws {
    for arguments in [
      ["scan", "a.log"], ["scan", "--study", "s"],
      ["scan", "a", "--study", "s", "--patterns", "p"],
      ["scan", "a", "--study", "s", "--field", "x", "--format", "otel"],
      ["scan", "a", "--study", "s", "--format", "xml"],
      ["scan", "-", "--study", "s", "--state", "t"],
      ["scan", "a", "--study", "s", "--state", "t", "--from", "5"],
      ["scan", "a", "--study", "s", "--field", "x", "--from", "5"],
      ["scan", "a", "--study", "s", "--write-patterns", "p"],
      ["scan", "--study", "s", "--write-patterns", "p", "--least-bits", "nan"],
    ] {
      let outcome = try await CoalmineProgram.started(arguments).outcome()
      #expect(outcome.code == 64, "\(arguments): \(outcome.notes)")
    }
  }
}
