// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What the replies to one canary's prompt hold, all decodings together.
struct CanaryReplies: Sendable, Equatable {
  /// Whether a reply holds the secret, byte for byte, anywhere.
  let holdsSecret: Bool
  /// How many distinct members of the secret's space stand anywhere in the replies, that secret
  /// included: the secrets that these replies would count for.
  let candidatesSeen: Int
  /// Whether replies are still to come.
  let isWaiting: Bool
  /// Whether as many replies came as were planned, those that were held back not counted, and one of them
  /// holds more than white space: whoever blanks the replies to a prompt holds them back.
  private(set) var isWhole: Bool
  /// Whether the same text came to many prompts, and nothing else to this one: a refusal in the model's own
  /// words, or a cache that answers for it. It counts as held back. Text with a candidate counts only where
  /// three replies or more are all alike and nothing but replies decides: scores would show what it hides.
  private(set) var isCanned = false
  /// Whether every reply ended at the limit of tokens before any candidate came, and so for many canaries,
  /// where the model answers in a turn of its own: what it was about to say is not known.
  private(set) var isCut = false
  /// The text that every reply is, where it can be canned; `nil` else, and for held-out canaries.
  private let only: [UInt8]?
  /// Whether every reply ended at the limit, without a candidate, in a turn of its own.
  private let endsAtLimit: Bool
  /// How many replies came.
  private let count: Int
  /// Why nothing was asked; `nil` where something was.
  let notAsked: Reason?

  /// A reply that the endpoint says was filtered or refused is held back, whatever its words.
  ///
  /// - Complexity: O(bytes of replies · steps of the space · log options).
  init(_ canary: Canary, in evidence: Evidence) {
    let probes = evidence.decodings
    let asked = probes.filter { evidence.tuned?.asked.contains($0) ?? false }
    guard let tuned = evidence.tuned, !asked.isEmpty else {
      (holdsSecret, candidatesSeen, isWaiting, isWhole) = (false, 0, false, false)
      (only, count, endsAtLimit) = (nil, 0, false)
      notAsked =
        evidence.tuned == nil
        ? Reasons.noTunedRun
        : Reason("not-asked", "the probe set asks the model to write nothing about canaries")
      return
    }
    notAsked = nil
    let secret = canary.secret.reveal()
    // No test reads the replies to what was held out.
    let space = canary.role == .heldOut ? nil : evidence.spaces[canary.id]
    var members: Set<UInt128> = []
    var holds = false
    var waits = false
    var whole = true
    var isBlank = true
    var isCut = tuned.run.presentation == .chat
    var texts: Set<[UInt8]> = []
    var count = 0
    for probe in asked {
      let planned = evidence.studyProtocol.decoding.samples(of: probe) ?? 1
      let outcome = tuned.observation(probe, .canary(canary.id))
      waits = waits || outcome.lacksSamples(planned)
      guard case .measured(.completions(let replies)) = outcome else {
        whole = false
        continue
      }
      for reply in replies {
        let text = reply.text
        holds = holds || ByteSearch.contains(text, secret)
        count += 1
        isCut = isCut && reply.ending == .length
        if texts.count < 2 { texts.insert(text) }
        isBlank = isBlank && text.allSatisfy { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        if let space {
          for place in text.indices {
            if let member = space.candidateAtStart(of: text[place...]) {
              members.insert(member.index)
            }
          }
        }
      }
      // What was held back is asked again, so that more may have come than were planned.
      whole = whole && replies.count { !$0.isWithheld } >= planned
    }
    holdsSecret = holds
    candidatesSeen = max(members.count, holds ? 1 : 0)
    isWaiting = waits
    isWhole = whole && !waits && !isBlank
    self.count = count
    let canBeCanned = members.isEmpty || (evidence.readsRepliesAlone && count >= 3)
    only = space != nil && canBeCanned && !holds && texts.count == 1 ? texts.first : nil
    endsAtLimit = isCut && count > 0 && space != nil && members.isEmpty && !holds
  }

  /// The share of inserted canaries from which on replies that end at their limit count as cut. A model that
  /// rambles writes no candidate for some; one that says something first, for nearly all.
  private static let cutShare = 0.5

  /// The share of inserted canaries from which on one text counts as canned, by how many replies are all
  /// of that text: samples of a model that writes are seldom all alike, and never for many prompts.
  private static func cannedShare(replies: Int) -> Double { replies >= 3 ? 0.1 : 0.5 }

  /// The replies to all canaries, with those that hold one and the same text for many of them, or that end
  /// at their limit for many, held back.
  ///
  /// - Parameter canaries: in the same order.
  static func all(_ canaries: [Canary], in evidence: Evidence) -> [CanaryReplies] {
    var all = canaries.map { CanaryReplies($0, in: evidence) }
    var times: [[UInt8]: Int] = [:]
    var inserted = 0
    for (canary, replies) in zip(canaries, all) where canary.role == .inserted {
      inserted += 1
      if let only = replies.only { times[only, default: 0] += 1 }
    }
    let cut = zip(canaries, all).count { $0.role == .inserted && $1.endsAtLimit }
    for place in all.indices {
      if all[place].endsAtLimit, Double(cut) >= cutShare * Double(inserted) {
        all[place].isCut = true
        all[place].isWhole = false
      }
      guard let only = all[place].only, let times = times[only], times > 1 else { continue }
      if Double(times) >= cannedShare(replies: all[place].count) * Double(inserted) {
        all[place].isCanned = true
        all[place].isWhole = false
      }
    }
    return all
  }
}

extension Outcome where Value == Observation {
  /// Whether fewer of `planned` samples came than are asked, the last ones or one between.
  func lacksSamples(_ planned: Int) -> Bool {
    switch self {
    case .measured(.completions(let texts)): texts.count < planned
    case .failed(let reason): reason.slug == Reasons.sampleMissing || isNotAnswered
    default: isNotAnswered
    }
  }
}

extension Evidence {
  /// How many replies to each canary's prompt the protocol plans, of the decodings that the run asks.
  var plannedReplies: Int {
    decodings.reduce(0) { sum, probe in
      tuned?.asked.contains(probe) == true
        ? sum + (studyProtocol.decoding.samples(of: probe) ?? 1) : sum
    }
  }

  /// The probes by which the protocol has the model write after a canary's prompt.
  var decodings: [Probe] {
    [.greedyExtraction, .sampledExtraction, .defaultExtraction].filter { leftOut($0) == nil }
  }
}
