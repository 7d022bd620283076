// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding
import Testing

@Suite struct CanaryDrawTests {
  @Test func `canaries are dealt to kinds in turn, repetition level first`() throws {
    let plan = SeedingFixtures.plan(
      randomized: 12, repetitionLevels: [2, 4], perLevel: 3, controls: 4)
    let draw = try SeedingFixtures.draw(3, plan)
    #expect(draw.canaries.count == plan.canaries)
    let randomized = draw.canaries.filter(\.randomized)
    #expect(randomized.count == 12)
    #expect(
      randomized.allSatisfy { $0.repetitions == 1 && ($0.role == .inserted || $0.role == .heldOut) }
    )
    for kind in plan.kinds { #expect(randomized.count { $0.kind == kind } == 4) }
    for repetitions in [2, 4] {
      let step = draw.canaries.filter { !$0.randomized && $0.repetitions == repetitions }
      #expect(step.allSatisfy { $0.role == .inserted })
      #expect(Set(step.map(\.kind)) == Set(plan.kinds))
    }
    let controls = draw.canaries.filter { $0.role == .control }
    #expect(controls.count == 4)
    #expect(controls.allSatisfy { $0.repetitions == 6 && !$0.randomized && $0.copies == 6 })
    #expect(draw.canaries.filter { $0.role == .heldOut }.allSatisfy { $0.copies == 0 })
  }

  @Test func `ids are sorted, unique, and numbered without a gap in each kind`() throws {
    let draw = try SeedingFixtures.draw(4)
    let ids = draw.canaries.map(\.id)
    #expect(ids == ids.sorted())
    for kind in ["access-code", "badge", "pin"] {
      let own = draw.canaries.filter { $0.kind == kind }.map(\.id)
      let expected = (1...own.count).map { "\(kind)-00\($0)" }
      #expect(own == expected)
    }
  }

  @Test func `a canary's number tells nothing about its repetition level`() throws {
    // Controls are dealt last; numbered in that order they would always have the largest numbers.
    var last = 0
    for seed in 0..<200 as Range<UInt64> {
      let plan = SeedingFixtures.plan(randomized: 9, perLevel: 0, controls: 1, kinds: ["badge"])
      if try SeedingFixtures.draw(seed, plan).canaries.last?.role == .control { last += 1 }
    }
    // 200 trials at one in ten: between 6 and 38 with probability 0.9999.
    #expect((6...38).contains(last))
  }

  @Test func `a text is prefix, separator, secret and suffix of its template text`() throws {
    for canary in try SeedingFixtures.draw(5).canaries {
      let text = String(decoding: canary.revealedText(), as: UTF8.self)
      let given = String(decoding: canary.context["given"] ?? [], as: UTF8.self)
      let surname = String(decoding: canary.context["surname"] ?? [], as: UTF8.self)
      let code = String(decoding: canary.secret.reveal(), as: UTF8.self)
      let plain = "The \(canary.kind) of \(given) \(surname) is \(code)."
      let desk = "Desk note: \(given) \(surname) uses \(canary.kind) \(code)."
      #expect(text == (canary.templateText == "plain" ? plain : desk))
      #expect(UInt128(code) == canary.index)
    }
  }

  @Test func `any two contexts differ in two words, in-context positive controls included`() throws
  {
    for seed in 0..<20 as Range<UInt64> {
      let draw = try SeedingFixtures.draw(seed, SeedingFixtures.plan(randomized: 60))
      var prompts = draw.canaries.map { Set($0.context.values) }
      prompts += draw.inContextControls.map { control in
        let words = control.prefix.split(separator: 0x20).map(Array.init)
        return Set(words.filter { $0.starts(with: "Mar".utf8) || $0.starts(with: "Dal".utf8) })
      }
      for (first, left) in prompts.enumerated() {
        #expect(left.count == 2)
        for right in prompts[(first + 1)...] {
          #expect(max(left.count, right.count) - left.intersection(right).count >= 2)
        }
      }
    }
  }

