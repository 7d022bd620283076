// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The texts of a corpus, one per record.
public struct CorpusTexts: Sendable {
  public let shape: RecordShape
  /// In the order of the file.
  public private(set) var texts: [[UInt8]] = []
  /// Records without text.
  public private(set) var left = 0

  /// Reads a file of any format, compressed or not.
  ///
  /// - Throws: ``CoalmineError`` as ``CorpusSurvey/shape(of:format:fields:separator:)`` does.
  /// - Complexity: O(bytes), in memory too.
  public init(
    of path: String, format: CorpusFormat? = nil, fields: StatedFields? = nil,
    separator: [UInt8]? = nil
  ) throws {
    let file = try CorpusFile(path, isRaw: format == .source, separator: separator)
    let type = RecordCodecs.codec(of: try CorpusFormat.detect(file, stated: format))
    let codec = try type.init(file)
    shape = try CorpusSurvey.shape(of: file, codec, fields, type.limit)
    let reading = RecordFields(shape: shape, syntax: codec.syntax)
    var reader = codec.reader(file, limit: type.limit)
    while let record = try reader.next() {
      guard record.isRecord else { continue }
      if record.part == .whole, let text = reading.text(of: record.content) {
        texts.append(text)
      } else if record.part.begins {
        left += 1
      }
    }
  }
}
