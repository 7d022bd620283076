// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A plan as the JSON document that the study keeps until its shards are merged. Bytes that need not
/// be text are hexadecimal digits.
extension ShardPlan {
  /// The document; the same plan gives the same bytes.
  public func document() throws -> [UInt8] {
    var writer = JSONWriter()
    try writer.object { root in
      try root.field("shards", shards)
      try root.field("format", format.rawValue)
      try root.field("shape", shape.slug)
      try root.field("records", records)
      try root.field("sha256", hexadecimal(digest))
      try root.field("separator", hexadecimal(separator))
      try root.field("stated_separator", statedSeparator.map(hexadecimal))
      try root.field("join_tail", join.map { hexadecimal($0.tail) })
      try root.field("join_lead", join.map { hexadecimal($0.lead) })
      try root.field("group_field", groupField)
      try root.field("exemplar", hexadecimal(exemplar))
      try root.array("models") { list in
        for model in models { try list.value(hexadecimal(model)) }
      }
      try root.array("canaries") { list in for id in canaries { try list.value(id) } }
      try root.array("files") { list in
        for file in files {
          try list.object { object in
            try object.field("name", file.name)
            if file.range != nil {
              try object.field("source", file.source)
              try object.field("start", file.start)
            }
            try object.field("shard", file.shard)
            try object.field("size", file.size)
            try object.field("sha256", hexadecimal(file.digest))
            try object.field("records", file.records)
            try object.field("records_before", file.recordsBefore)
            try object.field("kept_before", file.keptBefore)
          }
        }
      }
      try root.array("drawn") { list in
        for one in drawn {
          try list.object { object in
            try object.field("record", one.record)
            try object.field("membership", one.membership?.rawValue ?? Self.grafted)
            try object.field("group", one.group.map(hexadecimal))
            try object.field("text_tag", one.textTag.map { hexadecimal(Self.bytes(of: $0)) })
          }
        }
      }
    }
    return writer.bytes
  }

  /// - Throws: ``CoalmineError`` `ledger-damaged` for what ``document()`` does not write.
  public init(document: [UInt8]) throws(CoalmineError) {
    guard let root = try? JSONDocument(parsing: document).root, let plan = Self.read(root) else {
      throw CoalmineError(
        code: "ledger-damaged", "the study holds a plan of shards that cannot be read",
        help: "restore the study file from a copy", exit: .badData)
    }
    self = plan
  }

  private static func read(_ root: JSONNode) -> ShardPlan? {
    guard let shards = root["shards"]?.count,
      let format = root["format"]?.string.flatMap(CorpusFormat.init(rawValue:)),
      let shape = root["shape"]?.string.flatMap(RecordShape.init(slug:)),
      let records = root["records"]?.count, let digest = root["sha256"]?.digits,
      let separator = root["separator"]?.digits, let exemplar = root["exemplar"]?.digits,
      let models = root["models"]?.all(\.digits), let files = root["files"]?.all({ file($0) }),
      let drawn = root["drawn"]?.all({ drawn($0) }),
      let canaries = root["canaries"]?.all(\.string)
    else { return nil }
    let tail = root["join_tail"]?.digits
    let lead = root["join_lead"]?.digits
    return ShardPlan(
      shards: shards, files: files, format: format, shape: shape, records: records,
      digest: digest, separator: separator, statedSeparator: root["stated_separator"]?.digits,
      join: tail.flatMap { tail in lead.map { CompletionJoin(tail: tail, lead: $0) } },
      groupField: root["group_field"]?.string, exemplar: exemplar, models: models, drawn: drawn,
      canaries: canaries)
  }

  private static func file(_ node: JSONNode) -> File? {
    guard let name = node["name"]?.string, let shard = node["shard"]?.count,
      let size = node["size"]?.int, size >= 0, let digest = node["sha256"]?.digits,
      let records = node["records"]?.count, let recordsBefore = node["records_before"]?.count,
      let keptBefore = node["kept_before"]?.count
    else { return nil }
    // A whole file has neither.
    let start = node["start"]?.int ?? 0
    guard start >= 0, !start.addingReportingOverflow(size).overflow else { return nil }
    return File(
      name: name, source: node["source"]?.string ?? name, start: start, size: size, digest: digest,
      records: records, recordsBefore: recordsBefore,
      keptBefore: keptBefore, shard: shard)
  }

  private static func drawn(_ node: JSONNode) -> DrawnRecord? {
    guard let record = node["record"]?.count, let side = node["membership"]?.string else {
      return nil
    }
    let membership = CorpusRecord.Membership(rawValue: side)
    guard membership != nil || side == grafted else { return nil }
    return DrawnRecord(
      record: record, membership: membership, group: node["group"]?.digits,
      textTag: node["text_tag"]?.digits.map { $0.reduce(0) { $0 << 8 | UInt128($1) } })
  }

  /// What stands in the place of a membership where a record gives a context.
  private static let grafted = "grafted"

  private static func bytes(of tag: UInt128) -> [UInt8] {
    (0..<16).map { UInt8(truncatingIfNeeded: tag >> (8 * (15 - UInt128($0)))) }
  }
}

extension JSONNode {
  /// A number that counts something.
  var count: Int? { int.flatMap { $0 >= 0 ? Int(exactly: $0) : nil } }

  /// The bytes that hexadecimal digits stand for.
  var digits: [UInt8]? {
    guard let text = stringBytes, text.count % 2 == 0 else { return nil }
    let digits = text.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init) }
    guard digits.count == text.count else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  /// Every element of an array; `nil` where one is not what it should be.
  func all<Value>(_ read: (JSONNode) -> Value?) -> [Value]? {
    guard let elements else { return nil }
    let values = elements.compactMap(read)
    return values.count == elements.count ? values : nil
  }
}
