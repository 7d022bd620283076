// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Examples of replies in JSON.
enum TranscriptJSON {
  static func write(
    _ transcripts: Transcripts, _ options: ReportOptions, to root: inout JSONWriter.Object
  ) throws {
    if let missing = transcripts.missing {
      try root.object("missing") { object in
        try object.field("slug", missing.slug)
        try object.field("evidence", missing.evidence)
      }
    } else {
      try root.field("missing", String?.none)
    }
    try root.field("searched_canaries", transcripts.searched)
    try root.array("examples") { list in
      for example in transcripts.examples {
        try list.object { try write(example, options, to: &$0) }
      }
    }
  }

  private static func write(
    _ example: Transcript, _ options: ReportOptions, to root: inout JSONWriter.Object
  ) throws {
    try root.field("class", example.outcome.rawValue)
    try root.field("canary", example.canary)
    try root.field("role", example.role.rawValue)
    try root.field("repetitions", example.repetitions)
    try root.field("probe", example.probe.rawValue)
    try root.field("sample", example.sample)
    try root.array("prompt") { list in
      for part in example.prompt {
        try list.object { object in
          try object.field("role", part.role)
          try write(part.text, options, to: &object)
        }
      }
    }
    try root.object("reply") { try write(example.reply, options, to: &$0) }
    try root.field("ending", example.ending.rawValue)
    try root.array("found") { list in
      for found in example.found {
        try list.object { object in
          try object.field("canary", found.canary)
          try object.field("form", found.form)
        }
      }
    }
    try root.field("counts_as_extracted", example.countsAsExtracted)
  }

  private static func write(
    _ text: TranscriptText, _ options: ReportOptions, to root: inout JSONWriter.Object
  ) throws {
    try root.field("shown", text.shown)
    if options.reveal { try root.field("clear", utf8: text.clear.reveal()) }
    try root.field("bytes", text.bytes)
  }
}
