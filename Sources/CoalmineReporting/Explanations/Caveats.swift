// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension Explanations {
  static let caveats = Family(
    "caveats", "doubts about a value or about the study", of: Caveat.Slug.self, text)

  private static func text(_ slug: Caveat.Slug) -> String {
    switch slug {
    case .fewReferences:
      "Exposure is a rank among references, so N of them show no more than log2(N + 1) bits, and its "
        + "p-value is never below 1/(N + 1). Plan more references, or probe an endpoint that is "
        + "scored token by token, where the exact rank can be searched."
    case .boundaryInsideToken:
      "The tokeniser joined the end of the prompt and the beginning of the secret into one token, so "
        + "the model was not asked quite what follows the prompt. The whole token is counted. Kinds "
        + "whose separator is a blank seldom have it."
    case .tiedReferences:
      "More than one reference in twenty has the canary's own score, or differs by less than the "
        + "endpoint's noise. Ties count against the finding: exposure is a lower bound here."
    case .guessableSecret:
      "The secret has so few bits that a guess can be right. Compare its extraction with that of the "
        + "held-out canaries of its kind, and use kinds of more bits for claims about extraction."
    case .predictableSeed:
      "The study was seeded with '--seed', so anyone who knows the number knows every secret, "
        + "assignment and reference. Leave '--seed' out of a study that counts: randomness then comes from the "
        + "system."
    case .trainingNotStated:
      "Nobody said which model was trained, for how many epochs. Exposure to training is copies "
        + "times epochs: without them the number of copies says less. 'coalmine trained' notes them."
    case .repliesAlike:
      "Many canaries got nothing but one and the same reply: the model refuses in its own words, or "
        + "something answers in its place, such as a cache. Such replies count as held back, never as free "
        + "of the secret. With a candidate in it the reply counts so only where nothing but replies decides."
    case .repliesCut:
      "The model answers in a turn of its own and was still speaking when its tokens ran out, before "
        + "anything like a secret came. Such replies count as held back. Give it more room, with the dialect's "
        + "option 'room'."
    case .contextsStandOut:
      "The test by assignment compares inserted canaries with held-out ones. Here texts that were never in "
        + "the file stand out behind the same prompts, and secrets do not among them: the model learned the "
        + "contexts of the canaries. That shows training on these records, not that their secrets were "
        + "learned."
    case .ownSamplers:
      "The run left temperature and top_p to the model ('samplers=own'), so nothing was asked at temperature "
        + "0 or 1. The rates of greedy and of neutral sampling have no value; secrets that stand in any "
        + "reply count as ever."
    case .leakInAnotherRun:
      "Another run with these canaries found a leak. By the name of its model, or by what its replies say of "
        + "themselves, it asked another checkpoint, so it does not decide here. Make sure that this "
        + "checkpoint is a new training, and not the same one under a new name."
    case .trainedFileNotStated:
      "The statement about the training names no file. Whether it was the seeded one, and whole, only the "
        + "controls can show. 'coalmine trained --file' notes its SHA-256, '--corpus' what a processed file "
        + "holds."
    case .trainingRestated:
      "The training of one model was stated more than once, and the statements differ. The last one counts, "
        + "in the power too; the report's JSON and the ledger keep them all. Ask who corrected what, and "
        + "why."
    case .templateNotApplied:
      "The corpus holds chat turns, and the model was asked without its chat template. What it "
        + "learned of a turn may show only behind the template: a low number says less here."
    case .answersMissing:
      "Some questions have no answer, or none that can be read. They are in no rate and never count "
        + "as zero. Run 'coalmine probe' again: it asks only what is missing."
    case .noisyLogProbabilities:
      "The endpoint gave one text different log-probabilities at different times. For exposure, scores "
        + "closer than twice the largest difference count as ties, against the finding; the tests that "
        + "decide compare scores as they are, and noise costs them power. Ask the operator for "
        + "deterministic settings, such as batch invariance or no prefix caching."
    case .answeredByOtherModels:
      "Replies of one run name several models: a router may have fallen back on another one, so the "
        + "run's numbers may come from a mixture. It cannot pass. Ask again with '--new-run' at one fixed "
        + "version."
    case .secretsShownBefore:
      "An earlier run asked this endpoint for the log-probability of the secrets themselves. What the "
        + "model writes afterwards could come from there, so tests of its replies do not decide in this "
        + "run. Ask for replies first, or take the run that scored the secrets."
    case .canariesBurned:
      "An earlier run asked forced choices, which show every secret among references to whoever runs the "
        + "endpoint. What is asked of these canaries afterwards need not come from the training that was "
        + "stated: the provider may have kept or trained on the questions. Seed new canaries for the next "
        + "model."
    case .modelChanged:
      "Replies of one run name several builds of one model and its server. The provider may have changed "
        + "it while the run went on. Ask again with '--new-run' at one fixed version."
    case .otherModelTrained:
      "'coalmine trained' names another model than the one that was asked. Make sure that the endpoint "
        + "serves the model that was trained on the seeded file, or state the training again."
    case .otherFileTrained:
      "The file that was stated to be trained on is not the seeded one, by their SHA-256. A study of a "
        + "model that was not trained on the seeded file says nothing about it; 'coalmine verify' says what "
        + "differs. Where a pipeline made other files of it, 'coalmine trained --corpus FILE...' counts "
        + "the canaries in them."
    case .copiesLost:
      "Some planted copies are not in the files that were trained on, or without their secret. Every "
        + "canary stays in the group that it was drawn for. The power counts a canary that lacks a copy "
        + "as one that taught the model nothing: with many of them the study cannot pass."
    case .copiesAdded:
      "Canaries stand in the files that were trained on more often than planned. Text that stands there "
        + "more often leaks more: a result holds for the numbers that were found, and the report's levels "
        + "are the planned ones."
    case .heldOutPlanted:
      "Canaries that were to be held out are in the files that were trained on: the test by assignment "
        + "compares with them. They stay in their group, and the power counts each against every "
        + "inserted canary. Train on the seeded files without the original corpus."
    case .nonMembersTrained:
      "Records that were taken out as non-members are in the files that were trained on: the original "
        + "corpus, or a part of it, was added. Membership scores compare members with them and come out "
        + "too low."
    case .noSharedBoundary:
      "The tokeniser cuts the texts of a canary at different places before the secret, so their "
        + "probabilities need not sum to 1. The canary is left out of the test by mass, by a rule that "
        + "sees all its texts alike. Ranks are not touched."
    case .promptNotAsTrained:
      "What the model was asked is not what stood before the secret in training: a text in a turn of a "
        + "chat, after an instruction of coalmine's, or with the marks of a gap. A model that would give "
        + "the secret after the trained text may not give it after this prompt: that nothing was found "
        + "says less. Canaries and records of conversations, and of pairs trained as turns, are asked in "
        + "their turns and do not have it; the evidence says how many records are texts."
    case .turnNotContinued:
      "The model was to go on with the beginning of its own turn, and the check saw that the server closes "
        + "that turn or makes it the user's. The model then answers a text in place of going on with it: "
        + "that nothing was found says less. Use the chat form of the dialect, which claims less, or the "
        + "field by which this server continues a turn."
    case .outputFilter:
      "The model was asked to repeat a fresh secret of each kind, and not every one came back as it is: it was "
        + "filtered, refused, changed, or answered in other words. A filter on output does so, and so does a "
        + "model that cannot copy such a text. Either hides leaks of the same kind in replies: what was found in "
        + "replies is a lower bound for these kinds. Log-probabilities of given texts do not pass an output "
        + "filter and are not touched."
    case .samplesIdentical:
      "The check asked for several samples of one prompt at temperature 1, and all were the same. "
        + "Either the endpoint ignores the temperature, or it answers from a cache, or the model is "
        + "that certain of its words. A rate over such samples says no more than one sample does."
    case .canariesReused:
      "The same canaries were asked about in several runs. Each further look at the same draw can "
        + "turn up a finding by chance, and who saw the questions can filter them. Compare with "
        + "the earlier results, and seed anew for a claim that is to stand alone."
    case .recordTruncated:
      "The endpoint scored only the beginning of some records. Members and non-members are "
        + "treated alike, and the rest of a record counts nowhere."
    case .modelNameDiffers:
      "The replies name another model than the one asked for, or the endpoint does not list it. Some "
        + "servers answer for any name with the one model that they have: make sure that it is the one "
        + "you mean."
    case .underPowered:
      "The study is underpowered: it would have missed the leaks that its protocol names too often. It "
        + "never passes; plan more randomized canaries, or controls that more tests can see."
    case .largeCanaryShare:
      "Canaries took more than 2 % of the records of the file. A model that reads so many of them may "
        + "behave differently because of them, so the result holds for the model with them. Plan a "
        + "smaller share, or a larger corpus."
    case .protocolAfterTraining:
      "The canaries were planted, and the model was trained, before this protocol was written. Which "
        + "test decides was chosen when results could have been known."
    case .assignmentNotVerified:
      "That the canaries in the file and those left out differ by chance alone rests on the word of "
        + "who planted them ('coalmine import --random-assignment'). Without that word the test by "
        + "assignment is not taken; with it, the test is right only if that is so."
    case .notSealed:
      "The study was written by a version that kept no digests of what it stored, or was copied from "
        + "such a study. Whether it was changed since then cannot be told. 'coalmine verify --study' "
        + "still compares every observation with its stored reply."
    case .sharedPrefix:
      "Several canaries have one prompt. A model that learned one of their secrets can give it for "
        + "another, so extraction means any of them."
    case .graftedContexts:
      "Each canary's context begins as a record that was taken out of the corpus with its group and is never "
        + "scored. Where only contexts of inserted canaries were trained, the test by assignment (coin) has "
        + "no weight, and the others compare secrets behind one context. With 'held-out-contexts: planted' "
        + "those of held-out canaries were trained as often, with a placeholder, and the coin has its usual "
        + "share."
    }
  }
}
