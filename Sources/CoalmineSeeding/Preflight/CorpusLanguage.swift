// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Tells the language of a corpus, to choose template texts by it.
public enum CorpusLanguage {
  /// How many records are looked at, from the start of the file.
  public static let records = 300
  /// How much of one record is looked at, in bytes.
  private static let longestText = 1 << 10

  /// The language of the first records together, a two-letter code; `nil` where script and stop words
  /// do not tell it.
  ///
  /// - Throws: ``CoalmineError`` as ``CorpusSurvey/init(path:options:randomness:progress:)`` does.
  /// - Complexity: O(bytes of the first records).
  public static func detected(
    in path: String, format: CorpusFormat? = nil, fields: StatedFields? = nil,
    separator: [UInt8]? = nil
  ) throws -> String? {
    let file = try CorpusFile(path, separator: separator)
    let type = RecordCodecs.codec(of: try CorpusFormat.detect(file, stated: format))
    let codec = try type.init(file)
    let shape = try CorpusSurvey.shape(of: file, codec, fields, type.limit)
    let reading = RecordFields(shape: shape, syntax: codec.syntax)
    var texts: [RuleText] = []
    var reader = codec.reader(file, limit: type.limit)
    while texts.count < records, let line = try reader.next() {
      guard line.isRecord, line.part == .whole, let text = reading.readableText(of: line.content)
      else {
        continue
      }
      texts.append(RuleText(Array(text.prefix(longestText))))
    }
    return LanguageProfile.main(of: texts)
  }
}
