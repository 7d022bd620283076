// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineScanning

/// One scan over inputs, one after another.
struct ScanRun {
  let request: ScanRequest
  let lines: ScanLine
  var state: ScanState?
  let note: (String) -> Void
  let progress: (WorkDone) -> Void
  let emit: ([UInt8]) -> Void

  /// A line with the place that a scan can go on from is due after this many bytes.
  private static let settledEvery = 64 << 20
  /// The same where hits were printed behind the last such place: writing it takes milliseconds.
  private static let settledAfterHits = 1 << 18

  /// Scans an input, and before it what a rotated log holds that was not read yet.
  mutating func scan(_ input: String) throws(CoalmineError) -> ScanCount {
    guard let file = request.state, state != nil else {
      let start = max(0, request.offset - Scanner.overlap)
      let stream = try ScanStream(input, skipping: start)
      var place = ScanPlace(input: input, inode: 0)
      place.offset = request.offset
      return try scan(stream, from: &place)
    }
    let trail = try LogTrail(of: input, since: state?.place(of: input), state: file)
    if let lost = trail.lost { note(lost) }
    var sum = ScanCount()
    for (number, part) in trail.parts.enumerated() {
      var place = part.place
      if number + 1 < trail.parts.count {
        note("'\(input)' was begun anew: the rest of it is read from '\(part.path)'")
      }
      try state?.save(place)
      if request.layout == .text {
        try part.stream.skip(max(0, place.offset - Scanner.overlap))
      } else {
        try part.stream.skip(place.offset)
      }
      let last = number + 1 == trail.parts.count
      sum.add(try scan(part.stream, from: &place, grows: last))
    }
    return sum
  }

  /// - Parameter grows: whether a last line without an end may get one.
  private mutating func scan(
    _ stream: ScanStream, from place: inout ScanPlace, grows: Bool = false
  ) throws(CoalmineError) -> ScanCount {
    let seen =
      request.layout == .text
      ? try scanText(stream, from: &place)
      : try scanRecords(stream, from: &place, grows: grows)
    emit(lines.end(of: place.input, seen))
    return seen
  }

  private mutating func scanText(
    _ stream: ScanStream, from place: inout ScanPlace
  ) throws(CoalmineError) -> ScanCount {
    let begin = place.offset
    let start = max(0, begin - Scanner.overlap)
    var scanner = Scanner(lines.patterns, start: start, reported: begin)
    var seen = ScanCount(bytes: start)
    var told = begin
    var untold = false
    while true {
      let piece = try stream.next()
      seen.bytes += piece.count
      if piece.isEmpty, seen.bytes < begin { throw stream.endsBefore(begin) }
      let hits = scanner.scan(piece, last: piece.isEmpty)
      for hit in hits { emit(lines.hit(hit, at: place)) }
      seen.hits += hits.count
      if piece.isEmpty { break }
      untold = untold || !hits.isEmpty
      if Self.isDue(scanner.settled - told, untold) {
        (told, untold) = (scanner.settled, false)
        try settle(&place, at: told, in: stream)
      }
      progress(WorkDone("scanning", done: Int64(seen.bytes), .bytes))
    }
    try remember(&place, at: scanner.settled, in: stream)
    return seen
  }

  private mutating func scanRecords(
    _ stream: ScanStream, from place: inout ScanPlace, grows: Bool
  ) throws(CoalmineError) -> ScanCount {
    var input = ScanLines(stream, of: place.input, offset: place.offset, before: place.lines)
    var texts = RecordTexts(request.layout)
    var seen = ScanCount(bytes: place.offset)
    var (told, number) = (place.offset, place.lines)
    var untold = false
    while let line = try input.next() {
      guard line.hasEnd || !grows else {
        seen.waiting = line.bytes.count
        break
      }
      let hits = scan(line, &texts, &seen, at: place)
      seen.hits += hits
      seen.bytes = line.next
      number = line.number
      untold = untold || hits > 0
      if Self.isDue(line.next - told, untold) {
        (told, untold) = (line.next, false)
        try settle(&place, at: told, lines: number, in: stream)
      }
      if number % 1_024 == 0 {
        progress(WorkDone("scanning", done: Int64(seen.bytes), .bytes))
      }
    }
    try remember(&place, at: seen.bytes, lines: number, in: stream)
    seen.lacking = texts.lacking
    return seen
  }

  /// Searches the texts of a line and prints its hits.
  private func scan(
    _ line: ScanLines.Line, _ texts: inout RecordTexts, _ seen: inout ScanCount, at place: ScanPlace
  ) -> Int {
    guard line.bytes.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return 0 }
    var found: [RecordText]
    do throws(JSONError) {
      found = try texts.texts(of: line.bytes)
      seen.records += 1
    } catch {
      // What cannot be parsed is searched as it is, so that nothing in it is missed.
      found = [RecordText(key: nil, bytes: line.bytes)]
      seen.broken += 1
      emit(lines.broken(line, error.reason, in: place.input))
    }
    seen.texts += found.count
    var count = 0
    for (number, text) in found.enumerated() {
      var scanner = Scanner(lines.patterns)
      let hits = scanner.scan(text.bytes, last: true)
      for hit in hits { emit(lines.hit(hit, in: text, number: number, of: line, at: place)) }
      count += hits.count
    }
    return count
  }

  private static func isDue(_ bytes: Int, _ hasHits: Bool) -> Bool {
    bytes >= (hasHits ? settledAfterHits : settledEvery)
  }

  /// Tells a place that a scan can go on from, and remembers it.
  private mutating func settle(
    _ place: inout ScanPlace, at offset: Int, lines number: Int = 0, in stream: ScanStream
  ) throws(CoalmineError) {
    emit(lines.settled(offset, in: place.input))
    try remember(&place, at: offset, lines: number, in: stream)
  }

  private mutating func remember(
    _ place: inout ScanPlace, at offset: Int, lines number: Int = 0, in stream: ScanStream
  ) throws(CoalmineError) {
    guard state != nil else { return }
    try place.settle(at: offset, lines: number, in: stream)
    try state?.save(place)
  }
}

extension ScanCount {
  /// Adds what was seen in another part of the same input.
  mutating func add(_ other: ScanCount) {
    hits += other.hits
    records += other.records
    texts += other.texts
    broken += other.broken
  }
}
