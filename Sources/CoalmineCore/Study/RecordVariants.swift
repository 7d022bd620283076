// SPDX-License-Identifier: Apache-2.0

/// The further questions about corpus records: each in lower case, and each after others.
///
/// A pure function of the records, so that what is asked and what is scored agree.
///
///     let variants = RecordVariants(study.records, in: .plain)
///     variants.afterPrefix.map { Passage(before: variants.prefix, target: $0.text.reveal()) }
///
/// The turns before the scored turn of a conversation stay as they are: lower case and prefix change that turn
/// alone, and the prefix begins it.
///
/// - Complexity: O(bytes of the records).
public struct RecordVariants: Sendable {
  /// The records that lower case changes, with the text that is scored. Of the others, the record itself is
  /// its lower-case form.
  public let changedByCase: [CorpusRecord]
  /// The scored texts of non-members one after another, each with an empty line behind it; empty where none is short
  /// enough.
  public let prefix: [UInt8]
  /// The records that are asked after ``prefix``: all whose group has no record in it.
  public let afterPrefix: [CorpusRecord]

  /// The most bytes of a prefix, so that it costs little and no context limit cuts it.
  public static let prefixBytes = 2_048
  /// The most records of a prefix.
  public static let prefixRecords = 8

  /// - Parameter form: how the endpoint is asked: it decides which text of a conversation is scored.
  public init(_ records: [CorpusRecord], in form: Presentation.Form) {
    let sorted = records.map { $0.asked(in: form) }.sorted { $0.id < $1.id }
    changedByCase = sorted.filter { Self.lowercased($0) != $0.text.reveal() }
    var prefix: [UInt8] = []
    var shown: [CorpusRecord] = []
    for record in sorted where record.membership == .nonmember {
      let text = record.text.reveal() + [0x0A, 0x0A]
      guard shown.count < Self.prefixRecords, prefix.count + text.count <= Self.prefixBytes else {
        continue
      }
      prefix += text
      shown.append(record)
    }
    self.prefix = prefix
    let ids = Set(shown.map(\.id))
    let groups = Set(shown.compactMap(\.group))
    afterPrefix =
      prefix.isEmpty
      ? []
      : sorted.filter { record in
        !ids.contains(record.id) && !(record.group.map(groups.contains) ?? false)
      }
  }

  /// A record's text in lower case, as Unicode maps letters without regard to a language; of bytes
  /// that are not UTF-8, the letters of ASCII alone.
  public static func lowercased(_ record: CorpusRecord) -> [UInt8] {
    let text = record.text.reveal()
    if let valid = String(validating: text, as: UTF8.self) { return Array(valid.lowercased().utf8) }
    return text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
  }
}
