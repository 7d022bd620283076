// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Foundation
import Testing

/// Which URL is asked for a URL that somebody gave.
@Suite struct `Given and asked URLs` {
  /// What a given path comes to: the path of the URL that asks questions, or the path that the help
  /// of the refusal gives instead.
  enum Asked: Equatable {
    case path(String)
    case refused(instead: String)
  }

  static let table: [(given: String, completions: Asked, llama: Asked, llamaCompletions: Asked)] = [
    ("", .path("/v1/completions"), .path("/completion"), .path("/v1/completions")),
    ("/", .path("/v1/completions"), .path("/completion"), .path("/v1/completions")),
    ("/v1", .path("/v1/completions"), .path("/completion"), .path("/v1/completions")),
    ("/v1/", .path("/v1/completions"), .path("/completion"), .path("/v1/completions")),
    (
      "/beta", .path("/beta/completions"), .path("/beta/completion"),
      .path("/beta/v1/completions")
    ),
    (
      "/openai/deployments/x/", .path("/openai/deployments/x/completions"),
      .path("/openai/deployments/x/completion"), .path("/openai/deployments/x/v1/completions")
    ),
    (
      "/api/v3", .path("/api/v3/completions"), .path("/api/v3/completion"),
      .path("/api/v3/v1/completions")
    ),
    (
      "/gate/v1", .path("/gate/v1/completions"), .path("/gate/completion"),
      .path("/gate/v1/completions")
    ),
    (
      "/v1/completions", .path("/v1/completions"), .refused(instead: ""),
      .path("/v1/completions")
    ),
    (
      "/v1/completions/", .path("/v1/completions"), .refused(instead: ""),
      .path("/v1/completions")
    ),
    (
      "/beta/completions", .path("/beta/completions"), .refused(instead: "/beta"),
      .refused(instead: "/beta")
    ),
    (
      "/openai/deployments/x/completions", .path("/openai/deployments/x/completions"),
      .refused(instead: "/openai/deployments/x"), .refused(instead: "/openai/deployments/x")
    ),
    ("/completions", .refused(instead: ""), .refused(instead: ""), .refused(instead: "")),
    (
      "/v1/chat/completions", .refused(instead: "/v1"), .refused(instead: ""),
      .refused(instead: "")
    ),
    ("/chat/completions", .refused(instead: ""), .refused(instead: ""), .refused(instead: "")),
    ("/completion", .refused(instead: ""), .path("/completion"), .refused(instead: "")),
    ("/tokenize", .refused(instead: ""), .path("/completion"), .path("/v1/completions")),
    ("/props", .refused(instead: ""), .path("/completion"), .refused(instead: "")),
    ("/v1/models", .path("/v1/completions"), .refused(instead: ""), .path("/v1/completions")),
    ("/v1/embeddings", .refused(instead: "/v1"), .refused(instead: ""), .refused(instead: "")),
    ("/v1/responses", .refused(instead: "/v1"), .refused(instead: ""), .refused(instead: "")),
    ("/api/generate", .refused(instead: ""), .refused(instead: ""), .refused(instead: "")),
  ]

  /// What chat completions ask: the route is the longer one, and each of the two is refused where
  /// the other belongs.
  static func chat(_ row: (given: String, completions: Asked, Asked, Asked)) -> Asked {
    switch row.given {
    case "/v1/chat/completions": return .path("/v1/chat/completions")
    case "/chat/completions": return .refused(instead: "")
    case "/v1/completions", "/v1/completions/": return .refused(instead: "/v1")
    case "/beta/completions": return .refused(instead: "/beta")
    case "/openai/deployments/x/completions": return .refused(instead: "/openai/deployments/x")
    default:
      guard case .path(let path) = row.completions else { return row.completions }
      return .path(path.replacingOccurrences(of: "/completions", with: "/chat/completions"))
    }
  }

  static let host = "https://a.example:8443"

  /// The URL of a dialect's first question.
  static func asked(
    _ given: String, _ dialect: any Dialect, _ query: [String] = []
  ) throws -> (endpoint: Endpoint, url: String) {
    var extras = Endpoint.Extras()
    extras.query = try EndpointQuery(query)
    let endpoint = try Endpoint(
      url: given, model: "m", key: nil, dialect: dialect, extras: extras)
    var query = `Completions requests`.query(.greedyExtraction)
    query.form = dialect.presentation
    let request = try dialect.encode(query.asks(of: dialect), to: endpoint, seed: 1)
    return (endpoint, HTTPRequest(request, to: endpoint).url)
  }

  static let ofTable = [
    "openai-completions", "vllm", "llama-server", "llama-server-completions", "openai-chat",
    "vllm-chat",
  ]

