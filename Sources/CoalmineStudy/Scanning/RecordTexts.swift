// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding

/// A text of a record, with its place in it.
struct RecordText {
  /// The field or the attribute that holds it; `nil` for a line that is no JSON.
  let key: String?
  let bytes: [UInt8]
  /// What an OpenTelemetry text belongs to.
  var origin = TelemetryOrigin()
}

/// The texts of JSON records that are searched.
struct RecordTexts {
  private let fields: [(path: String, reader: RecordFields)]
  /// How many records lack each field, by its path; of OpenTelemetry, how many hold no text.
  private(set) var lacking: [(field: String?, records: Int)]

  init(_ layout: ScanRequest.Layout) {
    switch layout {
    case .text, .openTelemetry:
      fields = []
      lacking = [(nil, 0)]
    case .fields(let paths):
      fields = paths.map { ($0, RecordFields(shape: .text(field: $0), syntax: .json)) }
      lacking = paths.map { ($0, 0) }
    }
  }

  /// The texts of a line.
  ///
  /// - Throws: ``JSONError`` for a line that is not JSON.
  mutating func texts(of line: [UInt8]) throws(JSONError) -> [RecordText] {
    let document = try JSONDocument(parsing: line, repairing: true)
    guard !fields.isEmpty else {
      let texts = TelemetryTexts.texts(of: document.root)
      if texts.isEmpty { lacking[0].records += 1 }
      return texts
    }
    var texts: [RecordText] = []
    for (number, field) in fields.enumerated() {
      let found = (field.reader.values(at: field.path, in: line) ?? [])
        .filter { line[$0] != Array("null".utf8)[...] }
      if found.isEmpty { lacking[number].records += 1 }
      texts += found.map { RecordText(key: field.path, bytes: Self.text($0, in: line)) }
    }
    return texts
  }

  /// What a string means; the bytes of any other value.
  private static func text(_ value: Range<Int>, in line: [UInt8]) -> [UInt8] {
    JSONSpans.string(value, in: line) ?? Array(line[value])
  }
}
