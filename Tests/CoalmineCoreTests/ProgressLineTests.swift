// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Testing

@Suite struct `Progress lines` {
  static func work(_ done: Int64, of total: Int64? = 480, grows: Bool = false) -> WorkDone {
    WorkDone("probing tuned", done: done, of: total, .items("requests"), totalMayGrow: grows)
  }

  @Test func `a log gets its first line late, then one per minute, and one at the end`() {
    let line = Line(.log(first: 10, every: 60))
    var written: [Double: String] = [:]
    // A reply each half second for 150 seconds.
    for step in 0...300 {
      let seconds = Double(step) / 2
      written[seconds] = line.update(Self.work(Int64(step), of: 400), at: 1_000 + seconds)
    }
    #expect(written.keys.sorted() == [10, 70, 130])
    #expect(written[10] == "probing tuned: 20 of 400 requests, 2.0/s, about 3 min left\n")
    #expect(written[130] == "probing tuned: 260 of 400 requests, 2.0/s, about 70 s left\n")
    #expect(
      line.finish(at: 1_151) == "probing tuned: 300 of 400 requests, 2.0/s, about 50 s left\n")
  }

  @Test func `a log of short work stays empty, and no line comes twice`() {
    let short = Line(.log(first: 10, every: 60))
    #expect(
      short.update(Self.work(1), at: 0) == nil && short.update(Self.work(480), at: 9.9) == nil)
    #expect(short.finish(at: 9.95) == nil)
    let exact = Line(.log(first: 10, every: 60))
    #expect(exact.update(Self.work(0), at: 0) == nil)
    #expect(exact.update(Self.work(480), at: 20) == "probing tuned: 480 of 480 requests, 24.0/s\n")
    #expect(exact.finish(at: 20.1) == nil)
    #expect(Line(.log(first: 10, every: 60)).finish(at: 0) == nil)
  }

  @Test func `a terminal is drawn ten times per second at most, and cleaned at the end`() {
    let line = Line(.terminal(columns: 80))
    var count = 0
    for step in 0..<1_000 where line.update(Self.work(Int64(step)), at: Double(step) / 100) != nil {
      count += 1
    }
    #expect((90...101).contains(count))
    #expect(line.finish(at: 10) == "\r\u{1B}[K")
    #expect(line.finish(at: 11) == nil)
  }

  @Test func `a bar shows done, total, rate and time left within the width`() throws {
    for columns in [20, 40, 79, 80, 200] {
      let line = Line(.terminal(columns: columns))
      _ = line.update(Self.work(100), at: 0)
      let drawn = try #require(line.update(Self.work(120), at: 10))
      #expect(drawn.hasPrefix("\r") && drawn.hasSuffix("\u{1B}[K"))
      let text = drawn.dropFirst().dropLast(3)
      #expect(text.count < columns, "\(text)")
      if columns == 200 {
        // What was stored before does not count for the rate.
        #expect(
          text
            == "[#####...............] probing tuned: 120 of 480 requests, 2.0/s, about 3 min left"
        )
      }
    }
  }

  @Test func `a total that may grow promises no more than it knows`() {
    let line = Line(.log(first: 1, every: 1))
    _ = line.update(Self.work(0, grows: true), at: 0)
    #expect(
      line.update(Self.work(60, grows: true), at: 60)
        == "probing tuned: 60 of 480 requests known so far, 1.0/s, at least 7 min left\n")
    #expect(
      line.update(Self.work(70, of: nil), at: 70) == "probing tuned: 70 requests, 1.0/s\n")
  }

  @Test func `a new stage has its own rate`() {
    let line = Line(.log(first: 1, every: 1))
    _ = line.update(WorkDone("reading", done: 0, of: 10, .bytes), at: 0)
    _ = line.update(WorkDone("writing", done: 0, of: 3_000_000_000, .bytes), at: 100)
    #expect(
      line.update(WorkDone("writing", done: 1_500_000_000, of: 3_000_000_000, .bytes), at: 110)
        == "writing: 1.5 GB of 3.0 GB, 150 MB/s, about 10 s left\n")
    #expect(line.update(WorkDone("scoring"), at: 120) == "scoring\n")
  }

  @Test(arguments: [
    (1e-9, "below 0.1/s, about 277778 h left"), (0.5, "0.5/s, about 16 min left"),
    (250, "250/s, about 2 s left"),
  ])
  func `slow and fast rates are words, too`(_ rate: Double, _ words: String) throws {
    let line = Line(.log(first: 1, every: 1))
    _ = line.update(Self.work(0, of: 481), at: 0)
    let seconds = 1 / rate
    if rate > 1 {
      #expect(line.update(Self.work(250, of: 750), at: 1)?.hasSuffix("\(words)\n") == true)
    } else {
      #expect(line.update(Self.work(1, of: 481), at: seconds)?.hasSuffix("\(words)\n") == true)
    }
  }

  @Test func `bytes are reported each mebibyte`() {
    let seen = Collected()
    var meter = ByteMeter("seeding", of: 5 << 20) { seen.add($0.done) }
    for _ in 0..<(5 << 10) { meter.add(1_024) }
    #expect(seen.values == [0] + (1...5).map { Int64($0) << 20 })
  }
}

/// A line that keeps its state between expectations.
private final class Line {
  private var line: ProgressLine

  init(_ place: ProgressLine.Place) { line = ProgressLine(place) }

  func update(_ work: WorkDone, at seconds: Double) -> String? { line.update(work, at: seconds) }
  func finish(at seconds: Double) -> String? { line.finish(at: seconds) }
}

private final class Collected: @unchecked Sendable {
  // One thread alone adds.
  private(set) var values: [Int64] = []
  func add(_ value: Int64) { values.append(value) }
}
