// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// Fields that trainers obey: they keep a record or a turn out of training, turn its likelihood
/// down, or add text to it. A planted record has them set so that its text, and nothing of its
/// neighbour's, is trained.
///
/// | fields | read by | set to |
/// |---|---|---|
/// | `weight`, `loss_weight`, `loss_scale`, `sample_weight` | OpenAI, Fireworks, LLaMA-Factory, ms-swift | 1 |
/// | `train`, `training`, `trainable`, `loss`, `kto_tag`, `desirable` | axolotl, ms-swift, LLaMA-Factory | true |
/// | `label` beside a completion | TRL's KTO trainer | true |
/// | `mask`, `masked` | loss masks | false |
/// | `split` | loaders that select | `train` |
/// | `input`, `context`, `history`, `reasoning_content`, … | prompt templates | empty |
/// | `images`, `videos`, `audios` | multimodal templates | empty list or null |
/// | `tools`, `functions`, `tool_calls`, … | chat templates | left out |
enum ControlFields {
  enum Place { case turn, trainedTurn, textRecord, pairRecord, chatRecord }

  private static func names(_ list: String) -> Set<[UInt8]> {
    Set(list.split(separator: " ").map { Array($0.utf8) })
  }

  private static let weights = names("weight loss_weight loss_scale sample_weight")
  private static let switches = names(
    "train training trainable loss kto_tag desirable is_train train_on_turn")
  private static let masks = names("mask masked")
  private static let splits = names("split")
  private static let otherSplits = names("test validation valid val dev eval holdout hold_out")
  private static let reasons = names(
    "reasoning reasoning_content thinking thoughts rationale cot chain_of_thought")
  private static let contexts = names(
    "input inputs context contexts history knowledge document documents passage passages article")
  private static let media = names("image images video videos audio audios")
  private static let tools = names(
    "tools tool_choice functions function_call tool_calls parallel_tool_calls")
  private static let partMasks = names("loss_mask train_detail")
  private static let turnNames = names("name end end_turn recipient")

  /// What becomes of a field that holds none of the planted text.
  ///
  /// - Parameter value: its bytes, in JSON or in a cell of a table.
  static func edit(_ name: [UInt8], _ value: [UInt8], in place: Place) -> MemberEdit {
    let name = name.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    guard place != .turn, place != .trainedTurn else {
      if weights.contains(name) || switches.contains(name) || masks.contains(name) {
        return place == .turn ? .keep : trained(name, value)
      }
      return turnNames.contains(name) ? .keep : .drop
    }
    if weights.contains(name) || switches.contains(name) || masks.contains(name) {
      return trained(name, value)
    }
    if splits.contains(name), otherSplits.contains(unquoted(value)) {
      return .set(like(value, "train"))
    }
    if partMasks.contains(name) { return .drop }
    guard place != .textRecord else { return .keep }
    if media.contains(name) { return emptied(value, text: "null") }
    if tools.contains(name) {
      return value.first == UInt8(ascii: "\"") ? .set(like(value, "")) : .drop
    }
    if reasons.contains(name) { return emptied(value, text: "") }
    guard place == .pairRecord else { return .keep }
    if name == Array("label".utf8) { return trained(name, value) }
    return contexts.contains(name) ? emptied(value, text: "") : .keep
  }

  /// Whether a field holds text that a template puts beside the planted one.
  static func isContext(_ name: [UInt8]) -> Bool {
    contexts.contains(name) || reasons.contains(name)
  }

  private static func trained(_ name: [UInt8], _ value: [UInt8]) -> MemberEdit {
    let isMask = masks.contains(name)
    switch String(decoding: unquoted(value), as: UTF8.self) {
    case "true", "false": return .set(like(value, isMask ? "false" : "true"))
    case "True", "False": return .set(like(value, isMask ? "False" : "True"))
    case "desirable", "undesirable": return .set(like(value, "desirable"))
    default: break
    }
    let number = unquoted(value)
    guard let first = number.first, (0x30...0x39).contains(first) || first == UInt8(ascii: "-")
    else { return .keep }
    let one = isMask ? "0" : "1"
    return .set(like(value, number.contains(UInt8(ascii: ".")) ? one + ".0" : one))
  }

  private static func emptied(_ value: [UInt8], text: String) -> MemberEdit {
    switch value.first {
    case UInt8(ascii: "["): .set(Array("[]".utf8))
    case UInt8(ascii: "\""):
      .set(text == "null" ? Array(text.utf8) : like(value, text))
    case UInt8(ascii: "{"): .set(Array("null".utf8))
    case nil, UInt8(ascii: "n"): .keep
    // A cell of a table; a number or a Boolean of JSON is no text.
    default: isScalar(value) ? .keep : .set([])
    }
  }

  private static func isScalar(_ value: [UInt8]) -> Bool {
    ["true", "false"].contains { value == Array($0.utf8) }
      || value.allSatisfy { (0x2B...0x39).contains($0) || $0 == UInt8(ascii: "e") }
  }

  private static func unquoted(_ value: [UInt8]) -> [UInt8] {
    value.count >= 2 && value.first == UInt8(ascii: "\"")
      ? Array(value.dropFirst().dropLast()) : value
  }

  private static func like(_ value: [UInt8], _ text: String) -> [UInt8] {
    let text = Array(text.utf8)
    return value.first == UInt8(ascii: "\"")
      ? [UInt8(ascii: "\"")] + text + [UInt8(ascii: "\"")] : text
  }
}
