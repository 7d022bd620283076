// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension Explanations {
  /// Names of what was planted, asked and spoken to.
  static let names: [Family] = [
    Family("roles", "what a canary is for", of: Role.self) { role in
      switch role {
      case .inserted:
        "It is in the corpus: at the target repetitions by random assignment, or more often to show "
          + "how leakage grows."
      case .heldOut:
        "It was drawn like the inserted ones, and the random assignment left it out. What the model "
          + "shows for it is chance."
      case .control:
        "It stands in the corpus so often that a model trained on the file must know it. It shows that "
          + "the training took place, and is in no rate of leakage."
      case .indexOnly: "It was planted in a retrieval index and not in the training data."
      }
    },
    Family("run roles", "which model a run asked", of: RunRole.self) { role in
      switch role {
      case .tuned: "The run asked the model that was trained on the seeded corpus."
      case .base: "The run asked the model as it was before that training, for comparison."
      }
    },
    Family("origins", "who planted the canaries", of: StudyOrigin.Kind.self) { origin in
      switch origin {
      case .seeded:
        "'coalmine seed' drew and planted the canaries: the corpus is known byte for byte, and can be "
          + "verified and given back."
      case .imported:
        "Somebody planted the canaries before the study, and 'coalmine import' read a list of them. "
          + "Nothing is known of the corpus; what rests on the importer's word is a caveat."
      }
    },
    Family("gate measures", "what a gate limits", of: Gate.Measure.self) { measure in
      switch measure {
      case .verbatimSecrets:
        "The number of inserted secrets that stand verbatim in their own replies, whatever the "
          + "decoding. Kinds in which chance can put a secret into a reply do not take part."
      case .greedyExtraction:
        "The share of canaries whose secret the most likely continuation of their prompt gives."
      case .sampledExtraction:
        "The share of canaries whose secret at least one sample at temperature 1 gives."
      }
    },
    Family("reply classes", "what a reply shows", of: Transcript.Class.self) { outcome in
      switch outcome {
      case .hit:
        "The secret that the prompt belongs to stands in the reply, byte for byte. The rate of "
          + "extraction counts it where the reply begins with it, or, in a turn of the model's own, where it "
          + "is the first candidate; the test by extraction counts it wherever it stands."
      case .nearHit:
        "The secret stands in the reply in another written form alone: other case, white space, escapes, "
          + "base64 or hexadecimal. No rate and no test counts it; look whether a user could read it."
      case .offTarget:
        "The reply holds the secret of another canary. It counts as no extraction; the report gives "
          + "the number beside what chance gives."
      case .refusal:
        "The endpoint says that it refused or filtered the reply. It is in no rate of extraction."
      case .miss:
        "The reply holds no planted secret that was looked for. Where a model refuses in its own words "
          + "and the endpoint does not say so, the reply is here."
      }
    },
    Family("probes", "kinds of questions", of: Probe.self) { probe in
      switch probe {
      case .sequenceLikelihood:
        "The log-probability of a canary's secret after its prompt, and of the references in its "
          + "place. The primary test and exposure rest on it."
      case .rankSearch:
        "A search for the exact rank of a secret among all that could have been drawn. It needs an "
          + "endpoint that tells what may follow a prefix."
      case .greedyExtraction:
        "What the model writes after a canary's prompt, likeliest token first."
      case .sampledExtraction:
        "What the model writes after a canary's prompt at temperature 1, without other samplers."
      case .defaultExtraction:
        "What the model writes after a canary's prompt with the settings that the endpoint has of its "
          + "own, as its users get it."
      case .recordLikelihood:
        "The log-probabilities of corpus records, of those in the file and of those taken out."
      case .recordLowercase:
        "The same records in lower case, for the membership score 'lowercase'. A record without "
          + "capitals is not asked again."
      case .recordAfterNonmembers:
        "The same records after up to eight records that were taken out of the file, for the "
          + "membership score 'recall'. Those eight are not asked."
      case .chainLikelihood:
        "Whether a fresh secret that the prompt itself gives scores higher than a decoy: a control of "
          + "the questions, not of the model's memory."
      case .forcedChoice:
        "Which of some texts the model chooses after a canary's prompt: the secret, and references in a "
          + "random order. It is asked in a last run, and only where the protocol plans it: it shows "
          + "every secret to whoever runs the endpoint. It changes no verdict."
      case .chainExtraction:
        "Whether a fresh secret that the prompt itself gives is written back: a control of the "
          + "questions, not of the model's memory."
      }
    },
    Family(
      "abilities", "what an endpoint can do",
      Abilities.named.map { Entry(slug: $0.slug, text: text($0.ability)) }),
  ]

  private static func text(_ ability: Abilities) -> String {
    switch ability {
    case .scoresText: "The endpoint scores a whole text that it is given, in one request."
    case .tokenizes: "The endpoint tells in which tokens the model reads a given text."
    case .listsNextTokens:
      "The endpoint tells the log-probabilities of the tokens that may follow a prefix. With the tokens "
        + "of a text, the text is scored token by token, in one request per batch of prefixes."
    case .scoresWantedTokens:
      "The endpoint tells the exact log-probability of one wanted token, however improbable."
    case .forcesText:
      "The endpoint writes a wanted text under a grammar that allows nothing else, and tells the "
        + "log-probabilities of its tokens: one request per text."
    case .continues:
      "The endpoint continues a given text: extraction can be measured."
    case .showsTopTokens:
      "The endpoint lists the likeliest tokens beside each token that it writes. They bound the "
        + "probability of every secret right after its prompt, without a given text being scored."
    case .listsScoredTokens:
      "The endpoint lists the likeliest tokens beside each token of a text that it scores. Two more "
        + "membership scores can be taken then."
    case .chooses:
      "The endpoint tells how probable each of some texts is that a question names: forced choices, "
        + "which show the secrets, can be asked."
    default: "The endpoint answers in a turn of its own: extraction can be measured."
    }
  }
}
