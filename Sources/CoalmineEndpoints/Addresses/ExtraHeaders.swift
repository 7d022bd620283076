// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Headers of the user's own that every request carries. Their values are secrets.
public struct ExtraHeaders: Sendable {
  /// In their order; names in lower case.
  public let list: [(name: String, value: Secret<String>)]

  /// None.
  public init() { list = [] }

  /// - Parameters:
  ///   - text: lines `Name: value`; empty lines are skipped.
  ///   - source: where the text comes from, for messages.
  /// - Throws: ``CoalmineError`` with code `bad-header`. It names a line by its number and never
  ///   repeats a value.
  public init(_ text: [UInt8], from source: String) throws(CoalmineError) {
    var list: [(name: String, value: Secret<String>)] = []
    for (place, line) in text.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).enumerated() {
      func fault(_ why: String, _ help: String) -> CoalmineError {
        CoalmineError(
          code: "bad-header", "line \(place + 1) of \(source) cannot be sent: \(why)", help: help,
          exit: .badConfiguration)
      }
      // Files of Windows end their lines with two bytes.
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      guard line.contains(where: { $0 != UInt8(ascii: " ") }) else { continue }
      guard line.allSatisfy({ (0x20...0x7E).contains($0) }) else {
        throw fault(
          "it holds a control character or one outside ASCII", "write it as 'Name: value'")
      }
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
        let name = Self.name(String(decoding: line[..<colon], as: UTF8.self))
      else {
        throw fault("it does not begin with the name of a header", "write it as 'Name: value'")
      }
      guard !Self.isOurs(name) else {
        throw fault(
          "the header '\(name)' belongs to the connection, or coalmine sets it itself",
          "leave it out")
      }
      guard !list.contains(where: { $0.name == name }) else {
        throw fault("the header '\(name)' is there twice", "leave one of them out")
      }
      let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }
      let end = value.lastIndex { $0 != UInt8(ascii: " ") }
      guard let end else {
        throw fault("the header '\(name)' has no value", "write it as 'Name: value'")
      }
      list.append((name, Secret(String(decoding: value[...end], as: UTF8.self))))
    }
    self.list = list
  }

  /// The name in lower case; `nil` for what RFC 9110 does not allow as one.
  static func name(_ text: String) -> String? {
    let marks = Set("!#$%&'*+-.^_`|~".utf8)
    guard !text.isEmpty,
      text.utf8.allSatisfy({
        EndpointQuery.isUnreserved($0) || marks.contains($0)
      })
    else { return nil }
    return text.lowercased()
  }

  /// Whether a header says where a message ends, belongs to one connection alone, or is set by
  /// coalmine, so that a second one would contradict it.
  static func isOurs(_ name: String) -> Bool {
    [
      "host", "content-length", "transfer-encoding", "te", "trailer", "connection", "keep-alive",
      "upgrade", "expect", "proxy-connection", "proxy-authorization", "proxy-authenticate",
      "content-type", "content-encoding", "accept-encoding",
    ].contains(name)
  }
}
