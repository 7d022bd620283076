// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The tokens of a text that a server was given, and their log-probabilities, in any of the shapes
/// that servers use.
///
/// ```
/// legacy         logprobs: {tokens: [...], token_logprobs: [...]}         echo of vLLM, SGLang
/// chat           logprobs: {content: [{token, bytes, logprob}, ...]}      echo of Fireworks
/// by token id    prompt_logprobs: [null, {"459": {logprob, decoded_token}}, ...]         vLLM
/// of the prompt  prompt_logprobs: {content: [{token, bytes, logprob}, ...]}           Mistral
/// ```
struct EchoedTokens {
  /// The text of each token as the server spells it.
  let spelled: [[UInt8]]
  /// Nats; `nil` where the server gives none.
  let values: [Double?]
  /// The log-probabilities listed at each place, in any order; empty where none are.
  var listed: [[Double]] = []
  /// Whether the first token is named but not spelled.
  var startsUnspelled = false

  /// What a choice without such a list means.
  enum Missing: Error {
    /// Nothing of the kind came back.
    case absent
    /// A list of another shape.
    case malformed
  }

  /// Reads the tokens of a choice; those that the server wrote itself may follow.
  ///
  /// - Parameter withLists: whether what is listed at each place is wanted: many servers list a token
  ///   or two unasked.
  static func read(_ choice: JSONNode, withLists: Bool = false) throws(Missing) -> EchoedTokens {
    if let content = choice["prompt_logprobs"]?["content"]?.elements {
      return try chat(content, withLists)
    }
    let listed = choice["prompt_logprobs"]?.elements
    let ids = choice["prompt_token_ids"]?.elements
    guard let logprobs = choice["logprobs"], !logprobs.isNull, listed == nil || ids == nil else {
      guard let listed else { throw .absent }
      return try byIdentifier(listed, ids: ids, withLists)
    }
    if let content = logprobs["content"]?.elements { return try chat(content, withLists) }
    guard let tokens = logprobs["tokens"]?.elements,
      let values = logprobs["token_logprobs"]?.optionalDoubles, tokens.count == values.count
    else { throw .malformed }
    let places = withLists ? logprobs["top_logprobs"]?.elements ?? [] : []
    return EchoedTokens(
      spelled: tokens.map { TokenText.bytes($0.stringBytes ?? []) }, values: values,
      listed: places.count == tokens.count
        ? places.map { ($0.members ?? []).compactMap { $0.value.double } } : [])
  }

  private static func chat(_ content: [JSONNode], _ withLists: Bool) throws(Missing)
    -> EchoedTokens
  {
    var spelled: [[UInt8]] = []
    var values: [Double?] = []
    var places: [[Double]] = []
    for token in content {
      // `bytes` is exact where it is given; the text shows broken characters as U+FFFD.
      guard let bytes = token["bytes"].flatMap(TokenText.listed) ?? token["token"]?.stringBytes
      else { throw .malformed }
      spelled.append(bytes)
      values.append(token["logprob"]?.double)
      guard withLists else { continue }
      places.append((token["top_logprobs"]?.elements ?? []).compactMap { $0["logprob"]?.double })
    }
    return EchoedTokens(spelled: spelled, values: values, listed: places)
  }

  /// The entry of the token that stands there is found by its id; without ids it is the first, as
  /// the server writes them.
  private static func byIdentifier(
    _ listed: [JSONNode], ids: [JSONNode]?, _ withLists: Bool
  ) throws(Missing) -> EchoedTokens {
    if let ids, ids.count != listed.count { throw .malformed }
    var spelled: [[UInt8]] = []
    var values: [Double?] = []
    var places: [[Double]] = []
    for (position, entry) in listed.enumerated() {
      if withLists {
        places.append((entry.members ?? []).compactMap { $0.value["logprob"]?.double })
      }
      if entry.isNull, position == 0 {
        spelled.append([])
        values.append(nil)
        continue
      }
      let found =
        ids.map { ids in ids[position].int.flatMap { entry[String($0)] } }
        ?? entry.members?.first?.value
      guard let found, let text = found["decoded_token"]?.stringBytes else { throw .malformed }
      spelled.append(text)
      values.append(found["logprob"]?.double)
    }
    return EchoedTokens(
      spelled: spelled, values: values, listed: places,
      startsUnspelled: listed.first?.isNull == true)
  }
}
