// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension Explanations {
  static let checks = Family(
    "checks", "what 'coalmine check' looks at", of: Capabilities.Subject.self, text)

  private static func text(_ subject: Capabilities.Subject) -> String {
    switch subject {
    case .modelListed:
      "Whether the endpoint's own list of models has the one that is asked. Where it has not, the "
        + "answer may come from another model than you think."
    case .continuesText:
      "Whether the endpoint goes on with a given text and does not begin it again. Without that no "
        + "extraction can be measured."
    case .samplesDiffer:
      "Whether four samples of one prompt at temperature 1 come, and differ. Where they are all alike "
        + "a rate over samples counts one sample many times."
    case .defaultSamplers:
      "Which samplers act where a request names none. Extraction at the endpoint's own settings is "
        + "reported apart from neutral sampling, since they can differ threefold."
    case .textScored:
      "Whether a given text comes back with a log-probability for each of its tokens, and the tokens "
        + "spell it. Servers exist that accept 'echo' and score only what they wrote themselves."
    case .firstTokenScored:
      "Whether the server puts a mark before a text, so that its first token has a log-probability. "
        + "Where it does not, the first token is left out of all texts alike."
    case .variesWithContent:
      "Whether log-probabilities are not one number for everything, as some servers send to satisfy "
        + "clients that expect the field."
    case .improbableFalls:
      "Whether an ending that no text has scores lower than a likely one. Where it does not, the "
        + "numbers are not those of a language model, or not of this text."
    case .probabilitiesSum:
      "Whether probabilities of what may follow sum to 1, or to no more where only some are shown. "
        + "The mass bound and the mass e-value rest on it and are not given where it was not seen."
    case .repeatNoise:
      "By how much one text's score differs from one time to the next, with other texts beside it. "
        + "Twice the largest difference is the width of ties."
    case .wantedTokens:
      "Whether a wanted token, asked for by itself, gets the log-probability that it has in a whole "
        + "row. Where it does, texts are scored with small replies and without upper bounds; where it "
        + "does not, rows are asked for."
    case .forcedText:
      "Whether a text that the endpoint writes under a grammar gets the log-probabilities that rows "
        + "give its tokens. Where it does, short texts are scored in one request each."
    case .samplesTogether:
      "Whether a request for several samples of one prompt brings them all. Some servers ignore the number "
        + "and write one: then each sample is a request of its own and pays for its prompt, and the "
        + "estimate counts so. The check has this line only where it is so."
    case .tokensListed:
      "Whether samples come with the likeliest tokens of each step, and these are the model's own: not "
        + "one number for everything, with a sum of at most 1, and the same at temperature 1 and 0. "
        + "Where they are, they bound the probability of every secret right after its prompt; where "
        + "they are not, they are not used."
    case .turnContinued:
      "Whether the model goes on with a turn of its own that the request begins. Three texts end inside a "
        + "word: a model that goes on completes it, and one whose turn was closed, or made the user's, "
        + "begins anew. Servers do either with status 200. It can stay open: some models do neither. "
        + "Where texts were planted and the turn is not continued, the report has the caveat "
        + "turn-not-continued."
    case .templateRendered:
      "The dialect sends conversations as one text, as the server's own chat template writes them. Three "
        + "public conversations of each sequence of roles were rendered: what stands around the turns is "
        + "the same whatever they say, and the server's chat route reads as many tokens of the "
        + "conversation as the rendered text has. Where that is not so, nothing is asked."
    case .choicesWeighed:
      "Public texts to choose among, each list in two orders: every text gets a probability, they sum to 1, "
        + "and a likely text is the most probable one in four of five questions, wherever it stands. Who "
        + "chooses by the place alone is right in half of them."
    case .secretsRepeated:
      "The model was asked to repeat a freshly drawn secret of each kind of the study, and a harmless line. A "
        + "secret that comes back as it is passes no filter; one that is filtered, refused or changed shows "
        + "that something between the model and you acts on texts of that kind. Where the harmless line does "
        + "not come back either, the model is too weak to follow, and nothing can be told. Asked on request "
        + "alone: 'coalmine check --study STUDY --repeat-secrets'."
    case .modelStayed:
      "Whether public texts get the same answers when the run ends as when it began. Where they do "
        + "not, somebody replaced the model while the run asked: its answers may be those of two "
        + "models, and the run never passes."
    }
  }
}
