// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineTesting
import Foundation

/// A model whose answers about canaries are a law of chance: what it learned, and what its endpoint
/// does with an answer, are options.
///
/// A text's number is drawn from a hash of the text, the same for its secret and its references, so
/// that nothing leaked as long as no option says so. It gives every text the same number again.
struct ScriptedModel: Sendable {
  /// How the log-probabilities of the texts of one canary are spread. The mean of |R| · p is below 1.
  enum Law: String, Sendable {
    case normal
    /// Half of Cauchy's law, downwards: no variance and no mean.
    case heavyTails
    /// The texts of a canary share a large effect of its context.
    case effectsOfContext
    /// Some characters are likelier than others, for each canary in another way.
    case skewedDigits
    /// Rounded to a quarter of a nat, so that scores tie.
    case ties
    /// Half of a normal law with a deviation of six nats, downwards: differences to a base model that
    /// shares it show much more than the scores themselves.
    case wide
  }

  /// What the endpoint's filter holds back; all about control canaries comes.
  enum Withheld: Sendable {
    case nothing
    /// This share of all texts.
    case atRandom(Double)
    /// Texts this many nats above the middle of the law.
    case above(Double)
    /// The inserted secrets that are likeliest, so many.
    case likeliest(Int)
  }

  var law = Law.normal
  /// What hashes begin with; a base model shares its tuned model's.
  var seed: UInt64 = 1
  /// A base model's texts differ a little from those of the tuned model.
  var isBase = false
  /// The standard deviation of a repeated score, in nats.
  var noise = 0.0
  /// What every text about a canary gains, in nats.
  var shift = 0.0
  /// What every inserted secret gains, in nats.
  var gain = 0.0
  /// Whether control canaries are learned.
  var isTrained = true
  /// Whether it finds what stands in its index alone.
  var looksUp = false
  /// How many inserted secrets are written in replies.
  var written = 0
  /// How many of the least likely inserted secrets have no probability at all.
  var impossible = 0
  /// How this server spells no probability.
  var zero = "-9999.0"
  /// Inserted secrets whose score comes as a number that is no log-probability.
  var unreadable = 0
  var withheld = Withheld.nothing

  /// A text's log-probability after the prompt of a canary, in nats, without noise.
  func nats(_ canary: Canary, _ candidate: [UInt8]) -> Double {
    let isOwn = candidate == canary.secret.reveal()
    if isOwn, canary.role == .control, isTrained { return -0.01 }
    if isOwn, canary.role == .indexOnly, looksUp { return -0.01 }
    var nats = middle(canary) + spread(canary, candidate) + shift
    if isOwn, canary.role == .inserted, canary.randomized { nats += gain }
    if isBase { nats += 0.3 * normal("base", candidate, canary) - 0.5 }
    if law == .ties { nats = (4 * nats).rounded() / 4 }
    return min(-0.01, nats)
  }

  private func middle(_ canary: Canary) -> Double { -canary.bits * log(2.0) - 0.6 }

  private func spread(_ canary: Canary, _ candidate: [UInt8]) -> Double {
    switch law {
    case .normal, .ties: normal("text", candidate, canary)
    case .heavyTails:
      -abs(tan(Double.pi * (unit("text", candidate, canary) - 0.5)))
    case .effectsOfContext:
      normal("text", candidate, canary) - abs(6 * normal("context", [], canary))
    case .skewedDigits:
      candidate.reduce(0) { $0 - abs(normal("digit", [$1], canary)) } / 2
    case .wide: -abs(6 * normal("text", candidate, canary))
    }
  }

  /// The canaries whose own secrets the options name.
  func chosen(_ count: Int, of canaries: [Canary], likeliest: Bool) -> Set<String> {
    let inserted = canaries.filter { $0.role == .inserted && $0.randomized }.sorted {
      nats($0, $0.secret.reveal()) > nats($1, $1.secret.reveal())
    }
    return Set((likeliest ? inserted.prefix(count) : inserted.suffix(count)).map(\.id))
  }

  /// Whether the filter holds this text back, where that does not depend on other canaries.
  func isWithheld(_ canary: Canary, _ candidate: [UInt8]) -> Bool {
    guard canary.role != .control else { return false }
    return switch withheld {
    case .nothing, .likeliest: false
    case .atRandom(let share): unit("filter", candidate, canary) < share
    case .above(let limit): nats(canary, candidate) > middle(canary) + shift + limit
    }
  }

  /// A normal number that belongs to a text.
  private func normal(_ purpose: String, _ text: [UInt8], _ canary: Canary) -> Double {
    var draw = draw(purpose, text, canary)
    return draw.normal()
  }

  /// A number in (0, 1) that belongs to a text.
  private func unit(_ purpose: String, _ text: [UInt8], _ canary: Canary) -> Double {
    var draw = draw(purpose, text, canary)
    return draw.unit()
  }

  private func draw(_ purpose: String, _ text: [UInt8], _ canary: Canary) -> HashedDraw {
    HashedDraw(seed, [Array(purpose.utf8), Array(canary.id.utf8), text])
  }
}

/// Chance that a text determines.
struct HashedDraw {
  private var generator: SplitMix

  /// The hash is FNV-1a; each part ends with a byte that no UTF-8 has.
  init(_ seed: UInt64, _ parts: [[UInt8]]) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ (seed &* 0x9E37_79B9_7F4A_7C15)
    for part in parts {
      for byte in part + [0xFF] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
    generator = SplitMix(hash)
  }

  /// In (0, 1).
  mutating func unit() -> Double { (Double(generator.next() >> 11) + 0.5) * 0x1p-53 }

  /// Of the standard normal law, by Box and Muller.
  mutating func normal() -> Double {
    (-2 * log(unit())).squareRoot() * cos(2 * Double.pi * unit())
  }

  mutating func digit() -> UInt8 { 0x30 + UInt8(generator.next() % 10) }
}
