// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import GRDB

extension Ledger {
  /// Notes what a check saw of a run's endpoint; an earlier note of the run is replaced.
  public func store(_ capabilities: Capabilities, run: Int) throws {
    try change { rows in
      try rows.delete(.capabilityItem, where: [("run", run)])
      try rows.replace(
        .capability,
        [
          run, capabilities.claimed.stored, capabilities.verified.stored, capabilities.noiseNats,
          capabilities.repeats, capabilities.contextTokens, capabilities.vocabularyTokens,
          capabilities.publicAnswers?.stored.blob,
        ])
      for (ordinal, item) in capabilities.items.enumerated() {
        try rows.insert(
          .capabilityItem,
          [run, ordinal, item.subject.rawValue, item.state.rawValue, item.evidence])
      }
    }
  }

  /// What a check saw of a run's endpoint; `nil` before there was one.
  public func capabilities(run: Int) throws -> Capabilities? {
    // The first version kept no checks.
    guard version > 1 else { return nil }
    return try read { db in
      guard
        let row = try Row.fetchOne(
          db, sql: "SELECT * FROM capability WHERE run = ?", arguments: [run])
      else { return nil }
      let items = try Row.fetchAll(
        db, sql: "SELECT * FROM capability_item WHERE run = ? ORDER BY ordinal",
        arguments: [run]
      ).map { row in
        guard let subject = Capabilities.Subject(rawValue: try row.value("subject")),
          let state = Capabilities.State(rawValue: try row.value("state"))
        else { throw damaged("a checked capability") }
        return Capabilities.Item(subject, state, try row.value("evidence"))
      }
      func abilities(_ column: String) throws -> Abilities {
        guard let found = Abilities(stored: try row.value(column)) else {
          throw damaged("a checked ability")
        }
        return found
      }
      let noise: Double? = try row.value("noise_nats")
      guard noise.map({ $0 >= 0 && $0.isFinite }) ?? true else { throw damaged("a noise") }
      let kept: Data? = row.hasColumn("public_answers") ? try row.value("public_answers") : nil
      let publicAnswers = try kept.map { kept in
        guard let answers = PublicAnswers(stored: kept.bytes) else {
          throw damaged("the answers to public texts")
        }
        return answers
      }
      return Capabilities(
        claimed: try abilities("claimed"), verified: try abilities("verified"), items: items,
        noiseNats: noise, repeats: try row.value("repeats"),
        contextTokens: try row.value("context_tokens"),
        vocabularyTokens: row.hasColumn("vocabulary_tokens")
          ? try row.value("vocabulary_tokens") : nil,
        publicAnswers: publicAnswers)
    }
  }
}

extension Abilities {
  /// The names, as the ledger keeps them.
  fileprivate var stored: String { slugs.joined(separator: ",") }

  /// What the ledger holds; older versions kept one of five levels.
  fileprivate init?(stored: String) {
    switch stored {
    case "chat-text": self = []
    case "continued-text", "generated-logprob": self = .continues
    case "walk": self = [.tokenizes, .listsNextTokens, .continues]
    case "teacher-forced": self = [.scoresText, .continues]
    default: self.init(slugs: stored.split(separator: ",").map(String.init))
    }
  }
}

extension PublicAnswers {
  /// One byte for the case, then the values in turn: a mark and a number each, or a counted text.
  fileprivate var stored: [UInt8] {
    var writer = BinaryWriter()
    func write(_ scores: [Double?]) {
      for score in scores {
        writer.append(UInt8(score == nil ? 0 : 1))
        writer.append(score ?? 0)
      }
    }
    switch self {
    case .texts(let scores):
      writer.append(UInt8(1))
      write(scores)
    case .tokens(let scores):
      writer.append(UInt8(2))
      write(scores)
    case .written(let texts):
      writer.append(UInt8(3))
      for text in texts { writer.append(counted: text) }
    }
    return writer.bytes
  }

  fileprivate init?(stored: [UInt8]) {
    var reader = BinaryReader(stored)
    guard let form = reader.integer(UInt8.self) else { return nil }
    var scores: [Double?] = []
    var texts: [[UInt8]] = []
    while !reader.isAtEnd {
      if form == 3 {
        guard let text = reader.counted() else { return nil }
        texts.append(text)
      } else {
        guard let mark = reader.integer(UInt8.self), let score = reader.double() else { return nil }
        scores.append(mark == 1 ? score : nil)
      }
    }
    switch form {
    case 1: self = .texts(scores)
    case 2: self = .tokens(scores)
    case 3: self = .written(texts)
    default: return nil
    }
  }
}
