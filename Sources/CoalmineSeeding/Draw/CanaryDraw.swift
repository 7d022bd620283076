// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Everything that a study draws before it looks at a corpus: canaries, references and
/// in-context positive controls.
///
/// A pure function of protocol, kinds, randomness and the phrases to avoid. Repetitions come first,
/// then one independent random assignment per canary at the target repetitions, with probability
/// one half, decides between inserted and held out, so which of them are in the corpus says nothing
/// about anything else that was drawn.
public struct CanaryDraw: Sendable, Equatable {
  /// All canaries, held-out ones included, by id.
  public let canaries: [Canary]
  /// The numbers of each canary's references in its own space, rising.
  public let references: [String: [UInt128]]
  /// Secrets given in the prompt, by kind and number.
  public let inContextControls: [InContextControl]
  /// The words that make each prompt one of its kind, sorted: none may stand in the corpus.
  public let phrases: [[UInt8]]

  /// How many in-context positive controls a study has.
  package static let inContextControlCount = InContextControlDraw.count

  /// Draws.
  ///
  /// - Parameters:
  ///   - templates: the kinds by slug; every kind of the protocol must be among them.
  ///   - avoiding: phrases out of ``phrases`` of an earlier draw that the corpus holds.
  /// - Throws: ``CoalmineError``: `unknown-kind`, `bad-protocol`, `contexts-exhausted` (says how
  ///   many contexts the word lists give), `no-placeholder`, or a kind's own defect.
  public init(
    _ studyProtocol: StudyProtocol, templates: [String: CanaryTemplate],
    randomness: StudyRandomness, avoiding: Set<[UInt8]> = []
  ) throws(CoalmineError) {
    let kinds = try Self.kinds(of: studyProtocol, in: templates)
    let places = try Self.places(in: studyProtocol, kinds: kinds.count)
    let total = places.count + Self.inContextControlCount
    var settings: [Setting] = []
    var pool = ContextPool(avoiding: avoiding)
    for position in 0..<total {
      let kind =
        position < places.count
        ? places[position].kind : (position - places.count) % kinds.count
      var generator = randomness.generator(for: .contexts, String(position))
      settings.append(
        try Setting(kinds[kind], in: &pool, needed: total, using: &generator))
    }

    var assignment = randomness.generator(for: .assignment)
    var secrets = randomness.generator(for: .secrets)
    let names = Self.names(of: places, kinds: kinds.map(\.kind), randomness)
    var canaries: [Canary] = []
    for (position, place) in places.enumerated() {
      let setting = settings[position]
      let index = secrets.uniform(below: setting.space.count)
      let role: Role = place.randomized ? (assignment.coin() ? .inserted : .heldOut) : place.role
      let isHeld = role == .heldOut && studyProtocol.heldOutContexts == .planted
      canaries.append(
        Canary(
          id: names[position], kind: setting.kind, templateText: setting.templateText.id,
          context: setting.context, index: index, bits: setting.space.bits, role: role,
          repetitions: place.repetitions, randomized: place.randomized, prefix: setting.prefix,
          separator: setting.templateText.separator,
          secret: Secret(setting.space.candidate(at: index)), suffix: setting.templateText.suffix,
          placeholder: isHeld
            ? try Self.placeholder(names[position], setting, randomness) : nil))
    }
    let spaces = Dictionary(uniqueKeysWithValues: zip(names, settings.map(\.space)))
    canaries.sort { $0.id < $1.id }

    var references: [String: [UInt128]] = [:]
    for canary in canaries {
      guard let space = spaces[canary.id] else { continue }
      var generator = randomness.generator(for: .references, canary.id)
      references[canary.id] = ReferenceDraw.draw(
        max(0, studyProtocol.references), of: space.count, except: canary.index,
        using: &generator)
    }
    self.canaries = canaries
    self.references = references
    self.inContextControls = InContextControlDraw.controls(settings[places.count...], randomness)
    self.phrases = Set(settings.flatMap { ContextPhrase.phrases(of: $0.templateText, $0.context) })
      .sorted { $0.lexicographicallyPrecedes($1) }
  }
}

extension CanaryDraw {
  /// What a canary is for, fixed before anything is drawn.
  private struct Place {
    let kind: Int
    let role: Role
    let repetitions: Int
    let randomized: Bool
  }

