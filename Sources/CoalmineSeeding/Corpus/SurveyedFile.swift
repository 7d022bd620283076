// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// One file of a corpus, and how it is read. It is opened anew for each pass: a corpus may have more
/// files than a process may hold open.
struct SurveyedFile: Sendable {
  let path: String
  /// Its name in the corpus: without the folder, or its path in a tree of source code.
  let name: String
  let codec: any RecordCodec
  /// In bytes, decompressed.
  let size: Int64
  let compression: Compression?
  /// What is stated to stand between two records.
  let separator: [UInt8]?
  /// The bytes of the file that are read; all of them without one.
  var range: Range<Int64>? = nil

  /// What all files of a corpus have in common.
  struct Form: Sendable {
    let format: CorpusFormat
    let shape: RecordShape
  }

  /// Opens the files of one corpus, which must be of one format and hold their text in one place.
  ///
  /// - Throws: ``CoalmineError`` `corpus-files-differ`, or what reading one file throws.
  static func open(
    _ paths: [String], _ options: CorpusSurvey.Options
  ) throws -> (files: [SurveyedFile], form: Form) {
    var files: [SurveyedFile] = []
    var form: Form?
    for path in paths {
      let file = try CorpusFile(
        path, isRaw: options.format == .source, separator: options.separator)
      let format = try CorpusFormat.detect(file, stated: options.format)
      try options.check(format, path)
      let type = RecordCodecs.codec(of: format)
      if let form, form.format != format {
        throw differ(path, paths, "is read as '\(format.rawValue)'", "as '\(form.format.rawValue)'")
      }
      let codec = try type.init(file)
      let shape = try CorpusSurvey.shape(of: file, codec, options.fields, options.limit(type))
      if let form, form.shape != shape {
        throw differ(
          path, paths, "holds \(SurveyRefusals.need(of: shape))",
          SurveyRefusals.need(of: form.shape))
      }
      if let first = files.first, first.codec.syntax != codec.syntax {
        throw differ(path, paths, "has other columns", "those of its own header")
      }
      form = form ?? Form(format: format, shape: shape)
      files.append(
        SurveyedFile(
          path: path,
          name: options.names[path] ?? path.split(separator: "/").last.map(String.init) ?? path,
          codec: codec, size: file.size, compression: file.compression,
          separator: options.separator))
    }
    guard let form else {
      throw CoalmineError(
        code: "corpus-empty", "no file is named", help: "name the files of the corpus",
        exit: .badData)
    }
    if form.format != .source { try refuseSame(files) }
    return (files, form)
  }

  /// Refuses a file that is there twice, such as one beside its own compressed form. Only files with as
  /// much data are read for it.
  private static func refuseSame(_ files: [SurveyedFile]) throws {
    for same in Dictionary(grouping: files, by: \.size).values where same.count > 1 {
      var paths: [[UInt8]: String] = [:]
      for file in same {
        let digest = try file.opened().dataDigest()
        guard let other = paths.updateValue(file.path, forKey: digest) else { continue }
        throw CoalmineError(
          code: "corpus-file-twice",
          "'\(terminalSafe(other))' and '\(terminalSafe(file.path))' hold the same data",
          details: ["each of its records would be counted and trained twice"],
          help: "name one of them; a compressed file is read as what is in it", exit: .badData)
      }
    }
  }

  /// Opens it for one more pass.
  func opened() throws(CoalmineError) -> CorpusFile {
    try CorpusFile(
      path, isRaw: type(of: codec).format == .source, separator: separator, range: range)
  }

  private static func differ(
    _ path: String, _ paths: [String], _ what: String, _ other: String
  ) -> CoalmineError {
    CoalmineError(
      code: "corpus-files-differ",
      "'\(terminalSafe(path))' \(what), and '\(terminalSafe(paths[0]))' \(other): the files of one "
        + "corpus are of one form",
      help: "seed files of another form as a study of their own; where one is taken for something "
        + "else, '--format' and the options for fields say what all of them are",
      exit: .badData)
  }
}

extension CorpusSurvey.Options {
  /// The longest line that is read whole.
  func limit(_ type: any RecordCodec.Type) -> Int { lineLimit ?? type.limit }
}