  /// What the other dialects ask: without a path, and with whole routes or the folders that people
  /// give.
  static let others: [String: [(given: String, asked: String)]] = [
    "openai-chat,azure=2024-10-21": [
      ("", "/openai/deployments/m/chat/completions?api-version=2024-10-21")
    ],
    "anthropic-messages": [
      ("", "/v1/messages"), ("/v1", "/v1/messages"), ("/v1/messages", "/v1/messages"),
      ("/anthropic", "/anthropic/v1/messages"),
    ],
    "sglang": [("", "/generate"), ("/v1", "/generate"), ("/generate", "/generate")],
    "mistral-chat": [
      ("", "/v1/chat/completions"), ("/v1", "/v1/chat/completions"),
      ("/v1/chat/completions", "/v1/chat/completions"),
    ],
    "mistral-fim": [
      ("", "/v1/fim/completions"), ("/v1", "/v1/fim/completions"),
      ("/v1/fim/completions", "/v1/fim/completions"),
    ],
    "gemini": [
      ("", "/v1beta/models/m:generateContent"), ("/v1beta", "/v1beta/models/m:generateContent"),
      ("/v1", "/v1/models/m:generateContent"),
    ],
    "gemini,host=vertex": [
      (
        "/v1/projects/p/locations/l/publishers/google",
        "/v1/projects/p/locations/l/publishers/google/models/m:generateContent"
      )
    ],
    "openai-responses": [
      ("", "/v1/responses"), ("/v1", "/v1/responses"), ("/v1/responses", "/v1/responses"),
    ],
    "ollama": [
      ("", "/api/generate"), ("/api/generate", "/api/generate"), ("/x", "/x/api/generate"),
    ],
    "ollama,route=chat": [("", "/api/chat"), ("/api/chat", "/api/chat")],
    "deepseek-chat": [
      ("", "/beta/chat/completions"), ("/beta", "/beta/chat/completions"),
      ("/beta/chat/completions", "/beta/chat/completions"),
    ],
    "deepseek-fim": [
      ("", "/beta/completions"), ("/beta", "/beta/completions"),
      ("/beta/completions", "/beta/completions"),
    ],
    "llama-server-infill": [("", "/infill"), ("/v1", "/infill"), ("/infill", "/infill")],
    "tgi": [("", "/generate"), ("/generate", "/generate"), ("/v1", "/generate")],
    "bedrock-converse": [("", "/model/m/converse")],
    "decisions": [("", "/v1/decisions"), ("/v1/decisions", "/v1/decisions")],
    "decisions,shape=gemini": [
      ("", "/v1beta/decisions"), ("/v1beta", "/v1beta/decisions"), ("/v1", "/v1/decisions"),
    ],
    "decisions,shape=system-one": [("", "/v1/systemone"), ("/x/v1", "/x/v1/systemone")],
    // A program has no URL, so these are asked of none but tests.
    "command": [("", "/ask"), ("/ask", "/ask")],
  ]

  @Test func `no dialect is without its URLs`() {
    let named = Set(Self.ofTable + Self.others.keys.map { String($0.split(separator: ",")[0]) })
    #expect(named == Set(DialectRegistry.all.map(\.slug)))
  }

