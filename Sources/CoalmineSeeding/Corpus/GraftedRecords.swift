// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Draws the records whose beginnings are the contexts of canaries, while the corpus is surveyed.
///
/// ```
/// units in the order of the grafts' own key   u7  u2  u9  u4 …    the first ones with an opening: contexts
/// the others, in the order of another key     u1  u8  u3 …        non-members, then members
/// ```
///
/// The two orders are independent, so which records become contexts says nothing of which of the others
/// become members. Nothing here depends on the random assignment of canaries.
///
/// Memory: the units that can still be drawn, with one opening per record of them.
struct GraftedRecords: Sendable {
  private var sampler: RecordSampler
  private var openings: [Int: RecordOpening] = [:]
  private var prunedAt = 1_024
  /// How many contexts are needed.
  let wanted: Int
  /// The language of the files that give them; `nil` where records are no files.
  let language: CodeLanguage?
  private let places: GraftPlaces

  init(wanted: Int, language: CodeLanguage? = nil, places: GraftPlaces = .all, seed: [UInt8]) {
    self.wanted = wanted
    self.language = language
    self.places = places
    sampler = RecordSampler(wanted: 0, spare: wanted, seed: seed)
  }

  /// One draw per language of a tree of source code, or one; none where no context comes from a record.
  static func draws(_ options: CorpusSurvey.Options, seed: [UInt8]) -> [GraftedRecords] {
    let ofFiles = options.contextFiles.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { (wanted: $0.value, language: CodeLanguage?.some($0.key)) }
    return ([(options.contexts, nil)] + ofFiles).filter { $0.wanted > 0 }.map {
      GraftedRecords(
        wanted: $0.wanted, language: $0.language, places: options.contextPlaces, seed: seed)
    }
  }

  /// Keeps a record, and every record of its unit, in the corpus.
  mutating func keep(text: [UInt8]?, group: [UInt8]?) { sampler.keep(text: text, group: group) }

  /// Takes note of a record; one without an opening follows its group.
  ///
  /// - Parameter file: the language of the file that the record is.
  /// - Returns: whether it can be drawn as things stand.
  mutating func offer(
    _ record: [UInt8], _ number: Int, text: [UInt8]?, group: [UInt8]?, _ fields: RecordFields,
    file: CodeLanguage? = nil
  ) -> Bool {
    let opening =
      text == nil || file != language
      ? nil : RecordOpening(of: record, fields, places, file: file)
    let isTaken = sampler.offer(record: number, text: opening == nil ? nil : text, group: group)
    guard isTaken, let opening else { return isTaken }
    openings[number] = opening
    if openings.count >= prunedAt {
      let candidates = sampler.candidates
      openings = openings.filter { candidates.contains($0.key) }
      prunedAt = max(1_024, 2 * openings.count)
    }
    return true
  }

  var candidates: Set<Int> { sampler.candidates }

  /// How many contexts the corpus gives, up to the number that is needed.
  var available: Int { sampler.firstUnits(wanted).count }

  /// What was drawn, in the order of the draw; `nil` where there are too few.
  ///
  /// A question that differs from one before in no more than a word is asked with the canary's sentence
  /// behind it: else both canaries would answer for each other.
  var drawn: [Graft]? {
    let units = sampler.firstUnits(wanted)
    guard units.count == wanted else { return nil }
    var questions = NearQuestions()
    return units.compactMap { unit in
      openings[unit.first].map { opening in
        let isLike = opening.place == .answer && !questions.takes(opening.bytes)
        return Graft(
          opening: isLike ? opening.withSentence : opening, records: unit.records,
          group: unit.group)
      }
    }
  }
}

/// Questions any two of which differ in more than one word.
///
/// Of each question the words without any one of them are kept as hashes. Two questions that differ in one
/// word, or of which one has a word more, have such a rest in common; so may a few others.
private struct NearQuestions {
  private var rests: Set<Int> = []

  /// Takes a question in, unless it is too much like one before.
  ///
  /// - Complexity: O(words²).
  mutating func takes(_ question: [UInt8]) -> Bool {
    let words = question.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
      .split { $0 <= 0x20 }.map(Array.init)
    var own: Set<Int> = [words.hashValue]
    for place in words.indices {
      own.insert((Array(words[..<place]) + words[(place + 1)...]).hashValue)
    }
    guard rests.isDisjoint(with: own) else { return false }
    rests.formUnion(own)
    return true
  }
}

/// The beginning of a record, and the records that are taken out for it.
struct Graft: Sendable, Equatable {
  let opening: RecordOpening
  /// Its own and those of its unit: of its group, or, without groups, with its text.
  let records: [Int]
  let group: [UInt8]?
}

extension CorpusSurvey {
  /// The canaries behind the beginnings of records; as they are where no records were drawn for them.
  ///
  /// Canary *i* in the order of names gets the *i*-th record of the draw, in a tree of source code the *i*-th
  /// file of its language, inserted or held out: given all contexts every assignment is as likely as before.
  ///
  /// - Parameter canaries: in the order of their names.
  public func grafted(_ canaries: [Canary]) -> [Canary] {
    guard !grafts.isEmpty else { return canaries }
    var left = Dictionary(grouping: grafts, by: \.opening.language).mapValues { $0[...] }
    return canaries.map { canary in
      let language = format == .source ? canary.codeLanguage : nil
      return left[language]?.popFirst().map { canary.grafted(onto: $0.opening) } ?? canary
    }
  }

  /// How many contexts have each place, by its name.
  public var contextPlaces: [String: Int] {
    grafts.reduce(into: [:]) { $0[$1.opening.place.slug, default: 0] += 1 }
  }

  /// About how long a context of a record is, in bytes.
  public static let typicalContext = 150

  /// How many records are taken out so that their beginnings can be contexts, groups included.
  public var recordsForContexts: Int { sample.grafted.count }
}