  /// - Throws: ``CoalmineError`` `no-placeholder`.
  private static func placeholder(
    _ name: String, _ setting: Setting, _ randomness: StudyRandomness
  ) throws(CoalmineError) -> Secret<[UInt8]> {
    var generator = randomness.generator(for: .placeholders, name)
    guard let text = PlaceholderDraw.placeholder(setting.space, using: &generator) else {
      throw CoalmineError(
        code: "no-placeholder",
        "no placeholder that is no secret can be written for canaries of kind '\(setting.kind)'",
        help: "leave 'held-out-contexts' out of the protocol, or choose another kind",
        exit: .badConfiguration)
    }
    return Secret(text)
  }

  private static func kinds(
    of studyProtocol: StudyProtocol, in templates: [String: CanaryTemplate]
  ) throws(CoalmineError) -> [CanaryTemplate] {
    var kinds: [CanaryTemplate] = []
    for kind in studyProtocol.kinds {
      guard let template = templates[kind] else {
        throw CoalmineError(
          code: "unknown-kind", "the protocol names the kind '\(kind)', which is not known",
          details: ["known kinds: \(templates.keys.sorted().joined(separator: ", "))"],
          help: "correct 'kinds' in the protocol, or name the folder of your own kinds",
          exit: .badConfiguration)
      }
      kinds.append(template)
    }
    guard !kinds.isEmpty else {
      throw CoalmineError(
        code: "bad-protocol", "the protocol names no kind of canary",
        help: "list at least one kind under 'kinds'", exit: .badConfiguration)
    }
    return kinds
  }

  /// The canaries in the order in which they are dealt to kinds: randomized, repetition levels,
  /// controls, those of an index alone.
  private static func places(
    in studyProtocol: StudyProtocol, kinds: Int
  ) throws(CoalmineError) -> [Place] {
    let repetitionLevels = studyProtocol.repetitionLevels
    let controls = studyProtocol.controls
    let counts = [
      studyProtocol.randomized, repetitionLevels.canariesPerLevel, controls.canaries,
      studyProtocol.retrieval.indexOnly,
    ]
    let levels = [studyProtocol.targetRepetitions, controls.repetitions] + repetitionLevels.levels
    guard counts.allSatisfy({ (0...1_000_000).contains($0) }),
      levels.allSatisfy({ (1...1_000_000).contains($0) }),
      (0...10_000_000).contains(studyProtocol.references)
    else {
      throw CoalmineError(
        code: "bad-protocol", "a count or repetition level of the protocol is out of range",
        help: "counts are 0…1,000,000, repetition levels 1…1,000,000, references 0…10,000,000",
        exit: .badConfiguration)
    }
    var places: [Place] = []
    func deal(_ count: Int, _ role: Role, repetitions: Int, randomized: Bool, from start: Int) {
      for number in 0..<count {
        places.append(
          Place(
            kind: (start + number) % kinds, role: role, repetitions: repetitions,
            randomized: randomized)
        )
      }
    }
    deal(
      studyProtocol.randomized, .inserted, repetitions: studyProtocol.targetRepetitions,
      randomized: true, from: 0
    )
    for (step, repetitions) in repetitionLevels.levels.enumerated() {
      deal(
        repetitionLevels.canariesPerLevel, .inserted, repetitions: repetitions, randomized: false,
        from: step * repetitionLevels.canariesPerLevel)
    }
    deal(controls.canaries, .control, repetitions: controls.repetitions, randomized: false, from: 0)
    deal(
      studyProtocol.retrieval.indexOnly, .indexOnly, repetitions: studyProtocol.targetRepetitions,
      randomized: false, from: 0)
    return places
  }

  /// One id a place, `access-code-017`; the number is a random one of its kind's, so that it tells
  /// neither repetition level nor role.
  private static func names(
    of places: [Place], kinds: [String], _ randomness: StudyRandomness
  ) -> [String] {
    var names = Array(repeating: "", count: places.count)
    for (kind, indices) in Dictionary(grouping: kinds.indices, by: { kinds[$0] }) {
      let members = places.indices.filter { indices.contains(places[$0].kind) }
      var numbers = Array(1...max(1, members.count))
      var generator = randomness.generator(for: .names, kind)
      generator.shuffle(&numbers)
      let width = max(3, String(members.count).count)
      for (place, number) in zip(members, numbers) {
        let digits = String(number)
        names[place] =
          "\(kind)-" + String(repeating: "0", count: width - digits.count) + digits
      }
    }
    return names
  }
}
