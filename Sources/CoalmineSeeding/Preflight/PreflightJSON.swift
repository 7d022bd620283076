// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A preflight as JSON: what `--json` prints, and what a study keeps.
extension Preflight {
  /// The members of an object.
  public func write(to root: inout JSONWriter.Object) throws {
    try root.field("copies", copies)
    try root.field("canaries", canaries)
    try root.field("records", records)
    try root.field("sampled_records", sampledRecords)
    try root.field("language", language)
    let likely = Set(likely.map(\.rule))
    try root.array("findings") { list in
      for finding in findings {
        try list.object { try finding.write(to: &$0, isLikely: likely.contains(finding.rule)) }
      }
    }
    try root.array("repetitions") { list in
      for level in repetitions { try list.object { try level.write(to: &$0) } }
    }
    try root.array("likeness") { list in
      for likeness in likeness {
        try list.object { object in
          try object.field("measure", likeness.measure.rawValue)
          try object.field("canary_median", likeness.canaryMedian)
          try object.field("record_median", likeness.recordMedian)
          try object.field("share_of_records_as_unusual", likeness.asUnusual)
          try object.field("kolmogorov_smirnov_distance", likeness.distance)
        }
      }
    }
  }

  /// The whole document.
  public func document() throws -> [UInt8] {
    var writer = JSONWriter(pretty: true)
    try writer.object(write)
    return writer.bytes
  }

  /// Reads what ``document()`` wrote.
  ///
  /// - Throws: ``CoalmineError`` `ledger-damaged` where it is anything else.
  public init(document bytes: [UInt8]) throws(CoalmineError) {
    guard let root = try? JSONDocument(parsing: bytes).root,
      let copies = root.count("copies"), let canaries = root.count("canaries"),
      let records = root.count("records"), let sampled = root.count("sampled_records"),
      let findings = root["findings"]?.elements?.map(Finding.init(stored:)),
      let likeness = root["likeness"]?.elements?.map(Likeness.init(stored:)),
      !findings.contains(nil), !likeness.contains(nil)
    else {
      throw CoalmineError(
        code: "ledger-damaged", "the preflight that the study keeps cannot be read",
        help: "restore the study file from a copy", exit: .badData)
    }
    self.copies = copies
    self.canaries = canaries
    self.records = records
    sampledRecords = sampled
    language = root["language"]?.string
    self.findings = findings.compactMap { $0 }
    self.likeness = likeness.compactMap { $0 }
    repetitions =
      root["repetitions"]?.elements?.compactMap(RepetitionsLeft.init(stored:)) ?? []
  }
}

extension RepetitionsLeft {
  fileprivate func write(to object: inout JSONWriter.Object) throws {
    try object.field("copies", copies)
    try object.field("canaries", canaries)
    try object.array("left") { list in
      for one in left {
        try list.object { object in
          try object.field("rule", one.rule)
          try object.field("mean_copies", one.mean)
        }
      }
    }
  }

  fileprivate init?(stored node: JSONNode) {
    guard let copies = node.count("copies"), let canaries = node.count("canaries"),
      let left = node["left"]?.elements
    else { return nil }
    self.copies = copies
    self.canaries = canaries
    self.left = left.compactMap { node in
      guard let rule = node["rule"]?.string, let mean = node["mean_copies"]?.double else {
        return nil
      }
      return Left(rule: rule, mean: mean)
    }
  }
}

extension Preflight.Finding {
  func write(to object: inout JSONWriter.Object, isLikely: Bool) throws {
    try object.field("rule", rule)
    try object.field("family", family.rawValue)
    try object.field("effect", effect)
    try object.field("what_to_do", advice)
    try object.field("copies_lost", lost)
    try object.field("is_expectation", isExpectation)
    try object.field("canaries_lost", canariesLost)
    try object.field("sampled_records_hit", recordsHit)
    try object.field("is_likely", isLikely)
    try object.array("kinds") { list in
      for kind in kinds {
        try list.object { object in
          try object.field("kind", kind.kind)
          try object.field("copies", kind.copies)
          try object.field("copies_lost", kind.lost)
        }
      }
    }
  }

  fileprivate init?(stored node: JSONNode) {
    guard let rule = node["rule"]?.string,
      let family = node["family"]?.string.flatMap(RuleFamily.init(rawValue:)),
      let effect = node["effect"]?.string, let advice = node["what_to_do"]?.string,
      let lost = node["copies_lost"]?.double, let isExpectation = node["is_expectation"]?.bool,
      let canariesLost = node.count("canaries_lost"), let kinds = node["kinds"]?.elements
    else { return nil }
    self.rule = rule
    self.family = family
    self.effect = effect
    self.advice = advice
    self.lost = lost
    self.isExpectation = isExpectation
    self.canariesLost = canariesLost
    recordsHit = node.count("sampled_records_hit")
    self.kinds = kinds.compactMap { node in
      guard let kind = node["kind"]?.string, let copies = node.count("copies"),
        let lost = node["copies_lost"]?.double
      else { return nil }
      return Preflight.KindLoss(kind: kind, copies: copies, lost: lost)
    }
  }
}

extension Likeness {
  fileprivate init?(stored node: JSONNode) {
    guard let measure = node["measure"]?.string.flatMap(Measure.init(rawValue:)),
      let canaryMedian = node["canary_median"]?.double,
      let recordMedian = node["record_median"]?.double,
      let asUnusual = node["share_of_records_as_unusual"]?.double,
      let distance = node["kolmogorov_smirnov_distance"]?.double
    else { return nil }
    self.measure = measure
    self.canaryMedian = canaryMedian
    self.recordMedian = recordMedian
    self.asUnusual = asUnusual
    self.distance = distance
  }
}

extension JSONNode {
  /// A whole number that is not negative.
  fileprivate func count(_ key: String) -> Int? {
    self[key]?.int.flatMap { $0 >= 0 ? Int(exactly: $0) : nil }
  }
}