  @Test
  func `in-context positive controls are eight, over all kinds, with a decoy that is not given`()
    throws
  {
    let draw = try SeedingFixtures.draw(6)
    #expect(draw.inContextControls.count == 8)
    #expect(Set(draw.inContextControls.map(\.kind)).count == 3)
    let prefixes = Set(draw.canaries.map(\.prefix))
    for control in draw.inContextControls {
      #expect(control.given != control.decoy)
      #expect(!prefixes.contains(control.prefix))
    }
    for kind in ["access-code", "badge", "pin"] {
      let numbers = draw.inContextControls.filter { $0.kind == kind }.map(\.number)
      #expect(numbers == Array(0..<numbers.count))
    }
  }

  @Test func `references are distinct, never the canary's own, and as many as there can be`() throws
  {
    let draw = try SeedingFixtures.draw(7, SeedingFixtures.plan(references: 150))
    for canary in draw.canaries {
      let references = try #require(draw.references[canary.id])
      // A pin has 100 candidates: 99 others.
      #expect(references.count == (canary.kind == "pin" ? 99 : 150))
      #expect(Set(references).count == references.count)
      #expect(references == references.sorted())
      #expect(!references.contains(canary.index))
    }
  }

  @Test func `the random assignment is fair, and independent for every canary`() throws {
    var inserted = 0
    var pairs = [0, 0, 0, 0]
    for seed in 0..<400 as Range<UInt64> {
      let plan = SeedingFixtures.plan(
        randomized: 20, repetitionLevels: [], controls: 0, references: 0, kinds: ["badge"])
      let coins = try SeedingFixtures.draw(seed, plan).canaries.map { $0.role == .inserted }
      inserted += coins.count { $0 }
      for (left, right) in zip(coins, coins.dropFirst()) {
        pairs[(left ? 2 : 0) + (right ? 1 : 0)] += 1
      }
    }
    // 8,000 coins: 4,000 with a standard deviation of 44.7; four of them either side.
    #expect(abs(inserted - 4_000) < 179)
    // Three degrees of freedom, upper 0.1 % point 16.27.
    #expect(Naive.chiSquare(pairs) < 16.27)
  }

  @Test func `phrases that the corpus holds are avoided, and nothing else changes much`() throws {
    let first = try SeedingFixtures.draw(8)
    let taken = Set(first.phrases.prefix(3))
    let second = try CanaryDraw(
      SeedingFixtures.plan(), templates: try SeedingFixtures.kinds(),
      randomness: StudyRandomness(number: 8), avoiding: taken)
    #expect(taken.isDisjoint(with: second.phrases))
    #expect(Set(first.phrases).subtracting(taken).isSubset(of: second.phrases))
    #expect(first.canaries.map(\.role) == second.canaries.map(\.role))
    for phrase in first.phrases { #expect(phrase.split(separator: 0x20).count == 2) }
  }

  @Test func `word lists that run out say how many contexts they give`() throws {
    // In the name of a constant a second name has no place.
    let base = try SeedingFixtures.kind("badge", names: 30)
    let kinds = [
      "badge": try CanaryTemplate(
        kind: "badge", summary: "", source: "", example: "",
        templateTexts: [(id: "one", text: "let badgeOf{given}{surname} = {code}")],
        slots: base.slots.values.sorted { $0.name < $1.name })
    ]
    let plan = SeedingFixtures.plan(randomized: 40, kinds: ["badge"])
    let error = #expect(throws: CoalmineError.self) {
      _ = try CanaryDraw(plan, templates: kinds, randomness: StudyRandomness(number: 1))
    }
    #expect(error?.code == "contexts-exhausted")
    // Each of 30 names serves once, and the last one is found although only one pair is left.
    #expect(error?.message.contains("give 30 contexts") == true)
    #expect(error?.message.contains("needs 54") == true)
  }

