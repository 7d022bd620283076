// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints

/// What programs may answer to the dialect 'command', as docs/wire-formats.md says it.
extension HandMadeCase {
  static let commands: [HandMadeCase] = [
    text(
      "command", "one text in the answer itself",
      #"{"id":1,"text":" 941294.","finish_reason":"stop"}"#, " 941294.", .stop),
    text(
      "command", "a list of one text, cut off",
      #"{"id":1,"texts":[{"text":" 94","finish_reason":"length"}]}"#, " 94", .length),
    text(
      "command", "a refusal", #"{"id":1,"text":"I cannot","finish_reason":"refusal"}"#, "I cannot",
      .refused),
    text(
      "command", "a filter", #"{"id":1,"text":"","finish_reason":"content_filter"}"#, "", .filtered),
    text(
      "command", "a text that the provider knows",
      #"{"id":1,"text":"","finish_reason":"recitation"}"#, "", .recitation),
    text(
      "command", "a text that is marked as public code",
      #"{"id":1,"text":" 941294","finish_reason":"citation"}"#, " 941294", .cited),
    HandMadeCase(
      dialect: "command", what: "the program gave a text up",
      body: #"{"id":1,"text":" 9","finish_reason":"error"}"#, expected: .retry("unfinished")),
    HandMadeCase(
      dialect: "command", what: "more texts than asked",
      body: #"{"id":1,"texts":[{"text":"a"},{"text":"b"}]}"#,
      expected: .stop("unexpected-reply", "2 of 1 texts")),
    HandMadeCase(
      dialect: "command", what: "neither text nor texts", body: #"{"id":1}"#,
      expected: .stop("unexpected-reply", "neither 'texts' nor 'text'")),
    HandMadeCase(
      dialect: "command", what: "a program without log-probabilities", body: #"{"id":1}"#,
      target: " 941", expected: .stop("unexpected-reply", "no log-probabilities came back")),
    HandMadeCase(
      dialect: "command", what: "tokens that spell another text",
      body: #"{"id":1,"logprobs":{"tokens":["The code"," 941"],"token_logprobs":[null,-1]}}"#,
      target: " 941", expected: .stop("unexpected-reply", "do not spell the prompt")),
    HandMadeCase(
      dialect: "command", what: "tokens and their log-probabilities, and one that was written",
      body: #"{"id":1,"logprobs":{"tokens":["The access code of Olga Conway is"," 94","1","."],"#
        + #""token_logprobs":[null,-2.25,-0.125,-3]}}"#, target: " 941",
      expected: .scores([[-2.25, -0.125]])),
    HandMadeCase(
      dialect: "command", what: "tokens by their bytes",
      body: #"{"id":1,"logprobs":{"content":[{"token":"The access code of Olga Conway is","#
        + #""logprob":null},{"token":"x","bytes":[32,57,52],"logprob":-1.5},"#
        + #"{"token":"1","logprob":-0.5}]}}"#, target: " 941", expected: .scores([[-1.5, -0.5]])),
    HandMadeCase(
      dialect: "command,form=prefilled", what: "a template stands before the text",
      body: #"{"id":1,"logprobs":{"tokens":["<|im_start|>","The access code of Olga Conway is","#
        + #"" 941"],"token_logprobs":[null,-9,-0.75]}}"#, target: " 941",
      expected: .scores([[-0.75]])),
    HandMadeCase(
      dialect: "command,form=prefilled", what: "the turn was closed",
      body: #"{"id":1,"logprobs":{"tokens":["The access code of Olga Conway is 941","<|im_end|>"],"#
        + #""token_logprobs":[-9,-0.75]}}"#, target: " 941",
      expected: .stop("unexpected-reply", "closed the turn")),
  ]
}
