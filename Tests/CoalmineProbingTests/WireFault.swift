// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// What goes wrong with one request, byte by byte, and what a run makes of it in each family's shape.
struct WireFault: Sendable, CustomTestStringConvertible {
  /// What a run does about a fault.
  enum Outcome: Equatable, Sendable {
    /// The question has its answer all the same.
    case answered
    /// The question is asked once more, and has its answer then.
    case askedAgain
    /// The run ends with this error, and the same command goes on where it stopped.
    case ends(String)
    /// The run goes on, and the question is left open: the same command asks it again.
    case open
    /// The reply is the answer, and says why there is none: this reason is stored.
    case reason(String)
    /// Replies of the family have no place for it; why.
    case noForm(String)
  }

  /// Where the request goes.
  enum Place: Sendable { case server, closedPort, tls }

  let name: String
  var place = Place.server
  /// The longest that the client waits for a byte, in seconds.
  var silentSeconds = 20
  /// Seconds that the endpoint asks to wait, where it asks.
  var wait: Double?
  /// What a run does about it in most families.
  let usual: Outcome
  /// What it does in others, by their dialects.
  var others: [String: Outcome] = [:]
  /// What the server does with a connection.
  let script: @Sendable (FaultConnection, FaultFamily) -> Void

  var testDescription: String { name }

  func outcome(_ family: FaultFamily) -> Outcome { others[family.dialect] ?? usual }

  /// A fault of a connection, which has no shape. The script is given the right answer to the request that
  /// was read.
  static func connection(
    _ name: String, _ usual: Outcome = .askedAgain, place: Place = .server,
    silentSeconds: Int = 20,
    _ script: @escaping @Sendable (FaultConnection, String) -> Void = { _, _ in }
  ) -> WireFault {
    WireFault(name: name, place: place, silentSeconds: silentSeconds, usual: usual) {
      wire, family in
      guard let request = wire.readRequest() else { return }
      script(wire, family.answer(to: request.body))
    }
  }

  /// A whole reply of status 200 with a wrong body. What makes it is given the right one.
  static func body(
    _ name: String, type: String = "application/json", _ usual: Outcome = .askedAgain,
    others: [String: Outcome] = [:],
    _ body: @escaping @Sendable (FaultFamily, String) -> String
  ) -> WireFault {
    WireFault(name: name, usual: usual, others: others) { wire, family in
      guard let request = wire.readRequest() else { return }
      wire.send(
        wireReply(
          headers: ["Content-Type: \(type)"], body(family, family.answer(to: request.body))))
    }
  }

  /// A reply of another status than 200, with the family's error in it.
  static func status(
    _ status: String, _ headers: [String] = [], wait: Double? = nil,
    _ usual: Outcome = .askedAgain
  ) -> WireFault {
    WireFault(name: ([status] + headers).joined(separator: ", "), wait: wait, usual: usual) {
      wire, family in
      _ = wire.readRequest()
      wire.send(wireReply(status: status, headers: headers, family.error))
    }
  }
}
