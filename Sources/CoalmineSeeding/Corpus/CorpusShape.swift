// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

extension CorpusSurvey {
  /// How the records of a file hold their text, as a survey finds it.
  ///
  /// - Parameters:
  ///   - format: `--format`; found out where it is not stated.
  ///   - fields: fields named on the command line; they say nothing of plain text.
  ///   - separator: what stands between two records, with the format `separated`.
  /// - Throws: ``CoalmineError``: `corpus-missing`, `corpus-not-a-file`,
  ///   `corpus-format-not-supported`, `bad-json-line`, `corpus-line-too-long`,
  ///   `record-shape-unknown`, or a reading error.
  public static func shape(
    of path: String, format: CorpusFormat? = nil, fields: StatedFields? = nil,
    separator: [UInt8]? = nil
  ) throws -> RecordShape {
    let file = try CorpusFile(path, isRaw: format == .source, separator: separator)
    let format = try CorpusFormat.detect(file, stated: format)
    let codec = RecordCodecs.codec(of: format)
    return try shape(of: file, codec.init(file), fields, codec.limit)
  }

  static func shape(
    of file: CorpusFile, _ codec: some RecordCodec, _ stated: StatedFields?, _ limit: Int
  ) throws -> RecordShape {
    guard codec.syntax != .text else { return .plainText }
    if let stated { return stated.shape }
    var detection = ShapeDetection(syntax: codec.syntax)
    var reader = codec.reader(file, limit: limit)
    var number = 0
    while !detection.isComplete, let line = try reader.next() {
      if line.part.begins { number += 1 }
      guard line.isRecord else { continue }
      guard line.part == .whole else {
        throw line.tooLong(file.path, line: number, limit: limit)
      }
      if case .usable = try codec.validity(line.content, path: file.path, number: number) {
        detection.note(line.content)
      }
    }
    return detection.seen.records == 0
      ? .text(field: "text") : try detection.shape(path: file.path)
  }
}
