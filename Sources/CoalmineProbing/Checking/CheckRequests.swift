// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints

/// The requests that a check makes, whatever the dialect.
struct CheckRequests {
  let dialect: any Dialect.Type
  let endpoint: Endpoint
  /// What the questions to come need: a reply without it ends the check, since nothing that is
  /// planned could be asked.
  let needs: Needs

  /// What a run cannot do without.
  struct Needs: OptionSet {
    let rawValue: Int
    static let scores = Needs(rawValue: 1)
    static let samples = Needs(rawValue: 2)

    init(rawValue: Int) { self.rawValue = rawValue }

    /// What the probes of a set need.
    init(_ probes: [Probe]) {
      self = []
      if probes.contains(where: { $0.needs >= .walk }) { insert(.scores) }
      if probes.contains(where: { $0 == .sampledExtraction || $0 == .defaultExtraction }) {
        insert(.samples)
      }
    }
  }

  /// Samples that are asked of one prompt.
  static let samples = 4

  /// A likelihood of a whole text, marked as about no canary.
  static func scoring(_ context: String, _ ending: String) -> Query {
    Query(
      probe: .sequenceLikelihood, subject: subject, prompt: Array(context.utf8),
      target: Array(ending.utf8), samples: 0, maxTokens: 0)
  }

  static let greedy = Query(
    probe: .greedyExtraction, subject: subject, prompt: Array(CheckTexts.pairs[0].context.utf8),
    target: [], samples: 1, maxTokens: 8)

  static let sampled = Query(
    probe: .sampledExtraction, subject: subject, prompt: Array(CheckTexts.opening.utf8),
    target: [], samples: samples, maxTokens: 8)

  /// Check queries are about the endpoint; nothing of them is stored as an observation.
  private static let subject = Subject.record("check")

  /// A pack of queries; replies that say "I cannot do that" count as answers.
  func pack(_ number: Int, _ queries: [Query]) -> ProbePack {
    let (dialect, endpoint) = (dialect, endpoint)
    let isNeeded =
      switch queries.first?.samples ?? 1 {
      case 0: needs.contains(.scores)
      case 1: true
      default: needs.contains(.samples)
      }
    return .splitting(queries, number: number) { number, queries in
      ProbePack(
        number: number, asked: [],
        request: { () throws(CoalmineError) in
          try dialect.request(queries, to: endpoint, seed: UInt64(PackNumber.whole(number)) << 40)
        },
        read: { reply in
          switch dialect.read(reply, for: queries, at: endpoint) {
          case .answers: return .answers([])
          case .retry(let reason): return .retry(reason)
          case .stop(let error):
            if error.isAboutTexts(reply), queries.count > 1 || !isNeeded {
              return .refused(error, lone: [])
            }
            return Self.saysNo(error) && !isNeeded ? .answers([]) : .stop(error)
          }
        },
        sent: { .publicTexts })
    }
  }

  /// The server's settings. A server without that route is none the worse for it.
  func settings(_ number: Int) -> ProbePack? {
    guard let request = dialect.settingsRequest(to: endpoint) else { return nil }
    return ProbePack(
      number: number, asked: [], request: { () throws(CoalmineError) in request },
      read: { _ in .answers([]) })
  }

  /// The tokens of a text.
  func tokens(_ number: Int, of text: String, by dialect: any WalkingDialect.Type) -> ProbePack {
    let endpoint = endpoint
    return scoring(
      ProbePack(
        number: number, asked: [],
        request: { () throws(CoalmineError) in try dialect.tokenization(of: Array(text.utf8)) },
        read: { PackReading(dialect.readTokens($0, at: endpoint), of: $0) },
        sent: { .publicTexts }))
  }

  /// A step towards a score: where no score is needed, "I cannot do that" is an answer.
  func scoring(_ pack: ProbePack) -> ProbePack {
    guard !needs.contains(.scores) else { return pack }
    return pack.reading { reply, pack in
      let reading = pack.read(reply)
      if case .stop(let error) = reading, Self.saysNo(error) { return .answers([]) }
      return reading
    }
  }

  /// Whether an error is the endpoint's way of not being able to, rather than of being unusable.
  static func saysNo(_ error: CoalmineError) -> Bool {
    ["unexpected-reply", "request-refused", "not-found"].contains(error.code)
  }
}