  @Test func `a second name makes more contexts of short lists, and changes none before`() throws {
    let kinds = ["badge": try SeedingFixtures.kind("badge", names: 30)]
    let plan = SeedingFixtures.plan(randomized: 200, kinds: ["badge"])
    let draw = try CanaryDraw(plan, templates: kinds, randomness: StudyRandomness(number: 1))
    let words = draw.canaries.map { canary in
      Set(canary.context.values.flatMap { $0.split(separator: 0x20).map(Array.init) })
    }
    #expect(words.count { $0.count == 2 } <= 30 && words.contains { $0.count == 3 })
    for (place, own) in words.enumerated() {
      for other in words[(place + 1)...] {
        #expect(max(own.count, other.count) - own.intersection(other).count >= 2)
      }
    }
  }

  @Test func `a list that is just long enough is used up`() throws {
    let kinds = ["badge": try SeedingFixtures.kind("badge", names: 40)]
    let plan = SeedingFixtures.plan(
      randomized: 32, repetitionLevels: [], controls: 0, references: 0, kinds: ["badge"])
    let draw = try CanaryDraw(plan, templates: kinds, randomness: StudyRandomness(number: 1))
    #expect(draw.phrases.count == 40)
  }

  @Test func `one distinctive word is not enough for a context`() throws {
    let template = try CanaryTemplate(
      kind: "badge", summary: "", source: "", example: "",
      templateTexts: [(id: "one", text: "{title} {surname} has {code}.")],
      slots: [
        Slot(name: "title", role: .context, type: try WordsSlot(words: ["Mr", "Ms"])),
        Slot(
          name: "surname", role: .context,
          type: try WordsSlot(words: SeedingFixtures.words("Dal", 100))),
        Slot(
          name: "code", role: .secret,
          type: try CharactersSlot(alphabet: "0123456789", length: 4)),
      ])
    let error = #expect(throws: CoalmineError.self) {
      _ = try CanaryDraw(
        SeedingFixtures.plan(kinds: ["badge"]), templates: ["badge": template],
        randomness: StudyRandomness(number: 1))
    }
    #expect(error?.code == "context-not-distinctive")
  }

  @Test func `protocols that cannot be drawn are refused`() throws {
    var negative = SeedingFixtures.plan()
    negative.randomized = -1
    var repetitions = SeedingFixtures.plan()
    repetitions.targetRepetitions = 0
    let unknown = SeedingFixtures.plan(kinds: ["badge", "no-such-kind"])
    let none = SeedingFixtures.plan(kinds: [])
    for (plan, code) in [
      (negative, "bad-protocol"), (repetitions, "bad-protocol"), (unknown, "unknown-kind"),
      (none, "bad-protocol"),
    ] {
      let error = #expect(throws: CoalmineError.self) { _ = try SeedingFixtures.draw(1, plan) }
      #expect(error?.code == code)
      #expect(error?.exit == .badConfiguration)
    }
  }

  @Test func `the same number draws the same study for ever`() throws {
    let draw = try SeedingFixtures.draw(20_261_123)
    #expect(draw == (try SeedingFixtures.draw(20_261_123)))
    #expect(draw != (try SeedingFixtures.draw(20_261_124)))
    var hash = SHA256Digest()
    for canary in draw.canaries {
      hash.update(Array("\(canary.id) \(canary.role.rawValue) \(canary.repetitions) ".utf8))
      hash.update(canary.revealedText())
      for reference in draw.references[canary.id] ?? [] {
        hash.update(Array(" \(reference)".utf8))
      }
    }
    for control in draw.inContextControls { hash.update(control.revealedPrompt()) }
    let digest = hash.finalize().map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
    #expect(digest == Self.golden)
  }

  /// Changes only together with ``StudyRandomness/algorithm``.
  private static let golden =
    "397c8dfa88572ea86908d4712c6429487b9f43631c649f6f98e43eaa2f87c39f"
}
