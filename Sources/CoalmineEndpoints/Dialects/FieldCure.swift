// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A field of the requests that some models refuse, and what a person can change then.
///
/// A run's dialect says how it asks, so a field is never left out in silence: the run stops at its
/// first question and names the dialect that does without the field, and another run asks by that.
///
/// ```
/// {"error": {"code": "unsupported_value", "param": "temperature", "message": "…"}}
/// {"detail": [{"type": "extra_forbidden", "loc": ["body", "min_p"], "msg": "…"}]}
/// {"type": "error", "error": {"message": "`temperature` is deprecated for this model."}}
/// ```
public struct FieldCure: Sendable, Equatable {
  /// What the field is called for people.
  let name: String
  /// The names, or words, by which an endpoint speaks of it, in lower case.
  let words: [String]
  /// What an endpoint says beside the word, in lower case, where it does not take the field so.
  let refusals: [String]
  /// What to do.
  let help: String
  /// The dialect that does without it; `nil` where none is known.
  let otherDialect: String?

  init(_ name: String, words: [String]? = nil, help: String) {
    self.name = name
    self.words = words ?? [name]
    refusals = Self.refusals
    self.help = help
    otherDialect = nil
  }

  /// A field that another value of an option does without.
  init(
    _ name: String, words: [String]? = nil, setting option: String, to value: String,
    of dialect: some Dialect
  ) {
    self.name = name
    self.words = words ?? [name]
    refusals = Self.refusals
    help = dialect.use(option, value)
    otherDialect = dialect.name(with: option, value)
  }

  /// A field that is sent because of an option, which is left out.
  init(
    _ name: String, words: [String]? = nil, leavingOut option: String, of dialect: some Dialect
  ) {
    self.name = name
    self.words = words ?? [name]
    refusals = Self.refusals
    help = "leave the option '\(option)' out of '--dialect'"
    otherDialect = dialect.name(without: option)
  }

  /// A field that is refused in the form in which it is sent.
  ///
  /// - Parameter form: what endpoints say of the form, in lower case.
  init(_ name: String, refusedBy form: [String], help: String) {
    self.name = name
    words = [name]
    refusals = form
    self.help = help
    otherDialect = nil
  }

  /// What says that a thing is not taken, and not that its value is a wrong one.
  private static let refusals = [
    "not support", "n't support", "unsupported", "deprecated", "not permitted", "not allowed",
    "unrecognized", "unknown", "no longer", "not enabled", "is not available",
  ]

  private static let codes: Set = [
    "unsupported_value", "unsupported_parameter", "unknown_parameter", "extra_forbidden",
  ]

  /// The error that names the cure; `nil` where the reply refuses something else.
  func error(for reply: Reply, _ error: CoalmineError, at endpoint: Endpoint) -> CoalmineError? {
    guard isNamed(by: reply) else { return nil }
    return CoalmineError(
      code: "field-refused",
      "\(endpoint.url) does not take '\(name)' for this model (HTTP \(reply.status))",
      details: error.details, help: help, exit: .badConfiguration, otherDialect: otherDialect)
  }

  /// Whether a reply says that the field is not taken.
  func isNamed(by reply: Reply) -> Bool {
    guard let root = try? JSONDocument(parsing: reply.body, repairing: true).root else {
      let words = String(decoding: reply.body.prefix(2_000), as: UTF8.self)
      return !reply.looksLikeHTML && says(words.lowercased())
    }
    let fault = root["error"] ?? root
    if refusals == Self.refusals, isNamed(byCodeOf: fault, root) { return true }
    for entry in root["detail"]?.elements ?? [] {
      let place = entry["loc"]?.elements?.compactMap(\.string).joined(separator: " ") ?? ""
      if let said = entry["msg"]?.string?.prefix(2_000), says("\(place) \(said)".lowercased()) {
        return true
      }
    }
    let said =
      fault["message"]?.string ?? fault.string ?? root["message"]?.string ?? root["detail"]?.string
    return said.map { says($0.prefix(2_000).lowercased()) } ?? false
  }

  private func says(_ said: String) -> Bool {
    words.contains { said.contains($0) } && refusals.contains { said.contains($0) }
  }

  private func isNamed(byCodeOf fault: JSONNode, _ root: JSONNode) -> Bool {
    if let field = fault["param"]?.string, words.contains(field.lowercased()),
      Self.codes.contains(fault["code"]?.string ?? "")
    {
      return true
    }
    return (root["detail"]?.elements ?? []).contains { entry in
      guard Self.codes.contains(entry["type"]?.string ?? ""),
        let field = entry["loc"]?.elements?.last?.string
      else { return false }
      return words.contains(field.lowercased())
    }
  }
}

extension Dialect {
  /// The dialect's name with an option set to another value.
  func name(with option: String, _ value: String) -> String {
    name(without: option) + ",\(option)=\(value)"
  }

  /// The dialect's name without an option.
  func name(without option: String) -> String {
    name.split(separator: ",").filter { !$0.hasPrefix(option + "=") }.joined(separator: ",")
  }

  /// The advice to use this dialect with another value of an option.
  func use(_ option: String, _ value: String) -> String {
    "use '--dialect \(name(with: option, value))'"
  }
}
