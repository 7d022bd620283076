// SPDX-License-Identifier: Apache-2.0

/// A kind of canary: carriers with named slots, as a file of `canaries/` describes it.
public struct CanaryTemplate: Sendable {
  /// The kind's slug, `access-code`: the file's name.
  public let kind: String
  /// One line for people.
  public let summary: String
  /// Why no candidate is usable in the real world, and where that is written.
  public let source: String
  /// One carrier with its slots filled, as documentation.
  public let example: String
  /// The texts around the secret; a canary picks one.
  public let carriers: [Carrier]
  /// The slots by name.
  public let slots: [String: Slot]

  /// What fills each slot, worked out once: a list of thousands of words is sorted here.
  private let slotSteps: [String: [Step]]

  /// - Throws: ``SlotError`` where carriers and slots do not fit together.
  public init(
    kind: String, summary: String, source: String, example: String,
    carriers: [(id: String, text: String)], slots: [Slot]
  ) throws(SlotError) {
    var byName: [String: Slot] = [:]
    for slot in slots {
      guard byName.updateValue(slot, forKey: slot.name) == nil else {
        throw SlotError(code: "slot-twice", "slot '\(slot.name)' is defined twice")
      }
    }
    guard !carriers.isEmpty else {
      throw SlotError(code: "no-carrier", "a kind needs a 'carrier' or 'carriers'")
    }
    var parsed: [Carrier] = []
    for carrier in carriers {
      guard !parsed.contains(where: { $0.id == carrier.id }) else {
        throw SlotError(code: "carrier-twice", "carrier '\(carrier.id)' is defined twice")
      }
      parsed.append(try Carrier(id: carrier.id, text: carrier.text, slots: byName))
    }
    let used = Set(parsed.flatMap(\.slotNames))
    if let unused = byName.keys.sorted().first(where: { !used.contains($0) }) {
      throw SlotError(code: "slot-unused", "no carrier uses the slot '\(unused)'")
    }
    self.kind = kind
    self.summary = summary
    self.source = source
    self.example = example
    self.carriers = parsed
    self.slots = byName
    var slotSteps: [String: [Step]] = [:]
    for slot in slots {
      slotSteps[slot.name] = try slot.type.steps(slot: slot.name, role: slot.role)
    }
    self.slotSteps = slotSteps
    for carrier in parsed {
      try checkOrder(of: carrier)
      _ = try space(carrier: carrier, context: [:])
    }
  }

  /// A check can only be computed from what stands before it.
  private func checkOrder(of carrier: Carrier) throws(SlotError) {
    var before: Set<String> = []
    for name in carrier.slotNames {
      for case .check(_, _, _, let over) in slotSteps[name] ?? [] {
        guard let late = over.first(where: { !before.contains($0) }) else { continue }
        throw SlotError(
          code: "check-too-early",
          "the check '\(name)' is computed over '\(late)', which does not stand before it in "
            + "carrier '\(carrier.id)'")
      }
      before.insert(name)
    }
  }

  /// The space of the secret under `context`, for one carrier.
  ///
  /// - Throws: ``SlotError`` where it is too large or too small.
  public func space(carrier: Carrier, context: [String: [UInt8]]) throws(SlotError)
    -> RandomnessSpace
  {
    try RandomnessSpace(steps: try steps(of: carrier.secret), context: context)
  }

  /// The steps that fill `pieces`, in text order.
  package func steps(of pieces: [Carrier.Piece]) throws(SlotError) -> [Step] {
    var steps: [Step] = []
    for piece in pieces {
      switch piece {
      case .text(let bytes): steps.append(.literal(bytes))
      case .slot(let name):
        guard let slotSteps = slotSteps[name] else {
          throw SlotError(code: "slot-missing", "the carrier names '{\(name)}', never defined")
        }
        steps += slotSteps
      }
    }
    return steps
  }

  /// The context slots of `carrier` in text order, each with its own steps.
  package func contextSteps(of carrier: Carrier) throws(SlotError) -> [(slot: String, [Step])] {
    var result: [(slot: String, [Step])] = []
    for case .slot(let name) in carrier.prefix {
      guard !result.contains(where: { $0.slot == name }), let steps = slotSteps[name] else {
        continue
      }
      result.append((name, steps))
    }
    return result
  }
}
