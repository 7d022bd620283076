// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// The example adapter for Copilot's language server, in front of a server that is made by hand after a
/// recorded session.
@Suite struct `The adapter for a language server` {
  private static func check(_ status: String, log: String) async throws
    -> CoalmineProgram.Outcome
  {
    try await CoalmineProgram.started([
      "check", "--model", "copilot", "--dialect", "command,scores=off,n=1", "--json", "--command",
      "python3", Repository.url("Examples/command/copilot.py").path, "python3",
      Repository.url("Tests/Fixtures/command/fake_language_server.py").path, status, log,
    ]).outcome()
  }

  private static func messages(_ log: URL) throws -> [[String: Any]] {
    try String(contentsOf: log, encoding: .utf8).split(separator: "\n").map {
      try jsonObject(Array($0.utf8))
    }
  }

  private static func sent(_ messages: [[String: Any]], _ method: String) -> [[String: Any]] {
    messages.filter { $0["method"] as? String == method }.compactMap {
      $0["params"] as? [String: Any]
    }
  }

  @Test func `nobody signed in ends the check, and no text has left`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Self.check("NotSignedIn", log: folder.file("log"))
    #expect(outcome.code == 77 && outcome.notes.contains("[key-refused]"), "\(outcome.notes)")
    #expect(outcome.notes.contains("'NotSignedIn': sign in with an editor"), "\(outcome.notes)")
    let messages = try Self.messages(folder.url("log"))
    #expect(!Self.sent(messages, "checkStatus").isEmpty)
    #expect(Self.sent(messages, "textDocument/didOpen").isEmpty)
  }

  @Test func `each text is a file of its own in an empty workspace that goes away`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Self.check("OK", log: folder.file("log"))
    #expect(outcome.code == 0, "\(outcome.notes)\(outcome.text)")
    #expect(outcome.json["verified"] as? [String] == ["continues"])
    let messages = try Self.messages(folder.url("log"))
    let start = try #require(Self.sent(messages, "initialize").first)
    let root = try #require(
      (start["workspaceFolders"] as? [[String: Any]])?.first?["uri"] as? String)
    #expect(!FileManager.default.fileExists(atPath: String(root.dropFirst("file://".count))))
    let opened = Self.sent(messages, "textDocument/didOpen").compactMap {
      ($0["textDocument"] as? [String: Any])?["uri"] as? String
    }
    let closed = Self.sent(messages, "textDocument/didClose").compactMap {
      ($0["textDocument"] as? [String: Any])?["uri"] as? String
    }
    #expect(opened.count > 3 && Set(opened).count == opened.count && closed == opened)
    #expect(opened.allSatisfy { $0.hasPrefix(root + "/") })
  }

  /// A place counts units of UTF-16, and a suggestion repeats the line that it stands for.
  @Test func `a suggestion is what comes behind the text`() async throws {
    let folder = try TemporaryFolder()
    let asks = [
      #"{"id":1,"wanted":"texts","model":"m","text":"a\nThe 😀 code is","max_tokens":9,"n":1}"#,
      #"{"id":2,"wanted":"texts","model":"m","text":"public code","max_tokens":9,"n":1}"#,
      #"{"id":3,"wanted":"texts","model":"m","text":"nothing","max_tokens":9,"n":1}"#,
      #"{"id":4,"wanted":"texts","model":"m","text":"two","max_tokens":9,"n":2}"#,
      #"{"id":5,"wanted":"logprobs","model":"m","text":"two"}"#,
    ]
    let input = try folder.write(asks.joined(separator: "\n") + "\n", to: "asks")
    let outcome = try await CoalmineProgram.shell(
      "python3 '\(Repository.url("Examples/command/copilot.py").path)' python3 "
        + "'\(Repository.url("Tests/Fixtures/command/fake_language_server.py").path)' OK < '\(input)'"
    )
    #expect(outcome.code == 0, "\(outcome.notes)")
    let answers = try outcome.text.split(separator: "\n").map { try jsonObject(Array($0.utf8)) }
    try #require(answers.count == asks.count)
    let texts = answers.map { ($0["texts"] as? [[String: Any]])?.first }
    #expect(texts[0]?["text"] as? String == " 3014")
    #expect(texts[1]?["finish_reason"] as? String == "citation")
    #expect(texts[2]?["text"] as? String == "")
    for answer in answers[3...] {
      #expect((answer["error"] as? [String: Any])?["status"] as? Int == 400, "\(answer)")
    }
  }
}
