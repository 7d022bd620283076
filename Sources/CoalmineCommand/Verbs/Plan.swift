// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine

struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a protocol: what is planted, which test decides, what it can detect.",
    discussion: """
      The file fixes the study before training. The printed lines say what a study of this size \
      can detect, and what a pass will mean.
      """)

  @Option(help: "The number of canaries in total.")
  var canaries = 120

  @Option(
    parsing: .upToNextOption,
    help: "The kinds of canaries in the study (see 'coalmine list kinds').")
  var onlyKinds: [String] = SeedVerb.standardKinds

  @Option(help: "A folder with kinds of your own.")
  var kinds: String?

  @Option(name: [.short, .long], help: "The protocol file to write; - for standard output.")
  var output: String

  @OptionGroup var existing: ForceOption

  @OptionGroup var result: OutputOptions

  func run() throws {
    Interruption.removeUnfinished()
    guard (1...100_000).contains(canaries) else {
      throw ValidationError("--canaries must be in 1…100000")
    }
    var catalogue = try Catalogue.shipped()
    if let kinds { catalogue = try catalogue.adding(directory: kinds) }
    for kind in onlyKinds { _ = try catalogue.kind(kind) }
    let plan = StudyProtocol.standard(kinds: onlyKinds, canaries: canaries)
    let outlook = Outlook(plan)
    let outputs = Outputs(
      reading: kinds.map(Catalogue.paths(ofDirectory:)) ?? [], note: Console.remark)
    try outputs.write(
      ProtocolFile.render(plan), to: output, existing: .init(force: existing.force), mode: 0o644)
    let lines =
      outlook.lines(plan) + outlook.warnings(plan).map { "warning: \($0)" }
      + ["written: \(output)"]
    try result.print(beside: output, lines) { fields in
      try fields.field("output", output)
      try fields.field("canaries", plan.canaries)
      try fields.field("inserted_at_target", outlook.insertedAtTarget)
      try fields.field("held_out", outlook.heldOut)
      try fields.field("detectable_auc", outlook.detectableAUC)
      try fields.field("reaches_planned_power", outlook.reachesPlannedPower)
      try fields.field("exposure_ceiling_bits", outlook.ceilingBits)
      try fields.field("smallest_p_value", outlook.smallestP)
      try fields.field("zero_extraction_upper_bound", outlook.zeroExtractionBound)
      try fields.field("texts_asked", outlook.questions)
      try fields.array("warnings") { list in
        for warning in outlook.warnings(plan) { try list.value(warning) }
      }
    }
  }
}