  @Test(arguments: others.keys.sorted())
  func `a dialect of its own routes asks them, also when they are stored`(_ name: String) throws {
    let dialect = try DialectRegistry.dialect(name)
    for (given, path) in try #require(Self.others[name]) {
      let (endpoint, url) = try Self.asked(Self.host + given, dialect)
      #expect(url == Self.host + path, "\(name) \(given)")
      #expect(try Self.asked(endpoint.url, dialect).url == url)
      #expect(try Endpoint(stored: endpoint.url, model: "m").url == endpoint.url)
    }
  }

  @Test(arguments: table.indices, ofTable)
  func `every dialect asks the URL of the table, or says which it would ask`(
    _ place: Int, _ slug: String
  ) throws {
    let row = Self.table[place]
    let dialect = try DialectRegistry.dialect(slug)
    let expected =
      switch slug {
      case "llama-server": row.llama
      case "llama-server-completions": row.llamaCompletions
      case "openai-chat", "vllm-chat": Self.chat(row)
      default: row.completions
      }
    do {
      let (endpoint, url) = try Self.asked(Self.host + row.given, dialect)
      guard case .path(let path) = expected else {
        Issue.record("\(slug) takes \(row.given) and asks \(url)")
        return
      }
      #expect(url == Self.host + path)
      // What is stored leads to the same URL when it is read back, and when it is given again.
      let again = try Self.asked(endpoint.url, dialect)
      #expect(again.url == url && again.endpoint.url == endpoint.url)
      #expect(try Endpoint(stored: endpoint.url, model: "m").url == endpoint.url)
      for route in [dialect.routes.main] + dialect.routes.others {
        let routed = endpoint.address(dialect.routes.path(route, at: endpoint))
        #expect(routed.hasPrefix(Self.host + "/") && routed.hasSuffix(route), "\(routed)")
      }
    } catch let error as CoalmineError {
      guard case .refused(let instead) = expected else {
        Issue.record("\(slug) refuses \(row.given): \(error.message)")
        return
      }
      #expect(error.code == "bad-endpoint")
      let given = Self.host + row.given
      let help = try #require(error.help)
      #expect(help.contains("'--endpoint \(Self.host + instead)'"), "\(help)")
      // The advice is true: what it gives is taken, and asks what it says.
      let (_, url) = try Self.asked(Self.host + instead, dialect)
      #expect(help.contains("asks '\(url)'"), "\(help)")
      #expect(error.message.contains(given), "\(error.message)")
    }
  }

  @Test func `a query stands behind every route, and belongs to what is stored`() throws {
    for entry in DialectRegistry.all {
      let dialect = try entry.plain
      for given in [Self.host, Self.host + "/v1/", Self.host + "/openai/deployments/x"] {
        let (endpoint, url) = try Self.asked(
          given, dialect, ["api-version=2024-10-21", "user=Zoë & co/1+1?"])
        let query = "?api-version=2024-10-21&user=Zo%C3%AB%20%26%20co%2F1%2B1%3F"
        let main = dialect.routes.main.replacingOccurrences(of: "MODEL", with: "m")
        #expect(url.hasSuffix(main + query), "\(url)")
        #expect(endpoint.url == endpoint.base + query && !endpoint.base.contains("?"))
        let stored = try Endpoint(stored: endpoint.url, model: "m")
        #expect(stored.url == endpoint.url && stored.base == endpoint.base)
        #expect(stored.address("/x") == endpoint.address("/x"))
        let settings = try dialect.encode([.describe], to: endpoint, seed: 0)
        #expect(HTTPRequest(settings, to: endpoint).url.hasSuffix(query))
      }
    }
  }

  @Test func `a refusal shows the query in what would be asked`() throws {
    do {
      _ = try Self.asked(Self.host + "/v1/chat/completions", dialect(), ["a=1"])
      Issue.record("taken")
    } catch let error as CoalmineError {
      let wrong = "'\(Self.host)/v1/chat/completions/completions?a=1' would be asked"
      #expect(error.message.hasSuffix(wrong), "\(error.message)")
      #expect(error.help?.contains("asks '\(Self.host)/v1/completions?a=1'") == true)
    }
  }

  static func refusal(_ url: String) -> CoalmineError? {
    `Endpoint addresses`.refusal(url)
  }

  @Test func `a pasted query is refused with the options that give it`() throws {
    let error = try #require(Self.refusal("https://a.example/v1?api-version=2024-10-21&a=b"))
    #expect(error.help?.contains("'--query api-version=2024-10-21 --query a=b'") == true)
    for odd in ["?a", "?a=$(x)", "?=b", "?", "?a=%20"] {
      let help = try #require(Self.refusal("https://a.example/v1\(odd)")?.help)
      #expect(help.contains("'--query NAME=VALUE'"), "\(odd): \(help)")
    }
    #expect(Self.refusal("https://a.example/v1/../x")?.message.contains("'..'") == true)
    #expect(Self.refusal("https://a.example/v1/./x")?.code == "bad-endpoint")
  }

  @Test(arguments: [
    "key", "api-key", "API_KEY", "apikey", "apiKey", "token", "access_token", "sig", "code",
    "X-Amz-Signature", "x-functions-key", "subscription-key", "client_secret", "password",
  ])
  func `a name of a key is refused wherever it is given, and its value is not shown`(
    _ name: String
  ) throws {
    let value = "2718281828"
    let pasted = try #require(Self.refusal("https://a.example/v1?x=1&\(name)=\(value)"))
    var given: CoalmineError?
    do throws(CoalmineError) { _ = try EndpointQuery(["x=1", "\(name)=\(value)"]) } catch {
      given = error
    }
    for error in [pasted, try #require(given)] {
      #expect(error.code == "bad-endpoint" && error.exit == .badConfiguration)
      #expect(error.help?.contains("--header-file") == true)
      #expect(!error.description.contains(value) && !(error.help ?? "").contains(value))
    }
  }

  @Test(arguments: ["api-version", "deployment", "monkey", "tokens", "codec", "region"])
  func `other names are taken`(_ name: String) throws {
    #expect(try EndpointQuery(["\(name)=1"]).text == "\(name)=1")
  }

  @Test(arguments: ["", "x", "=1", "sk-12345"])
  func `a part without a name is refused and not repeated`(_ part: String) {
    do throws(CoalmineError) {
      _ = try EndpointQuery([part])
      Issue.record("taken")
    } catch {
      #expect(error.code == "bad-endpoint" && error.help?.contains("NAME=VALUE") == true)
      #expect(part.count < 4 || !error.description.contains(part))
    }
  }
}
