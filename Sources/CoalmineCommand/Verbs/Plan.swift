// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a protocol: what is planted, which tests decide, what they can detect.",
    discussion: """
      The file fixes the study before training. The printed lines say what a study of this size \
      can detect, and what a pass will mean. With a corpus the study takes at most the stated share \
      of its records. Without one the whole study is planned, and the records that it needs are \
      printed. The same options give the same protocol.
      """)

  @Argument(
    help:
      "The corpus to plan for, files or a folder; it is only read. Without it, any size is assumed."
  )
  var corpus: [String] = []

  @Option(help: "The largest share of canaries in the records, up to 0.1. Default: 0.02.")
  var share: Double?

  @Option(help: "The largest number of canaries in total, held-out ones included.")
  var canaries = 120

  @Option(
    parsing: .upToNextOption,
    help: """
      The kinds of canaries in the study, with blanks or commas (see 'coalmine list kinds'). Default: \
      \(SeedVerb.standardKinds.joined(separator: ", ")); of source code those of code; for lists of \
      tokens \(PlannedEndpoint.listedKinds.joined(separator: ", ")).
      """)
  var onlyKinds: [String] = []

  @Option(help: "A folder with kinds of your own.")
  var kinds: String?

  @OptionGroup var planned: PlannedDialectOption

  @Option(
    help: """
      What the endpoint will give: text-scoring, top-tokens or text-only. Default: what the dialect \
      of --for can carry, else text-scoring.
      """)
  var access: PlannedAccess?

  @Option(help: "What is compared: tuned-minus-base or secret-logprob.")
  var score = StudyProtocol.Decision.Score.tunedMinusBase

  @Option(help: "How often each randomized canary is written in the corpus.")
  var repetitions = 1

  @Option(help: "The rate of false alarms, up to 0.1.")
  var alpha = 0.05

  @Option(help: "The noise to plan for: the standard deviation of a repeated score, in nats.")
  var noise = 0.05

  @Option(help: "The share of missing answers to plan for.")
  var missing = 0.0

  @Flag(
    help: """
      The endpoint may look texts up when it answers: plan canaries for its index too, beside the number \
      of --canaries.
      """)
  var retrieval = false

  @Option(
    help: ArgumentHelp(
      "Plan forced choices for a last run: each shows so many texts, a secret and references, to whoever "
        + "runs the endpoint.", valueName: "number"))
  var forcedChoice = 0

  @Flag(
    help: """
      Write another remark after the secret in each copy of a canary, so that deduplication keeps \
      its repetitions. What is asked stays the same.
      """)
  var varyCopies = false

  @Option(
    help: """
      How your trainer puts prompts and completions that are texts to the model: text, as one text, or \
      turns, as a user's turn and the model's answer. Default: turns if the dialect of --for talks in \
      turns, else text.
      """)
  var pairs: StudyProtocol.Pairs?

  @Option(
    help: """
      What stands before the secrets: sentences, or grafted: the beginning of a record before each, \
      with the secret in a sentence, in the answer to a question, as a JSON value or in code. Those records are taken out of the corpus, and the coin gets no weight, unless \
      --held-out-contexts says 'planted'.
      """)
  var contexts = StudyProtocol.Contexts.sentences

  @Option(
    help: """
      With --contexts grafted, what the corpus holds of held-out canaries: absent, nothing, or planted: their \
      contexts with a placeholder for the secret. Then the coin has its usual weight.
      """)
  var heldOutContexts = StudyProtocol.HeldOutContexts.absent

  @Flag(
    inversion: .prefixedNo,
    help: "Ask the base model about the references too. Default: if the score uses the base model.")
  var baseReferences: Bool?

  @Option(name: [.short, .long], help: "The protocol file to write; - for standard output.")
  var output: String

  @OptionGroup var existing: ForceOption

  @OptionGroup var reading: FieldOptions

  @OptionGroup var result: OutputOptions

  func run() throws {
    Interruption.removeUnfinished()
    var catalogue = try Catalogue.shipped()
    if let kinds { catalogue = try catalogue.adding(directory: kinds) }
    let endpoint = try planned.endpoint()
    let format = try reading.corpusFormat()
    let files = try CorpusPaths.files(corpus, format: corpus.isEmpty ? nil : format)
    let names =
      onlyKinds.isEmpty
      ? try SeedVerb.kinds(for: files, format: files.isEmpty ? nil : format, endpoint, catalogue)
      : onlyKinds.flatMap { $0.split(separator: ",").map(String.init) }
    var request = PlanRequest(
      kinds: try names.map { name throws(CoalmineError) in try catalogue.kind(name).template })
    request.access = access ?? endpoint?.access ?? .textScoring
    try fill(&request, files, format)
    request.pairs = pairs ?? endpoint?.pairs(of: request.corpus?.shape) ?? .text
    let outputs = Outputs(
      reading: files + (kinds.map(Catalogue.paths(ofDirectory:)) ?? []),
      note: Console.remark)
    // Before the simulations, which take seconds: a name that is refused is refused at once.
    let file = try outputs.open(output, existing: .init(force: existing.force), mode: 0o644)
    let plan = try StudyPlanner(request).plan()
    let outlook = try Outlook(
      plan, kinds: request.kinds, corpus: request.corpus, endpoint: endpoint)
    try file.write(ProtocolFile.render(plan))
    try file.commit()
    let lines =
      outlook.lines + outlook.warnings.map { "warning: \($0)" } + ["written: \(output)"]
    try result.print(beside: output, lines) { try fields(outlook, of: &$0) }
  }

  private func fill(
    _ request: inout PlanRequest, _ files: [String], _ format: CorpusFormat?
  ) throws {
    guard (1...100_000).contains(canaries) else {
      throw ValidationError("--canaries must be in 1…100000")
    }
    guard alpha > 0, alpha <= StudyProtocol.Decision.Floor.alpha else {
      throw ValidationError("--alpha must be above 0 and at most 0.1: above it no study can pass")
    }
    guard noise >= 0, noise <= 10 else { throw ValidationError("--noise must be in 0…10 nats") }
    guard missing >= 0, missing < 1 else {
      throw ValidationError("--missing must be at least 0 and below 1")
    }
    guard (1...1_000).contains(repetitions) else {
      throw ValidationError("--repetitions must be in 1…1000")
    }
    guard StudyProtocol.Decision.Score.named.contains(score) else {
      throw ValidationError("--score is 'tuned-minus-base' or 'secret-logprob'")
    }
    request.canaries = canaries
    request.score = score
    request.alpha = alpha
    request.noise = noise
    request.missingShare = missing
    request.baseReferences = baseReferences
    request.repetitions = repetitions
    request.retrievalIsPossible = retrieval
    guard forcedChoice == 0 || ForcedChoice.texts.contains(forcedChoice) else {
      throw ValidationError("--forced-choice must be in 2…255, or 0 for none")
    }
    request.forcedChoice = forcedChoice
    request.copies = varyCopies ? .varied : .alike
    guard heldOutContexts == .absent || contexts == .grafted else {
      throw ValidationError("--held-out-contexts planted needs --contexts grafted")
    }
    request.contexts = contexts
    request.heldOutContexts = heldOutContexts
    let fields = try reading.fields()
    let separator = try reading.separatorBytes()
    guard !files.isEmpty else {
      guard share == nil, fields == nil, format == nil else {
        throw ValidationError("--share, --format and the options for fields need a corpus")
      }
      return
    }
    if let share { request.share = try ShareOption.checked(share) }
    request.corpus = try Progress.during {
      try CorpusSize(
        paths: files, format: format, fields: fields, separator: separator, progress: $0.report)
    }
  }

  private func fields(_ outlook: Outlook, of fields: inout JSONWriter.Object) throws {
    let plan = outlook.study
    try fields.field("output", output)
    try fields.field("endpoint", outlook.endpoint?.dialect)
    try fields.field("access", plan.decision.access.rawValue)
    try fields.field("canaries", plan.canaries)
    try fields.field("randomized", plan.randomized)
    try fields.field("inserted_at_target", outlook.insertedAtTarget)
    try fields.field("inserted_at_least", outlook.insertedAtLeast)
    try fields.field("held_out", outlook.heldOut)
    try fields.field("index_only", plan.retrieval.indexOnly)
    try fields.field("forced_choice", plan.forcedChoice)
    try fields.field("copies_are", plan.copies.rawValue)
    try fields.field("pairs", plan.pairs.rawValue)
    try fields.field("contexts", plan.contexts.rawValue)
    try fields.field("held_out_contexts", plan.heldOutContexts.rawValue)
    try fields.field("controls", plan.controls.canaries)
    try fields.field("control_repetitions", plan.controls.repetitions)
    try fields.field("copies_at_most", outlook.copies)
    try fields.field("corpus_records", outlook.corpus?.records)
    try fields.field("share_of_records", outlook.share)
    try fields.field("share_of_bytes", outlook.shareOfBytes)
    try fields.field("records_for_share_0_02", outlook.recordsForUsualShare)
    try fields.field("detectable_auc", outlook.detectableAUC)
    try fields.field("detectable_secrets", outlook.detectableSecrets)
    try fields.field("dense_power", outlook.densePower)
    try fields.field("sparse_power", outlook.sparsePower)
    try fields.field("can_pass", outlook.canPass)
    try fields.field("false_alarm_rate", outlook.falseAlarms)
    try fields.field("false_alarm_rate_all_runs", outlook.falseAlarmsOverRuns)
    try fields.field("exposure_ceiling_bits", outlook.ceilingBits)
    try fields.field("smallest_p_value", outlook.smallestP)
    try fields.field("zero_extraction_upper_bound", outlook.zeroExtractionBound)
    try fields.field("detectable_epsilon_of_4", outlook.detectableEpsilon)
    try fields.field("texts_asked", outlook.tunedQuestions)
    try fields.field("base_texts_asked", outlook.baseQuestions)
    try fields.field("base_references", plan.baseReferences)
    try fields.array("warnings") { list in
      for warning in outlook.warnings { try list.value(warning) }
    }
  }
}

/// The share that `plan` and `seed` take.
enum ShareOption {
  /// - Throws: `ValidationError` outside 0…0.1.
  static func checked(_ share: Double) throws -> Double {
    guard share > 0, share <= PlanRequest.largestShare else {
      throw ValidationError("--share must be above 0 and at most 0.1")
    }
    return share
  }
}

extension PlannedAccess: ExpressibleByArgument {}

extension StudyProtocol.Pairs: ExpressibleByArgument {}
extension StudyProtocol.Contexts: ExpressibleByArgument {}
extension StudyProtocol.HeldOutContexts: ExpressibleByArgument {}

extension StudyProtocol.Decision.Score: ExpressibleByArgument {
  /// Studies of earlier versions have one more, which no new protocol names.
  public static var allValueStrings: [String] { named.map(\.rawValue) }
}
