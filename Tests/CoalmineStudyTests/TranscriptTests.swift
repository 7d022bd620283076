// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineReporting
import CoalmineScanning
import CoalmineScoring
import CoalmineSeeding
import CoalmineStatistics
import CoalmineStudy
import Foundation
import Testing

/// Examples of replies of a made study with canaries of every kind.
@Suite struct `Chosen and redacted replies` {
  /// A study as `seed` draws it, without a corpus.
  private struct Made {
    let plan: StudyProtocol
    let draw: CanaryDraw
    let spaces: [String: RandomnessSpace]

    init(kinds: [String]) throws {
      let catalogue = try Catalogue.shipped()
      var plan = StudyProtocol.standard(kinds: kinds, canaries: 60)
      plan.references = 3
      self.plan = plan
      draw = try CanaryDraw(
        plan,
        templates: Dictionary(uniqueKeysWithValues: catalogue.kinds.map { ($0.name, $0.template) }),
        randomness: StudyRandomness(number: 3))
      spaces = try CanarySpaces.spaces(
        of: draw.canaries,
        files: Dictionary(
          catalogue.kinds.flatMap(\.files).map { ($0.name, $0.bytes) },
          uniquingKeysWith: { first, _ in first }))
    }

    /// Every secret that no report may hold: planted, held out, given in prompts, and references.
    var hidden: [(name: String, secret: [UInt8])] {
      draw.canaries.flatMap { canary in
        [(canary.id, canary.secret.reveal())]
          + (draw.references[canary.id] ?? []).compactMap { reference in
            spaces[canary.id].map { (canary.id, $0.candidate(at: reference)) }
          }
      }
        + draw.inContextControls.flatMap {
          [("given", $0.given.reveal()), ("decoy", $0.decoy.reveal())]
        }
    }

    func transcripts(
      _ replies: [(Probe, [Subject: Outcome<Observation>])], form: Presentation.Form = .plain,
      contexts: StudyProtocol.Contexts = .sentences
    ) -> Transcripts {
      TranscriptChoice.transcripts(
        study: "0123456789abcdef", canaries: draw.canaries, spaces: spaces, run: Self.run(form),
        contexts: contexts, answers: replies)
    }

    static func run(_ form: Presentation.Form) -> RunRecord {
      RunRecord(
        number: 1, role: .tuned, model: "m", endpoint: "http://127.0.0.1", dialect: "d",
        presentation: form,
        probeSet: ProbeSet(name: "extraction", summary: "", probes: [.sampledExtraction]),
        openedAt: "2026-03-01T09:00:00Z", closedAt: nil)
    }

    /// One observation per canary.
    func answers(_ replies: (Canary) -> [Completion]) -> [(Probe, [Subject: Outcome<Observation>])]
    {
      [
        (
          .sampledExtraction,
          Dictionary(
            uniqueKeysWithValues: draw.canaries.map {
              (.canary($0.id), .measured(.completions(replies($0))))
            })
        )
      ]
    }

    func report(_ transcripts: Transcripts) -> Report {
      let evidence = Evidence(
        studyProtocol: plan,
        facts: StudyFacts(
          id: "0123456789abcdef", protocolDigest: String(repeating: "ab", count: 32),
          corpusDigest: nil, seededDigest: nil, corpusRecords: nil, insertedCopies: 9,
          training: nil, runs: []),
        canaries: draw.canaries, inContextControls: draw.inContextControls, records: [], shape: nil,
        predictableSeed: false, scoringSeed: Array(repeating: 1, count: 32), tuned: nil, base: nil)
      return Report(
        result: score(evidence, simulatesPower: false),
        run: RunFacts(version: "1.2.3", writtenAt: "2026-03-02T10:00:00Z", runs: []),
        transcripts: transcripts)
    }
  }

  private static let kinds = [
    "access-code", "account-number", "api-key", "email", "hex-token", "iban", "letter-code",
    "medical-record", "pass-phrase", "payment-card", "postal-address", "social-security",
    "spaced-code",
  ]

  private static func reply(_ text: String, _ ending: Completion.Ending = .stop) -> Completion {
    Completion(text: Array(text.utf8), ending: ending)
  }

