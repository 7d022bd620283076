// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// How headers and questions of a request are spelled in its row: a line each.
enum ExchangeText {
  static func encode(_ headers: [(name: String, value: String)]) -> [UInt8] {
    // A break inside a header is no part of HTTP and becomes a space.
    Array(
      headers.map { header in
        String(
          String.UnicodeScalarView(
            "\(header.name): \(header.value)".unicodeScalars.map {
              $0 == "\n" || $0 == "\r" ? " " : $0
            }))
      }.joined(separator: "\n").utf8)
  }

  static func headers(_ bytes: [UInt8]) -> [(name: String, value: String)] {
    bytes.split(separator: 0x0A).compactMap { line in
      let parts = line.split(separator: 0x3A, maxSplits: 1)
      guard parts.count == 2 else { return nil }
      return (
        String(decoding: parts[0], as: UTF8.self),
        String(decoding: parts[1].drop { $0 == 0x20 }, as: UTF8.self)
      )
    }
  }

  /// `PROBE SUBJECT` for the first sample, `PROBE#3 SUBJECT` for a later one.
  static func encode(_ asked: [Question]) -> [UInt8] {
    Array(
      asked.map { question in
        let sample = question.sample == 0 ? "" : "#\(question.sample)"
        return "\(question.probe.rawValue)\(sample) \(question.subject.slug)"
      }.joined(separator: "\n").utf8)
  }

  /// `nil` where a line is no question.
  static func questions(_ bytes: [UInt8]) -> [Question]? {
    var asked: [Question] = []
    for line in bytes.split(separator: 0x0A) {
      let parts = line.split(separator: 0x20, maxSplits: 1).map {
        String(decoding: $0, as: UTF8.self)
      }
      guard parts.count == 2, let subject = Subject(slug: parts[1]) else { return nil }
      let name = parts[0].split(separator: "#", maxSplits: 1)
      guard let first = name.first, let probe = Probe(rawValue: String(first)),
        let sample = name.count == 1 ? 0 : Int(name[1]), sample >= 0
      else { return nil }
      asked.append(Question(probe, subject, sample: sample))
    }
    return asked
  }
}
