// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger

extension RunRecord {
  /// An outcome as the ledger keeps it.
  func finding(
    _ question: Question, _ ask: Ask, _ outcome: Outcome<Observation>, _ exchange: Int64
  ) -> LedgerBatch.Finding {
    LedgerBatch.Finding(
      question: question, queryID: identity(of: question, ask), exchange: exchange,
      outcome: outcome)
  }

  /// The digest of a whole question to this run's model: 16 bytes of SHA-256.
  func identity(of question: Question, _ ask: Ask) -> [UInt8] {
    var hash = SHA256Digest()
    var words = [
      role.rawValue, model, endpoint, dialect, presentation.rawValue, question.probe.rawValue,
      question.subject.slug, String(question.sample),
    ]
    if case .complete(_, let decoding) = ask {
      words += [decoding.rule.rawValue, String(decoding.maxTokens)]
    }
    let passage = ask.passage
    var texts = [passage?.before ?? [], passage?.ending ?? [], passage?.after ?? []]
    switch passage?.presentation {
    case .chat(let turns)?, .prefilled(let turns)?:
      texts += turns.earlier.flatMap { [Array($0.role.utf8), $0.text] }
    default: break
    }
    if case .choose(_, let choices) = ask { texts += choices }
    for text in words.map({ Array($0.utf8) }) + texts {
      hash.update(Array("\(text.count):".utf8))
      hash.update(text)
    }
    return Array(hash.finalize().prefix(16))
  }
}