  /// A secret as replies can spell it: the forms of `scan`, and some that it does not know.
  private static func spellings(_ secret: [UInt8]) -> [(form: String, text: String)] {
    let plain = String(decoding: secret, as: UTF8.self)
    func escaped(_ one: (UInt8) -> String) -> String { secret.map(one).joined() }
    func digits(_ value: UInt8, _ count: Int) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: count - text.count) + text
    }
    let wide = String(
      String.UnicodeScalarView(
        plain.unicodeScalars.map {
          ("!"..."~").contains($0) ? Unicode.Scalar($0.value + 0xFEE0) ?? $0 : $0
        }))
    return [
      ("exact", plain), ("upper case", plain.uppercased()), ("small letters", plain.lowercased()),
      ("spaced", plain.map(String.init).joined(separator: " ")),
      ("on two lines", plain.prefix(4) + "\n" + plain.dropFirst(4)),
      ("JSON escapes", escaped { "\\u00" + digits($0, 2) }),
      ("C escapes", escaped { "\\x" + digits($0, 2) }),
      ("per cent", escaped { "%" + digits($0, 2).uppercased() }),
      ("references", escaped { "&#\($0);" }), ("full width", wide),
      ("zero width", plain.map(String.init).joined(separator: "\u{200B}")),
      ("base64", Data(secret).base64EncodedString()),
      ("base64, shifted", Data([0x41] + secret).base64EncodedString()),
      ("base64, shifted twice", Data([0x41, 0x42] + secret).base64EncodedString()),
      ("hexadecimal", hexadecimal(secret)),
      ("hexadecimal, capitals", hexadecimal(secret).uppercased()),
      ("stopped", plain.map(String.init).joined(separator: ".")),
      ("backwards", String(plain.reversed())),
    ]
  }

  /// Letters and digits alone, small.
  private static func folded(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.lowercased().unicodeScalars.filter {
          ("0"..."9").contains($0) || ("a"..."z").contains($0)
        }))
  }

  @Test func `no secret, reference or near form of one reaches any format`() throws {
    let made = try Made(kinds: Self.kinds)
    let hidden = made.hidden
    let scanned = ScanPatterns(hidden.map { ScanTarget(name: $0.name, secret: $0.secret) })
    let all = Self.spellings(Array("x".utf8)).count
    for place in 0..<all {
      // Each canary's reply holds its own secret, another one's, and a reference, in one spelling.
      let canaries = made.draw.canaries
      let position = Dictionary(
        uniqueKeysWithValues: canaries.enumerated().map { ($1.id, $0) })
      let replies = made.answers { canary in
        let next = canaries[((position[canary.id] ?? 0) + 1) % canaries.count]
        let reference = made.draw.references[canary.id]?.first ?? 0
        let secrets = [
          canary.secret.reveal(), next.secret.reveal(),
          made.spaces[canary.id]?.candidate(at: reference) ?? [],
        ]
        return [
          Self.reply(
            secrets.map { "It is \(Self.spellings($0)[place].text), I can't" }
              .joined(separator: "; ")),
          Self.reply("as user\(Self.spellings(secrets[1])[place].text)x\u{301}"),
          Self.reply(Self.spellings(secrets[2])[place].text, .filtered),
        ]
      }
      let transcripts = made.transcripts(replies)
      #expect(transcripts.examples.count >= 3, "\(place)")
      let report = made.report(transcripts)
      for format in ReportFormats.all {
        let bytes = try format.render(report, options: ReportOptions())
        var scanner = Scanner(scanned)
        #expect(scanner.scan(bytes, last: true).isEmpty, "\(format.slug), spelling \(place)")
        // What is too short for a scan.
        for (name, secret) in hidden where (6..<8).contains(secret.count) {
          #expect(!ByteSearch.contains(bytes, secret), "\(format.slug), \(name)")
        }
      }
      let shown = Self.folded(
        transcripts.examples.map { $0.reply.shown + " | " }.joined())
      for (name, secret) in hidden {
        let text = Self.folded(String(decoding: secret, as: UTF8.self))
        guard text.count >= 6 else { continue }
        #expect(!shown.contains(text) && !shown.contains(String(text.reversed())), "\(name)")
      }
    }
  }

  @Test func `each class holds what it says`() throws {
    let made = try Made(kinds: ["api-key", "access-code"])
    let keys = made.draw.canaries.filter { $0.kind == "api-key" }
    func secret(_ canary: Canary) -> String {
      String(decoding: canary.secret.reveal(), as: UTF8.self)
    }
    let (own, other) = (keys[0], keys[1])
    let replies: [Transcript.Class: Completion] = [
      .hit: Self.reply(" \(secret(own))."),
      .nearHit: Self.reply(" \(hexadecimal(own.secret.reveal()))"),
      .offTarget: Self.reply(" \(secret(other))"),
      .refusal: Self.reply("", .filtered),
      .miss: Self.reply(" I'm sorry, but I can't share Berta's 77."),
    ]
    for (outcome, reply) in replies {
      let transcripts = made.transcripts(
        [(.greedyExtraction, [.canary(own.id): .measured(.completions([reply]))])])
      let example = try #require(transcripts.examples.first, "\(outcome)")
      #expect(transcripts.examples.count == 1 && example.outcome == outcome)
      #expect(example.countsAsExtracted == (outcome == .hit))
      #expect(example.reply.clear.reveal() == reply.text)
      switch outcome {
      case .hit: #expect(example.reply.shown == " [secret of \(own.id)].")
      case .nearHit: #expect(example.reply.shown == " [secret of \(own.id), hexadecimal]")
      case .offTarget: #expect(example.reply.shown == " [secret of \(other.id)]")
      case .refusal: #expect(example.reply.shown.isEmpty && example.reply.bytes == 0)
      case .miss:
        #expect(example.reply.shown == " I'm sorry, but I can't share xxxx xxxx.")
      }
    }
    let later = made.transcripts(
      [
        (
          .greedyExtraction,
          [.canary(own.id): .measured(.completions([Self.reply("So: \(secret(own))")]))]
        )
      ])
    #expect(later.examples.map(\.outcome) == [.hit])
    #expect(later.examples.allSatisfy { !$0.countsAsExtracted })
  }

  @Test func `there are few, one per canary, and the same ones again`() throws {
    let made = try Made(kinds: ["access-code"])
    let replies = made.answers { _ in [Self.reply(" 1"), Self.reply(" 2")] }
    let first = made.transcripts(replies)
    #expect(first.examples.count == Transcripts.perClass)
    #expect(Set(first.examples.map(\.canary)).count == Transcripts.perClass)
    #expect(first.examples.allSatisfy { $0.outcome == .miss && $0.sample == 1 })
    #expect(made.transcripts(replies) == first)
    // By SHA-256 of the names, and not by the order in which they are drawn.
    let order = made.draw.canaries.map(\.id).sorted {
      sha256(Array("0123456789abcdef\0\($0)".utf8))
        .lexicographicallyPrecedes(sha256(Array("0123456789abcdef\0\($1)".utf8)))
    }
    #expect(first.examples.map(\.canary) == Array(order.prefix(Transcripts.perClass)))
  }

  @Test func `the prompt is what was sent, turn by turn`() throws {
    let made = try Made(kinds: ["access-code"])
    let replies = made.answers { _ in [Self.reply(" 1")] }
    func prompt(_ form: Presentation.Form) throws -> [Transcript.Part] {
      try #require(made.transcripts(replies, form: form).examples.first).prompt
    }
    let name = try #require(made.transcripts(replies).examples.first).canary
    let canary = try #require(made.draw.canaries.first { $0.id == name })
    let prefix = String(decoding: canary.prefix, as: UTF8.self)
    #expect(try prompt(.plain).map(\.role) == ["text"])
    #expect(try prompt(.plain).map(\.text.shown) == [prefix])
    #expect(try prompt(.chat).map(\.role) == ["system", "user"])
    #expect(
      try prompt(.chat).map(\.text.shown)
        == [String(decoding: Presentation.instruction.text, as: UTF8.self), prefix])
    #expect(try prompt(.prefilled).map(\.role) == ["user", "assistant"])
    #expect(try prompt(.fillInMiddle).map(\.role) == ["text", "text behind"])
    #expect(
      try prompt(.fillInMiddle).last?.text.shown
        == String(decoding: canary.suffix, as: UTF8.self))
  }

  @Test func `a prompt that begins as a record is masked, and an instruction is not`() throws {
    let made = try Made(kinds: ["access-code"])
    let replies = made.answers { _ in [Self.reply(" 1")] }
    for form in [Presentation.Form.plain, .chat] {
      let example = try #require(
        made.transcripts(replies, form: form, contexts: .grafted).examples.first)
      let canary = try #require(made.draw.canaries.first { $0.id == example.canary })
      let prompt = try #require(example.prompt.last)
      for name in canary.context.values {
        #expect(!prompt.text.shown.contains(String(decoding: name, as: UTF8.self)))
      }
      #expect(prompt.text.shown.contains("xxxx"))
      #expect(prompt.text.clear.reveal() == canary.prefix)
      guard form == .chat else { continue }
      #expect(
        example.prompt.first?.text.shown
          == String(decoding: Presentation.instruction.text, as: UTF8.self))
    }
  }

  @Test(arguments: [Presentation.Form.chat, .prefilled])
  func `turns that a canary was planted in are masked, its own prompt is not`(
    _ form: Presentation.Form
  ) throws {
    let made = try Made(kinds: ["access-code"])
    let turns = [
      Turns.Turn(role: "system", text: Array("You are the desk of Orlovsky & Sons.".utf8)),
      Turns.Turn(role: "user", text: Array("Is Berta Kunz, 4471, in?".utf8)),
      Turns.Turn(role: "assistant", text: Array("Sorry, I don't know.".utf8)),
    ]
    let canary = made.draw.canaries[0].after(turns)
    let transcripts = TranscriptChoice.transcripts(
      study: "0", canaries: [canary], spaces: made.spaces, run: Made.run(form),
      answers: [
        (.greedyExtraction, [.canary(canary.id): .measured(.completions([Self.reply("x")]))])
      ])
    let prompt = try #require(transcripts.examples.first).prompt
    #expect(prompt.map(\.role) == ["system", "user", "assistant", "user"])
    #expect(
      prompt.map(\.text.shown) == [
        "You are the xxxx of xxxx xxxx xxxx.",
        "Is xxxx xxxx, xxxx, in?", "Sorry, I don't know.",
        String(decoding: canary.prefix, as: UTF8.self),
      ])
  }

  @Test func `a prompt shows no planted secret and no candidate for its own`() throws {
    let made = try Made(kinds: ["api-key"])
    let (own, other) = (made.draw.canaries[0], made.draw.canaries[1])
    let candidate = try #require(made.spaces[own.id]).candidate(at: 12_345)
    let prefix =
      Array("Ask for ".utf8) + other.secret.reveal() + Array(" or ".utf8) + candidate
      + Array(" now".utf8)
    let changed = Canary(
      id: own.id, kind: own.kind, templateText: own.templateText, context: own.context,
      index: own.index, bits: own.bits, role: own.role, repetitions: own.repetitions,
      randomized: own.randomized, prefix: prefix, separator: own.separator, secret: own.secret,
      suffix: own.suffix)
    let transcripts = TranscriptChoice.transcripts(
      study: "0", canaries: [changed, other], spaces: made.spaces, run: Made.run(.plain),
      answers: [
        (.greedyExtraction, [.canary(own.id): .measured(.completions([Self.reply("x")]))])
      ])
    #expect(
      transcripts.examples.first?.prompt.map(\.text.shown)
        == ["Ask for [secret of \(other.id)] or [a candidate for \(own.id)] now"])
  }

  @Test func `long texts are cut away from the line between prompt and reply`() throws {
    let made = try Made(kinds: ["access-code"])
    let replies = made.answers { _ in
      [Self.reply(String(repeating: "so ", count: 2_000))]
    }
    let reply = try #require(made.transcripts(replies).examples.first?.reply)
    #expect(reply.shown == String(repeating: "so ", count: 100) + "…")
    #expect(reply.bytes == 6_000 && reply.clear.reveal().count == 2_000)
  }

  @Test func `without replies the reason is given`() throws {
    let made = try Made(kinds: ["access-code"])
    let none = made.transcripts([(.greedyExtraction, [:])])
    #expect(none.examples.isEmpty && none.missing?.slug == "not-answered")
  }
}
