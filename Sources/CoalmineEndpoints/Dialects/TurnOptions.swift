// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The options of APIs whose models answer, go on with their own turn where they take that, and take a
/// temperature where they do.
struct TurnOptions: Sendable {
  let samplers: Samplers
  let prefill: Switch
  let room: ReasoningRoom

  static let list = [
    Samplers.option,
    DialectOption("prefill", "on: the model continues its own turn, which newer models refuse"),
    ReasoningRoom.option,
  ]

  init(_ options: DialectOptions) throws(CoalmineError) {
    samplers = try options.choice("samplers", of: Samplers.self)
    prefill = try options.choice("prefill", of: Switch.self)
    room = try ReasoningRoom(options)
  }

  var abilities: Abilities { prefill == .on ? [.continues] : [.chats] }
  var presentation: Presentation.Form { prefill == .on ? .prefilled : .chat }

  /// - Parameter words: by which the API speaks of the model's own turn where it refuses it.
  func cures(_ dialect: some Dialect, _ words: [String]) -> [FieldCure] {
    let turn = FieldCure("prefill", words: words, setting: "prefill", to: "off", of: dialect)
    return (prefill == .on ? [turn] : []) + samplers.cure(dialect)
  }

  /// The temperature that a request names; `nil` where the model's own is left alone.
  func temperature(_ rule: Decoding.Rule) -> Int? {
    guard samplers == .named else { return nil }
    return switch rule {
    case .greedy: 0
    case .neutral: 1
    case .endpointDefault: nil
    }
  }
}
