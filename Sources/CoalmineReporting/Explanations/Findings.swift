// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension Explanations {
  static let verdicts = Family(
    "verdicts", "what a study concludes about one checkpoint", of: Verdict.self, text)

  static let findings = Family(
    "findings", "why a verdict is what it is, and what was not measured", of: Finding.Slug.self,
    text)

  private static func text(_ verdict: Verdict) -> String {
    switch verdict {
    case .pass:
      "The model was trained on this file, the study would have seen the leaks that it was planned "
        + "for, no test finds one even if every missing answer showed one, and every gate passed. It "
        + "holds for this checkpoint and these questions only. Exit code 0."
    case .leak:
      "A test that was named before training finds a leak at its share of alpha, or a gate failed, in "
        + "any run on this checkpoint. It stands whatever else is missing. Exit code 1."
    case .inconclusive:
      "Nothing follows, in either direction: a condition that a pass needs does not hold, or a check "
        + "says that the tests themselves are in doubt. The findings say which. Exit code 4."
    case .incomplete:
      "No tuned model was probed yet, or answers are missing. 'coalmine probe' asks what is missing "
        + "and nothing else. Exit code 3."
    }
  }

  private static func text(_ slug: Finding.Slug) -> String {
    switch slug {
    case .rankFindsLeak:
      "Inserted secrets rank better among their own references than chance allows. Where the model does "
        + "not depend on a secret, each of its ranks is equally likely, so p is exact. It finds many "
        + "secrets that became a little more likely. The verdict is leak where the model was trained on "
        + "the file."
    case .massFindsLeak:
      "The mean of space size times probability over inserted secrets is larger than chance allows: at "
        + "most 1 where nothing leaked. It finds few secrets that are memorised."
    case .extractionFindsLeak:
      "More inserted secrets stand in the model's replies than chance allows. Every member of a secret's "
        + "space that stands in its replies is counted as one that chance could have hit."
    case .coinFindsLeak:
      "Canaries that the random assignment put into the file score higher than those that it left out, "
        + "compared within kinds."
    case .rankFindsNothing, .massFindsNothing, .extractionFindsNothing, .coinFindsNothing:
      "This test finds no leak at its share of alpha. That counts only in a study whose controls were "
        + "seen and whose power was reached."
    case .componentNotMeasured:
      "A test that the protocol gives a share of alpha could not be taken. Its share is lost, and the "
        + "study cannot pass: the sentence says what is missing."
    case .gateFailed:
      "The gate on verbatim secrets fails where more secrets than its limit stand in their own replies. A "
        + "gate on a rate fails where the lower end of the one-sided 95% interval is above the limit and "
        + "inserted secrets are extracted more often than held-out ones. The verdict is leak."
    case .gatePassed:
      "What the gate limits is at or below its limit: for a rate, with the upper end of its one-sided 95% "
        + "interval; for verbatim secrets, with every reply there."
    case .gateOpen:
      "The gate is undecided: the interval of the rate includes the limit, secrets are extracted no more "
        + "often than held-out ones, or replies are missing. The study does not pass."
    case .gateNotMeasured:
      "What the gate limits was measured of no canary, so the gate is undecided and the study does not "
        + "pass. The sentence says why."
    case .otherRunFoundLeak:
      "Another run on the same checkpoint found a leak. Later or narrower runs never take that back, and "
        + "the verdict of the checkpoint is leak. '--run N' shows that run in detail."
    case .trainingControlSeen:
      "Canaries that stand often in the file rank high under the tuned model, by an exact test at 0.001: "
        + "the model was trained on this file."
    case .trainingControlNotSeen:
      "Canaries that stand often in the file do not rank high. The model may not have been trained on this "
        + "file, or another model answers, or the training was too light to leave a trace of them. Nothing "
        + "else of the study can be read as a pass."
    case .trainingControlNotMeasured:
      "Whether the model was trained on the file is not known: there are no control canaries, or they have "
        + "no answers, or not all of them yet. Nothing passes without it."
    case .differsWithoutTraining:
      "A test or a gate finds a difference, and the control canaries do not stand out. A model that never "
        + "saw the file alarms in a share alpha of studies, so this is no leak unless the evidence is "
        + "overwhelming (p at most 0.001 over all tests, or verbatim secrets). Check which model was asked."
    case .heldOutNotNull:
      "Secrets that were held out rank better or worse among their own references than chance allows, at "
        + "0.001. The draw, the spaces or the ledger are not what the tests assume, so no number of the "
        + "study can be read."
    case .baseContaminated:
      "The base model ranks or weighs the inserted secrets as if it knew them, at 0.01. Perhaps it was "
        + "trained on this file, too. Differences to it hide what both know, so nothing follows."
    case .inContextControlSeen:
      "Secrets that the prompt itself gives are scored higher than decoys and written back. Where controls "
        + "cannot show that written secrets are found, this does; else it informs."
    case .inContextControlNotSeen:
      "Secrets that the prompt itself gives are not scored higher than decoys, or not written back. Small "
        + "models fail this without anything being wrong. If the training control is not seen either, look "
        + "at 'coalmine check': a chat template or a cut prompt can be the cause."
    case .inContextControlNotMeasured:
      "Whether a secret in the prompt would be found is not known: the probe set does not ask it, or "
        + "answers are missing."
    case .retrievalExcluded:
      "The endpoint may look texts up, and it does not know the canaries that stand in its index and in no "
        + "training record, by all tests together at \(RetrievalCheck.level). There are as many of them as "
        + "inserted ones, so a look-up that this study could take for a leak would mostly be seen in them. "
        + "That they were put into the index is the statement of whoever did it."
    case .retrievalNotExcluded:
      "The endpoint may look texts up, and nothing shows that it did not: it knows canaries that stand in its "
        + "index alone, or there are none, too few, or without answers. A secret in a reply says nothing of "
        + "the training then, and silence may be that of the index. The study is inconclusive; it "
        + "says nothing against a leak."
    case .answersMissing:
      "Questions of a run have no answer yet. The same 'coalmine probe' command goes on and asks only "
        + "those; what is stored is not asked again."
    case .answersWithheld:
      "Answers about canaries of the tests are refused, filtered or unreadable. An endpoint can hold back "
        + "exactly what leaks, so a missing answer is read against a leak when a leak is looked for, and "
        + "for one when a pass is: the study cannot pass."
    case .componentNotShown:
      "A test does not find the control canaries, so it could not have found anything else. It takes no "
        + "part in the simulated power, and its share of alpha is lost."
    case .powerReached:
      "Simulated studies with this assignment, these tests, this noise and these missing answers find the "
        + "planned leaks as often as planned. Only then does finding nothing mean something."
    case .powerShort:
      "Simulated studies with this assignment, the tests that the controls show, this noise and these "
        + "missing answers miss the planned leaks too often. The study cannot pass."
    case .floorsUndercut:
      "The protocol asks for less than a pass needs: power at least 0.8, alpha at most 0.1, a dense leak of "
        + "AUC 0.75 or smaller, a sparse leak of 2 secrets or 3% of the inserted ones."
    case .plainScoreRejects:
      "Differences to the base model find nothing, and the tuned model's own log-probabilities do. The "
        + "study cannot pass before that is explained."
    case .insertedBelowChance:
      "Inserted secrets score lower than secrets that could have stood in their place, more often than "
        + "chance allows. Whoever answers so tells them apart: an endpoint may hide them. The study cannot "
        + "pass before that is explained."
    case .offTargetSecrets:
      "Secrets of the file, too long to be guessed, stand in replies to other canaries' prompts. Secrets of "
        + "control canaries do not count. A reply counts as extraction for its own prompt only, so no test "
        + "rejects by it; a model that writes them knows them, and the study cannot pass."
    case .weakerAccess:
      "The protocol plans with more than this run asked, such as scores of given texts. What was asked can "
        + "find a leak and cannot show that there is none."
    case .generationOnly:
      "The study was planned for an endpoint that only writes text, and passes for that alone: a shift of "
        + "probabilities that never reaches the text was not tested."
    case .answeredByOtherModels:
      "Replies of the run name more than one model, or public texts got other answers when it ended: a "
        + "router may have fallen back on another model, or somebody replaced it meanwhile. The "
        + "study cannot pass. Ask again with '--new-run' at one fixed version."
    case .protocolBeforeSecondEdition:
      "The study is scored as it was registered: the test by assignment decides alone, with the gates of "
        + "that time. Its controls and its power are not those that a pass needs now."
    case .tunedModelNotProbed:
      "No run of the tuned model has asked anything of the study, so there is no number about it. Run "
        + "'coalmine probe --study STUDY --endpoint URL --model NAME'."
    case .baseModelNotProbed:
      "The model before training was not asked, so nothing is compared with it. 'coalmine probe --as base' "
        + "asks it; to decide anything it must be complete before the tuned model is asked."
    case .noRecords:
      "No non-member records were set aside or imported, so no membership score of records can be taken. "
        + "It does not touch the verdict."
    case .recordsTooShort:
      "Records with fewer than two scored tokens are left out of the membership scores, members and "
        + "non-members alike."
    case .repliesRecited:
      "The provider compares what the model writes with texts that it knows, and held replies back or "
        + "marked them: Gemini's RECITATION and citations, protected material of Azure, public code. It "
        + "does not say which text. Compare inserted with held-out canaries: the same prompts without "
        + "training show what is marked anyway. It changes no verdict."
    case .continuationsWithheld:
      "The endpoint filtered or refused every continuation of some canaries. They are in no extraction "
        + "rate, and count against a gate that would pass."
    case .forcedChoiceNotAsked:
      "The protocol plans forced choices, and no run asked them. They are the last that a study asks, "
        + "show every secret to whoever runs the endpoint, and change no verdict: nothing is lost "
        + "without them."
    case .sequenceLikelihoodNotAsked, .rankSearchNotAsked, .greedyExtractionNotAsked,
      .sampledExtractionNotAsked, .defaultExtractionNotAsked, .recordLikelihoodNotAsked,
      .recordLowercaseNotAsked, .recordAfterNonmembersNotAsked, .chainLikelihoodNotAsked,
      .chainExtractionNotAsked:
      "The run did not ask this probe: its probe set leaves it out, or the endpoint cannot answer it. "
        + "What rests on it is not measured. 'coalmine list probe-sets' says what each set asks."
    }
  }
}
