// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

/// What a reply without an answer means for the run, and what a person reads of it.
@Suite struct `HTTP faults` {
  static let queries = [scoring("The access code of Ines Dalby is", " 302557")]
  static let key = "sk-live-9f8e7d6c5b4a"

  @Test(arguments: [
    (401, "key-refused", ExitCode.credentialsRefused), (403, "key-refused", .credentialsRefused),
    (402, "no-credit", .incomplete), (404, "not-found", .endpointUnavailable),
    (301, "redirected", .endpointUnavailable), (307, "redirected", .endpointUnavailable),
    (304, "redirected", .endpointUnavailable), (400, "request-refused", .endpointUnavailable),
    (405, "request-refused", .endpointUnavailable), (413, "request-refused", .endpointUnavailable),
    (422, "request-refused", .endpointUnavailable), (204, "request-refused", .endpointUnavailable),
    (206, "request-refused", .endpointUnavailable), (600, "request-refused", .endpointUnavailable),
  ])
  func `a status that no repetition mends is not asked again`(
    _ status: Int, _ code: String, _ exit: ExitCode
  ) throws {
    let error = try #require(
      try read(#"{"error":{"message":"no"}}"#, status: status, for: Self.queries).stopError)
    #expect(error.code == code && error.exit == exit)
    // One text may be the reason; the others may be answered.
    let isAboutTexts = [400, 413, 422].contains(status)
    #expect(
      try read("{}", status: status, for: Self.queries).leavesOutText == isAboutTexts)
    if status < 300 || status >= 400 { #expect(error.details == ["the endpoint says: no"]) }
  }

  @Test func `a 403 speaks of access, a 401 of the key`() throws {
    let page = "<!doctype html><title>Access denied</title>"
    func error(_ status: Int, _ body: String) throws -> CoalmineError {
      try #require(try read(body, status: status, for: Self.queries, key: Self.key).stopError)
    }
    let key = try error(401, "{}")
    #expect(key.message.hasSuffix("refused the key (HTTP 401)"))
    #expect(key.help?.contains("the right to use the model") == false)
    let rights = try error(403, "{}")
    #expect(rights.message.hasSuffix("refused access (HTTP 403)"))
    #expect(rights.help?.contains("the right to use the model") == true)
    let wall = try error(403, page)
    #expect(wall.message.hasSuffix("refused access (HTTP 403), with a web page"))
    #expect(wall.help?.hasPrefix("a proxy, a firewall") == true)
  }

  @Test(arguments: [408, 409, 425, 429, 500, 502, 503, 504, 529, 599])
  func `a status that may pass is asked again`(_ status: Int) throws {
    let reason = try read("", status: status, for: Self.queries).retryReason
    #expect(reason == Reason("http-\(status)", "HTTP \(status)"))
  }

  @Test(arguments: [
    #"{"error":{"message":"overloaded","code":503}}"#, #"{"error":"overloaded"}"#,
    #"{"choices":[],"error":{"message":"overloaded"}}"#,
  ])
  func `an error inside a 200 is asked again with the endpoint's words`(_ body: String) throws {
    #expect(
      try read(body, for: Self.queries).retryReason == Reason("error-in-reply", "overloaded"))
  }

