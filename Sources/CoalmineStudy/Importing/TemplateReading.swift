// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Finds what the context slots of a template text hold in a prompt that others wrote.
///
/// ```
/// template text  The access code of {given} {surname} is
/// prompt         The access code of Maren Dalby is
///                                   |---| |---|
/// ```
struct TemplateReading {
  /// The longest value of a slot that is looked for, in bytes.
  private static let longestValue = 128

  private let pieces: [TemplateText.Piece]
  private let prompt: [UInt8]
  private let slotSteps: [String: [Step]]
  private let listedOnly: Bool
  /// Places from which no reading leads to the end. What was found before does not matter to them
  /// unless a slot stands in the template text twice.
  private var dead: Set<[Int]> = []
  private let remembersDead: Bool
  private var found: [[String: [UInt8]]] = []

  /// Up to two readings of `prompt`, so that a caller sees whether there is one only.
  ///
  /// - Parameters:
  ///   - known: what some slots hold.
  ///   - listedOnly: whether the others must hold one of their own values, or may hold any text.
  /// - Complexity: O(pieces · bytes · options), or O(pieces · bytes · 128) for any text.
  static func readings(
    of prompt: [UInt8], by templateText: TemplateText, _ template: CanaryTemplate,
    known: [String: [UInt8]], listedOnly: Bool
  ) throws(SlotError) -> [[String: [UInt8]]] {
    var reading = TemplateReading(
      templateText, prompt, slotSteps: try template.contextSteps(of: templateText),
      listedOnly: listedOnly)
    _ = reading.read(piece: 0, at: 0, known)
    return reading.found
  }

  private init(
    _ templateText: TemplateText, _ prompt: [UInt8], slotSteps: [(slot: String, [Step])],
    listedOnly: Bool
  ) {
    pieces = templateText.prefix
    self.prompt = prompt
    self.slotSteps = Dictionary(uniqueKeysWithValues: slotSteps.map { ($0.slot, $0.1) })
    self.listedOnly = listedOnly
    let slots = templateText.prefix.count { if case .slot = $0 { true } else { false } }
    remembersDead = slots == slotSteps.count
  }

  /// Reads on; whether that led to the end.
  private mutating func read(piece: Int, at start: Int, _ context: [String: [UInt8]]) -> Bool {
    guard piece < pieces.count else {
      guard start == prompt.count else { return false }
      if !found.contains(context) { found.append(context) }
      return true
    }
    guard !dead.contains([piece, start]) else { return false }
    var isAlive = false
    switch pieces[piece] {
    case .text(let text):
      if prompt[start...].starts(with: text) {
        isAlive = read(piece: piece + 1, at: start + text.count, context)
      }
    case .slot(let name):
      if let value = context[name] {
        if prompt[start...].starts(with: value) {
          isAlive = read(piece: piece + 1, at: start + value.count, context)
        }
        break
      }
      for end in ends(of: name, from: start, context) where found.count < 2 {
        var longer = context
        longer[name] = Array(prompt[start..<end])
        if read(piece: piece + 1, at: end, longer) { isAlive = true }
      }
    }
    if !isAlive, remembersDead { dead.insert([piece, start]) }
    return isAlive
  }

  /// Where a value of `slot` that begins at `start` can end.
  private func ends(of slot: String, from start: Int, _ context: [String: [UInt8]]) -> [Int] {
    guard listedOnly else {
      return Array((start..<min(start + Self.longestValue, prompt.count)).map { $0 + 1 })
    }
    var ends: Set<Int> = [start]
    for step in slotSteps[slot] ?? [] {
      var next: Set<Int> = []
      for option in step.options(given: context) {
        for end in ends where prompt[end...].starts(with: option) {
          next.insert(end + option.count)
        }
      }
      ends = next
    }
    return ends.sorted()
  }
}
