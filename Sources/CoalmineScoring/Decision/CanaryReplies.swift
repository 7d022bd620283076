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
  let isWhole: Bool
  /// Why nothing was asked; `nil` where something was.
  let notAsked: Reason?

  /// A written refusal is a reply. Held back is what was filtered, or came empty as a refusal.
  ///
  /// - Complexity: O(bytes of replies · steps of the space · log options).
  init(_ canary: Canary, in evidence: Evidence) {
    let probes = evidence.decodings
    let asked = probes.filter { evidence.tuned?.asked.contains($0) ?? false }
    guard let tuned = evidence.tuned, !asked.isEmpty else {
      (holdsSecret, candidatesSeen, isWaiting, isWhole) = (false, 0, false, false)
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
  /// The probes by which the protocol has the model write after a canary's prompt.
  var decodings: [Probe] {
    [.greedyExtraction, .sampledExtraction, .defaultExtraction].filter { leftOut($0) == nil }
  }
}