  @Test(arguments: ["{}", "[]", "3", #""text""#, "null", #"{"choices":null}"#, #"{"choices":{}}"#])
  func `a 200 of another shape stops the run`(_ body: String) throws {
    let error = try #require(try read(body, for: Self.queries).stopError)
    #expect(error.code == "unexpected-reply" && error.exit == .endpointUnavailable)
  }

  @Test(arguments: [
    "<!doctype html><title>Sign in</title>", "\n  <html></html>", "<?xml version='1.0'?><e/>",
  ])
  func `a web page with 200 is called one`(_ body: String) throws {
    let error = try #require(try read(body, for: Self.queries).stopError)
    #expect(error.code == "not-json" && error.message.hasSuffix("a web page, not with JSON"))
    #expect(error.help?.contains("base URL") == true)
  }

  @Test(arguments: [
    "", "OK", "{", "data: {}\n\ndata: [DONE]\n", #"{"choices":[{"index":1e400}]}"#,
    String(repeating: "[", count: 100_000), String(repeating: #"{"choices":"#, count: 100_000),
  ])
  func `text that is not JSON stops the run`(_ body: String) throws {
    let error = try #require(try read(body, for: Self.queries).stopError)
    #expect(error.code == "not-json" && error.help?.contains("'--endpoint'") == true)
    #expect(error.message.contains("/v1/completions answered with"))
    #expect(error.message.hasSuffix("an empty body") == body.isEmpty)
  }

  @Test(arguments: [
    ("https://b.example/v1/completions?sig=abcdef123456", "https://b.example/v1/completions"),
    ("https://ann:pw-secret@b.example:8443/x#frag", "https://b.example:8443/x"),
    ("/login?next=/v1", "https://127.0.0.1:8000/login"), ("//b.example/v1", "https://b.example/v1"),
    ("https://b.example/sk-live-9f8e7d6c5b4a", nil), ("https://b.example/9f8e7d6c5b4a", nil),
    ("https://b.example/access%20code", "https://b.example/access%20code"),
    ("https://b.example/302557", nil), ("elsewhere", nil), ("https://", nil),
    ("https://b.example/\u{1B}[2J", nil),
  ])
  func `a redirect says where it leads, without anything in which a key may travel`(
    _ location: String, _ shown: String?
  ) throws {
    let place = try Endpoint(
      url: "https://127.0.0.1:8000/v1", model: "m", key: Secret(Self.key), dialect: dialect())
    let error = try #require(
      Read(
        dialect(), Reply(status: 308, headers: [(name: "location", value: location)], body: []),
        for: Self.queries, at: place
      ).stopError)
    let target = shown.map { " to '\($0)'" } ?? ""
    #expect(
      error.message == "https://127.0.0.1:8000/v1/completions redirects\(target) (HTTP 308)")
    #expect(
      error.help?.contains("'--endpoint https://b.example/v1'")
        == (shown == "https://b.example/v1/completions"), "\(error)")
    for part in ["pw-secret", "ann", "abcdef", "9f8e", "302557"] {
      #expect(!error.description.contains(part))
    }
  }

