// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The scores of a passage from the tokens that a server lists for a prompt, or the error that says
/// why there are none.
struct PromptScores {
  let passage: Passage
  let endpoint: Endpoint
  /// The field that asks for them, for messages.
  let field: String
  /// How many of the likeliest tokens were asked for at each place.
  var listing = 0

  /// - Parameter isConversation: whether a template stands before the passage in the prompt.
  func read(
    _ tokens: () throws(EchoedTokens.Missing) -> EchoedTokens, isConversation: Bool = false
  ) -> Reading<Outcome<Answer>> {
    let listed: EchoedTokens
    do throws(EchoedTokens.Missing) {
      listed = try tokens()
    } catch {
      return .stop(
        fault(
          error == .absent
            ? "no log-probabilities came back although '\(field)' asked for them"
            : "the log-probabilities are in no shape that is known"))
    }
    if isConversation {
      guard !passage.text.isEmpty else {
        return .value(.failed(Reason("empty-text", "a text without bytes has no probability")))
      }
      guard let ending = listed.ending(with: passage.text) else {
        return .stop(
          fault("the prompt does not end with the text: the server closed the turn or changed it"))
      }
      guard let scores = ending.scores(of: passage, listing: listing) else {
        return .stop(spelledOtherwise)
      }
      return .value(scores.map(Answer.scored))
    }
    guard let scores = listed.scores(of: passage, listing: listing) else {
      return .stop(spelledOtherwise)
    }
    return .value(scores.map(Answer.scored))
  }

  private var spelledOtherwise: CoalmineError {
    fault("the returned tokens do not spell the prompt")
  }

  private func fault(_ what: String) -> CoalmineError {
    HTTPFault.shape(what, endpoint, "use '--probe-set text-only', which needs no likelihood")
  }
}

extension EchoedTokens {
  /// Triples of log-probability, token number and text: SGLang's `input_token_logprobs`, and the
  /// likeliest of each place in `input_top_logprobs`.
  static func triples(_ listed: [JSONNode]?, top: [JSONNode]? = nil) throws(Missing) -> EchoedTokens
  {
    guard let listed, !listed.isEmpty else { throw .absent }
    var spelled: [[UInt8]] = []
    var values: [Double?] = []
    for triple in listed {
      guard let parts = triple.elements, parts.count >= 3, let text = parts[2].stringBytes else {
        throw .malformed
      }
      spelled.append(text)
      values.append(parts[0].double)
    }
    let places = (top ?? []).map { place in
      (place.elements ?? []).compactMap { $0.elements?.first?.double }
    }
    return EchoedTokens(
      spelled: spelled, values: values, listed: places.count == spelled.count ? places : [])
  }

  /// Objects of number, text and log-probability: TGI's `details.prefill`.
  static func objects(_ listed: [JSONNode]?) throws(Missing) -> EchoedTokens {
    guard let listed, !listed.isEmpty else { throw .absent }
    var spelled: [[UInt8]] = []
    for token in listed {
      guard let text = token["text"]?.stringBytes else { throw .malformed }
      spelled.append(text)
    }
    let values = listed.map { $0["logprob"]?.double }
    // A server without the flag for them sends the tokens with null beside each.
    guard values.contains(where: { $0 != nil }) else { throw .absent }
    return EchoedTokens(spelled: spelled, values: values)
  }
}
