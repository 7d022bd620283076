// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineScanning

/// The lines that `scan` prints, one JSON object each.
struct ScanLine {
  let patterns: ScanPatterns
  /// log2 of the number of values of a secret, by the canary's name.
  let bits: [String: Double]
  let reveal: Bool
  /// How many planted secrets a pattern file left out; `nil` for a study.
  let leftOut: Int?

  /// A hit in an input that is read as bytes.
  func hit(_ hit: ScanHit, at place: ScanPlace) -> [UInt8] {
    object { fields in
      try begin(&fields, hit, id: hit.id(in: place.idName), input: place.input)
      try fields.field("offset", hit.offset)
      try end(&fields, hit)
    }
  }

  /// A hit in a text of a record.
  ///
  /// - Parameter number: of the text in its record; one key can stand twice.
  func hit(
    _ hit: ScanHit, in text: RecordText, number: Int, of line: ScanLines.Line, at place: ScanPlace
  ) -> [UInt8] {
    let name = [place.idName, String(line.offset), text.key ?? "", String(number)]
      .joined(separator: "\0")
    return object { fields in
      try begin(&fields, hit, id: hit.id(in: name), input: place.input)
      try fields.field("line", line.number)
      try fields.field("offset", line.offset)
      try fields.field("field", text.key.map(shown))
      if let trace = text.origin.trace { try fields.field("trace", shown(trace)) }
      if let span = text.origin.span { try fields.field("span", shown(span)) }
      if let event = text.origin.event { try fields.field("event", shown(event)) }
      try fields.field("at", hit.offset)
      try end(&fields, hit)
    }
  }

  private func begin(
    _ fields: inout JSONWriter.Object, _ hit: ScanHit, id: String, input: String
  ) throws {
    try fields.field("type", "hit")
    try fields.field("id", id)
    try fields.field("canary", hit.name)
    try fields.field("form", hit.form)
    try fields.field("input", input)
  }

  private func end(_ fields: inout JSONWriter.Object, _ hit: ScanHit) throws {
    try fields.field("length", hit.length)
    if let bits = bits[hit.name] { try fields.field("bits", bits) }
    try fields.field("before", utf8: reveal ? hit.before : hit.maskedBefore)
    if reveal { try fields.field("text", utf8: hit.text) }
  }

  /// A name from the input, without the characters where it holds a secret itself.
  private func shown(_ name: String) -> String {
    var scanner = Scanner(patterns)
    let bytes = Array(name.utf8)
    guard !reveal, !scanner.scan(bytes, last: true).isEmpty else { return name }
    return String(decoding: ScanHit.masked(bytes), as: UTF8.self)
  }

  /// Up to this place every hit was printed.
  func settled(_ offset: Int, in input: String) -> [UInt8] {
    object { fields in
      try fields.field("type", "settled")
      try fields.field("input", input)
      try fields.field("offset", offset)
    }
  }

  /// A line that is not JSON. It was searched as it is.
  func broken(_ line: ScanLines.Line, _ reason: String, in input: String) -> [UInt8] {
    object { fields in
      try fields.field("type", "broken")
      try fields.field("input", input)
      try fields.field("line", line.number)
      try fields.field("offset", line.offset)
      try fields.field("reason", reason)
    }
  }

  /// The end of an input.
  func end(of input: String, _ seen: ScanCount) -> [UInt8] {
    object { fields in
      try fields.field("type", "end")
      try fields.field("input", input)
      try fields.field("bytes", seen.bytes)
      try fields.field("hits", seen.hits)
      try fields.field("secrets", patterns.count)
      try fields.field("too_short", patterns.tooShort.count)
      if let leftOut { try fields.field("left_out", leftOut) }
      try fields.array("forms") { list in for form in patterns.forms { try list.value(form) } }
      guard let lacking = seen.lacking else { return }
      try fields.field("records", seen.records)
      try fields.field("broken", seen.broken)
      try fields.field("texts", seen.texts)
      try fields.field("waiting", seen.waiting)
      try fields.array("without") { list in
        for (field, records) in lacking {
          try list.object { entry in
            try entry.field("field", field)
            try entry.field("records", records)
          }
        }
      }
    }
  }

  private func object(_ body: (inout JSONWriter.Object) throws -> Void) -> [UInt8] {
    var writer = JSONWriter()
    do { try writer.object(body) } catch {
      preconditionFailure("a number of bits is finite")
    }
    return writer.bytes
  }
}

/// What was seen in one input.
struct ScanCount {
  /// Bytes from the input's start to where reading ended.
  var bytes = 0
  var hits = 0
  var records = 0
  var broken = 0
  var texts = 0
  /// Bytes of a last line without an end, which wait for the next scan.
  var waiting = 0
  /// How many records lack each field; `nil` where the input has no records.
  var lacking: [(field: String?, records: Int)]?
}