  @Test func `a refusal shows the whole URL and says what can be done`() throws {
    func help(_ status: Int, _ words: String) throws -> String {
      try #require(
        try read(
          words, status: status, headers: [(name: "content-type", value: "text/plain")],
          for: Self.queries
        ).stopError?.help)
    }
    let list = try help(422, "prompt must be a single string, not a list")
    #expect(list.contains("openai-completions,host=together"), "\(list)")
    let echo = try help(400, "Unrecognized request argument supplied: echo")
    #expect(echo.contains("--probe-set text-only"), "\(echo)")
    #expect(try help(413, "too large").contains("--prompts-per-request 1"))
    for status in [400, 405, 413, 418, 422, 501] {
      #expect(try help(status, "no").contains("/v1/completions was asked: "))
    }
    // What is advised asks so.
    let single = try DialectRegistry.dialect("openai-completions,host=together")
    let body = try single.encode(
      [.score(Passage(before: Array("a".utf8), target: Array(" b".utf8)))],
      to: try endpoint(key: nil), seed: 1
    ).body
    #expect(String(decoding: body ?? [], as: UTF8.self).contains(#""prompt":"a b""#))
  }

  @Test func `the hint about the key is true for the run`() throws {
    func help(_ key: String?) throws -> String? {
      try read("{}", status: 401, for: Self.queries, key: key).stopError?.help
    }
    #expect(try help(nil)?.hasPrefix("no key was sent") == true)
    let none = try read("{}", status: 401, for: Self.queries).stopError
    #expect(none?.message.hasSuffix("/v1/completions wants a key (HTTP 401)") == true)
    #expect(try help(Self.key)?.hasPrefix("check the key") == true)
  }

  @Test(arguments: [
    "bad request: 'The access code of Ines Dalby is 302557' is too long",
    "cannot read ' 302557'", "302557", "near 'access code of Ines'", "…Ines Dalby is 30…",
    #"{'input': 'The access code of Ines Dalby is'}"#,
    String(repeating: "x", count: 297) + "302557",
  ])
  func `words that repeat something of a question are not shown`(_ words: String) throws {
    for status in [200, 400, 429, 500] {
      let body = #"{"error":{"message":"\#(words)"}}"#
      let shown = try read(body, status: status, for: Self.queries).words
      for part in ["302", "Ines", "access code"] { #expect(!shown.contains(part)) }
    }
  }

  @Test(arguments: [
    "Incorrect API key provided: sk-live-9f8e7d6c5b4a", "Bearer sk-live-9f8e7d6c5b4a is unknown",
    "no such key: …8e7d6c5b4a", "key sk-live-9f8e**** has expired",
  ])
  func `words that repeat something of the key are not shown`(_ words: String) throws {
    for body in [#"{"error":{"message":"\#(words)"}}"#, #"{"detail":"\#(words)"}"#] {
      for status in [200, 400, 401, 403, 404, 429] {
        let shown = try read(body, status: status, for: Self.queries, key: Self.key).words
        #expect(!shown.contains("9f8e") && !shown.contains("5b4a"))
      }
    }
  }

  @Test func `words are cut short and cannot steer a terminal`() throws {
    let words = #"\u001b[2J\u202egpj.exe"# + String(repeating: "a", count: 5_000)
    let shown = try read(#"{"error":{"message":"\#(words)"}}"#, status: 400, for: Self.queries)
    #expect(shown.words.contains(#"\u{1b}[2J\u{202e}gpj.exe"#))
    #expect(shown.words.utf8.count < 700)
    #expect(shown.words.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
  }

  @Test(arguments: [
    #"{"error":{"message":"the words"}}"#, #"{"error":"the words"}"#, #"{"message":"the words"}"#,
    #"{"detail":"the words"}"#, #"{"object":"error","message":"the words","code":400}"#,
  ])
  func `the words are found where servers put them`(_ body: String) throws {
    let error = try read(body, status: 400, for: Self.queries).stopError
    #expect(error?.details == ["the endpoint says: the words"])
  }

  @Test(arguments: [
    "text/plain", "text/plain; charset=utf-8", "Text/Plain", "application/json", nil,
  ])
  func `a refusal in plain text is shown`(_ type: String?) throws {
    for status in [400, 413, 422] {
      let error = try read(
        "batch size must be 1\r\n", status: status,
        headers: type.map { [(name: "content-type", value: $0)] } ?? [], for: Self.queries
      ).stopError
      #expect(error?.details == ["the endpoint says: batch size must be 1"])
    }
    let reason = try read("overloaded", status: 503, for: Self.queries).retryReason
    #expect(reason?.evidence == "HTTP 503: overloaded")
  }

  @Test func `a list of faults is shown by its first words`() throws {
    let error = try read(
      #"{"detail":[{"loc":["body","n"],"msg":"n must be 1","input":4}]}"#, status: 422,
      for: Self.queries
    ).stopError
    #expect(error?.details == ["the endpoint says: n must be 1"])
  }

  @Test(arguments: [
    "cannot read ' 302557'", "near 'access code of Ines'", "key sk-live-9f8e**** has expired",
    "<html>batch size must be 1</html>", "a\u{1B}[2Jb",
  ])
  func `plain words are shown with the same care`(_ words: String) throws {
    let shown = try read(
      words, status: 422, headers: [(name: "content-type", value: "text/plain")],
      for: Self.queries, key: Self.key)
    if words.hasPrefix("a") {
      #expect(shown.stopError?.details == [#"the endpoint says: a\u{1b}[2Jb"#])
    } else {
      #expect(shown.stopError?.details == [])
    }
  }

  @Test(arguments: ["text/html", "text/event-stream", "application/octet-stream"])
  func `what is no plain text is not shown`(_ type: String) throws {
    let error = try read(
      "batch size must be 1", status: 422, headers: [(name: "content-type", value: type)],
      for: Self.queries
    ).stopError
    #expect(error?.details == [])
  }

  @Test func `plain words are cut at a whole character`() throws {
    let error = try read(
      String(repeating: "é", count: 149) + "aéxyz", status: 400, for: Self.queries
    ).stopError
    #expect(
      error?.details == ["the endpoint says: " + String(repeating: "é", count: 149) + "a"])
    let broken = Reply(status: 400, headers: [], body: Array("a\u{E9}".utf8) + [0xFF, 0x41])
    let reading = Read(dialect(), broken, for: Self.queries, at: try endpoint(key: nil))
    #expect(reading.stopError?.details == [])
  }

  @Test func `text of a model is not taken for words of the server`() throws {
    let error = try read(
      "data: {\"text\": \"302\"}", headers: [(name: "content-type", value: "text/plain")],
      for: Self.queries
    ).stopError
    #expect(error?.code == "not-json" && error?.details == [])
  }

  @Test(arguments: DialectRegistry.all.map { $0.slug })
  func `a 404 shows the whole URL that was asked`(_ slug: String) throws {
    let dialect = try DialectRegistry.dialect(slug)
    let place = try Endpoint(url: "http://127.0.0.1:8000", model: "tiny", key: nil)
    var query = continuing("one two")
    query.form = dialect.presentation
    let asks = query.asks(of: dialect)
    let path = try dialect.encode(asks, to: place, seed: 1).path
    let reading = dialect.decode(Reply(status: 404, headers: [], body: []), asks, at: place)
    let error: CoalmineError? = if case .stop(let error) = reading { error } else { nil }
    #expect(error?.message.hasPrefix("http://127.0.0.1:8000\(path) ") == true)
    #expect(error?.help?.contains("--endpoint") == true)
    #expect(error?.help?.contains("--model") == true)
  }

  @Test(arguments: [
    ("bad prompt", true), ("[5, 17, 4]", false), ("ids: 17,4,302", false), ("17 4 302 9", false),
    ("5 17 and 302", true), ("The access code of Ines Dalby", false), ("Dalby is 3025", false),
  ])
  func `words about a prefix are shown where they repeat nothing of it`(
    _ words: String, _ isShown: Bool
  ) throws {
    let prefix = TokenPrefix(
      [5, 17, 4, 302, 557], text: Array("The access code of Ines Dalby is 302557".utf8))
    for dialect in stepwiseDialects {
      let reply = Reply(status: 400, headers: [], body: Array(words.utf8))
      let reading = dialect.decode(reply, [.next(prefix, .top(20))], at: try endpoint())
      guard case .unanswerable(let error) = reading else {
        Issue.record("not refused")
        continue
      }
      #expect(error.details.isEmpty != isShown, "\(error)")
    }
  }

  @Test func `words about a text that anybody may read are shown`() throws {
    let ask = Ask.score(
      Passage(before: Array("one two three, one two".utf8), target: [0x33], isPublic: true))
    let words = "cannot read 'one two three, one two'"
    let reading = dialect().decode(
      Reply(status: 400, headers: [], body: Array(words.utf8)), [ask], at: try endpoint())
    guard case .unanswerable(let error) = reading else {
      Issue.record("not refused")
      return
    }
    #expect(error.details == ["the endpoint says: \(words)"])
  }

  @Test func `a hostile model name cannot steer a terminal through an error`() throws {
    let place = try Endpoint(url: "https://a.example", model: "m\u{1B}]52;c;x\u{7}", key: nil)
    let reading = Read(
      dialect(), Reply(status: 404, headers: [], body: []), for: Self.queries, at: place)
    #expect(!reading.words.contains("\u{1B}") && reading.words.contains(#"m\u{1b}]52"#))
  }
}
