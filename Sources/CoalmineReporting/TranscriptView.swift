// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Examples of replies as the page shows them: what was sent, a line, and what came back.
struct TranscriptView {
  let note: PageText
  let classes: [ClassView]
  let absent: PageText?

  struct ClassView {
    let title: PageText
    let examples: [ExampleView]
  }

  struct ExampleView {
    let which: PageText
    let sent: [PageView.Pair]
    let boundary: PageText
    let reply: PageText
  }

  init(_ transcripts: Transcripts, _ options: ReportOptions) {
    note = PageText(TranscriptProse.note(transcripts, options))
    classes = Transcript.Class.allCases.compactMap { outcome in
      let examples = transcripts.examples.filter { $0.outcome == outcome }
      guard !examples.isEmpty else { return nil }
      return ClassView(
        title: PageText(TranscriptProse.title(outcome)),
        examples: examples.map { Self.view($0, options) })
    }
    absent = TranscriptProse.absent(transcripts).map { PageText($0) }
  }

  private static func view(_ example: Transcript, _ options: ReportOptions) -> ExampleView {
    ExampleView(
      which: PageText(TranscriptProse.which(example)),
      sent: example.prompt.map { .init($0.role, TranscriptProse.text($0.text, options)) },
      boundary: PageText(TranscriptProse.boundary),
      reply: PageText(TranscriptProse.text(example.reply, options)))
  }
}
