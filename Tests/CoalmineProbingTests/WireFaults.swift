// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineTesting
import Foundation

/// The faults that are held against every family: of the connection, of HTTP, and of what a body says.
extension WireFault {
  static let all = connections + bodiesWithoutEnd + statuses + shapes + hostile + events + models

  /// The fault whose reply names another model than those before it.
  static let anotherModel = "another model"

  private static let connections: [WireFault] = [
    .connection("nobody listens", place: .closedPort),
    WireFault(name: "a server without TLS at an https address", place: .tls, usual: .askedAgain) {
      wire, _ in wire.send("HTTP/1.1 400 Bad\r\n\r\n")
    },
    WireFault(name: "reset before the body is read", usual: .askedAgain) { wire, _ in
      _ = wire.readHead()
      wire.waitForBody()
      wire.reset()
    },
    .connection("reset within the reply") { wire, answer in
      wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + answer)
      wire.reset()
    },
    .connection("closed after the request, without a reply"),
    .connection("a reply that stops, and a connection that stays", silentSeconds: 1) {
      wire, answer in
      wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + answer)
      wire.waitForClose()
    },
    .connection("a slow reply", .answered, silentSeconds: 1) { wire, answer in
      let reply = wireReply(answer)
      for start in stride(from: 0, to: reply.count, by: 1 + reply.count / 8) {
        wire.send(Array(reply[start..<min(reply.count, start + 1 + reply.count / 8)]))
        Thread.sleep(forTimeInterval: 0.2)
      }
    },
    .connection("one byte a segment", .answered) { wire, answer in
      for byte in wireReply(answer) { wire.send([byte]) }
    },
  ]

  private static let bodiesWithoutEnd: [WireFault] = [
    .connection("chunks without the last one") { wire, answer in
      let length = String(answer.utf8.count, radix: 16)
      wire.send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(length)\r\n\(answer)\r\n")
    },
    .connection("a length that is too large") { wire, answer in
      wire.send("HTTP/1.1 200 OK\r\nContent-Length: \(answer.utf8.count + 9)\r\n\r\n" + answer)
    },
    // An endpoint that has answered is asked once more where it sends no JSON.
    .connection("a length that is too small") { wire, answer in
      wire.send("HTTP/1.1 200 OK\r\nContent-Length: \(answer.utf8.count - 2)\r\n\r\n" + answer)
    },
    .connection("a compression bomb", .open) { wire, _ in
      let bomb: [UInt8] =
        [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        + Deflate.compress([UInt8](repeating: 0, count: 2 << 20)).dropFirst(2)
      wire.send(wireReply(headers: ["Content-Encoding: gzip"], body: bomb))
      wire.waitForClose()
    },
    .connection("a body without end", .open) { wire, answer in
      wire.send("HTTP/1.1 200 OK\r\n\r\n" + answer)
      while wire.send([UInt8](repeating: 0x20, count: 4_096)) {}
    },
  ]

  private static let statuses: [WireFault] =
    [
      .status("429 Too Many", ["Retry-After: 3"], wait: 3),
      .status("429 Too Many", ["Retry-After-Ms: 1500"], wait: 1.5),
      .status(
        "429 Too Many",
        ["Date: Thu, 26 Nov 2026 10:00:00 GMT", "Retry-After: Thu, 26 Nov 2026 10:00:04 GMT"],
        wait: 4),
      .status("429 Too Many", ["Retry-After: -5"]),
      .status("429 Too Many", ["Retry-After: when it suits"]),
      // Longer than a run may be held.
      .status("429 Too Many", ["Retry-After: 1e18"], .ends("wait-too-long")),
    ] + ["500 Oops", "502 Bad", "503 Away", "504 Late", "529 Overloaded"].map { .status($0) }

  private static let shapes: [WireFault] = [
    .body("a web page", type: "text/html") { _, _ in "<!doctype html><title>Sign in</title>" },
    .body("an error with status 200") { family, _ in family.error },
    .body(
      "JSON of another shape", .ends("unexpected-reply"), others: ["llama-server": .askedAgain]
    ) { _, _ in #"{"unexpected":true}"# },
    .body(
      "no text", .reason("no-content"),
      others: [
        "openai-completions": .reason("no-choice"), "vllm": .reason("no-choice"),
        "llama-server": .askedAgain, "openai-responses": .ends("unexpected-reply"),
        "tgi": .ends("unexpected-reply"), "sglang": .ends("unexpected-reply"),
      ]
    ) { family, _ in family.empty },
    .body("a number that is none", .answered) { _, answer in answer.with(#""created":NaN"#) },
  ]

  private static let hostile: [WireFault] = [
    .body("half of a surrogate pair, and a NUL", .answered) { _, answer in
      answer.with(#""id":"\ud800\u0000""#)
    },
    .body("a number too large for a double") { _, answer in answer.with(#""created":1e400"#) },
    // What scores texts takes no reply that two readers may read otherwise.
    .body(
      "a member twice", .answered,
      others: [
        "openai-completions": .ends("unexpected-reply"), "vllm": .ends("unexpected-reply"),
      ]
    ) { _, answer in answer.with(#""id":"a","id":"b""#) },
    .body("100,000 lists in each other") { _, answer in
      answer.with(
        #""id":"# + String(repeating: "[", count: 100_000)
          + String(repeating: "]", count: 100_000))
    },
  ]

  private static let events: [WireFault] =
    [
      ("events that end", "data: ANSWER\n\ndata: [DONE]\n\n"),
      ("events that are cut off", "data: ANSW"),
      ("events of comments alone", ": ping\n\n: ping\n\n"),
      ("events of two replies by turns", "id: 1\ndata: ANSWER\n\nid: 2\ndata: ANSWER\n\n"),
    ].map { name, text in
      .body(name, type: "text/event-stream") { _, answer in
        text.replacing("ANSWER", with: answer)
      }
    }

  private static let models: [WireFault] = [
    WireFault(
      name: anotherModel, usual: .answered,
      others: Dictionary(
        uniqueKeysWithValues: FaultFamily.all.filter { !$0.namesModel }.map {
          ($0.dialect, .noForm("its replies do not name the model"))
        })
    ) { wire, family in
      guard let request = wire.readRequest() else { return }
      wire.send(wireReply(family.answer(to: request.body, model: "another")))
    }
  ]
}

extension String {
  /// A reply with one more member in its outermost object.
  fileprivate func with(_ member: String) -> String {
    guard let open = firstIndex(of: "{") else { return self }
    return self[...open] + member + "," + self[index(after: open)...]
  }
}
