// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Replies about jobs, and files of requests and answers: read and written alike for every provider.
struct JobReplies {
  let endpoint: Endpoint
  /// The route that was asked, for the words of an error.
  let path: String

  private static let help = "does this server have batch jobs? without '--batch' it needs none"

  /// The document of a reply.
  ///
  /// A job that could not be done holds an error of its own, and so does no other reply of 200.
  func document(_ reply: Reply) -> Reading<JSONDocument> {
    if reply.status == 200, let document = try? JSONDocument(parsing: reply.body, repairing: true) {
      return .value(document)
    }
    return HTTPFault(asks: [], endpoint: endpoint) { endpoint.address(path) }.document(of: reply)
  }

  /// What a document holds, or the error that names what it lacks.
  func value<Value: Sendable>(
    _ reply: Reply, orElse lack: String, _ read: (JSONNode) -> Value?
  ) -> Reading<Value> {
    document(reply).flatMap { document in
      read(document.root).map { .value($0) } ?? .stop(other(lack))
    }
  }

  /// The error for a reply of another shape.
  func other(_ what: String) -> CoalmineError { HTTPFault.shape(what, endpoint, Self.help) }

  /// A file of answers, one per line.
  ///
  /// - Parameter read: a line; `nil` where it cannot be read. What is cut off or spoilt takes no other
  ///   answer with it.
  func lines(_ reply: Reply, _ read: ([UInt8]) -> JobAnswer?) -> Reading<[JobAnswer]> {
    guard reply.status == 200 else {
      return document(reply).flatMap { _ in .stop(other("the reply is no file of answers")) }
    }
    var answers: [JobAnswer] = []
    var count = 0
    for line in reply.body.split(separator: UInt8(ascii: "\n"))
    where line.contains(where: { $0 > 32 }) {
      count += 1
      if let answer = read(Array(line)) { answers.append(answer) }
    }
    guard count == 0 || !answers.isEmpty else {
      return .stop(
        HTTPFault.shape(
          "no line of the file of answers can be read", endpoint,
          "run the same command again: it fetches the file once more"))
    }
    return .value(answers)
  }

  /// A reply inside a file of answers.
  static func reply(_ status: Int, _ body: [UInt8]) -> Reply {
    Reply(
      status: status, headers: [(name: "content-type", value: "application/json")], body: body)
  }

  /// A body on one line: no string of JSON holds a line feed.
  static func line(_ body: [UInt8]) -> [UInt8] { body.filter { $0 != UInt8(ascii: "\n") } }

  /// A line that ends the parts of a form, which the file does not hold.
  static func boundary(in file: [UInt8]) -> String {
    var number = 0
    while ByteSearch.contains(file, Array("coalmine-\(number)".utf8)) { number += 1 }
    return "coalmine-\(number)"
  }
}
