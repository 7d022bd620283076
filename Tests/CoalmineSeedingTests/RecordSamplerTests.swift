// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import Testing

@Suite struct RecordSamplerTests {
  private func seed(_ number: Int) -> [UInt8] {
    (0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8)) }
  }

  private func text(_ number: Int) -> [UInt8] { Array("text \(number)".utf8) }

  @Test func `members and non-members are each uniform, and as many`() throws {
    var out = Array(repeating: 0, count: 10)
    var marked = Array(repeating: 0, count: 10)
    for trial in 0..<4_000 {
      var sampler = RecordSampler(wanted: 2, seed: seed(trial))
      for record in 0..<10 { sampler.offer(record: record, text: text(record), group: nil) }
      let sample = try #require(sampler.sample())
      #expect(sample.membership.count == 4)
      #expect(sample.removals == 2)
      for (record, side) in sample.membership {
        if side == .nonmember { out[record] += 1 } else { marked[record] += 1 }
      }
    }
    // Nine degrees of freedom, upper 0.1 % point 27.88; without replacement the statistic is
    // smaller still.
    #expect(Naive.chiSquare(out) < 27.88)
    #expect(Naive.chiSquare(marked) < 27.88)
    #expect(out.reduce(0, +) == 8_000 && marked.reduce(0, +) == 8_000)
  }

  @Test func `which side a drawn record falls on is a fair coin`() throws {
    // Exchangeability: given that records 0 and 1 are on different sides, both ways alike.
    var zeroOut = 0
    var differing = 0
    for trial in 0..<4_000 {
      var sampler = RecordSampler(wanted: 2, seed: seed(trial))
      for record in 0..<5 {
        sampler.offer(record: record, text: text(record % 4), group: text(record % 4 + 10))
      }
      guard let sample = sampler.sample(), let zero = sample.membership[0],
        let one = sample.membership[1], zero != one
      else { continue }
      differing += 1
      if zero == .nonmember { zeroOut += 1 }
    }
    #expect(differing > 1_000)
    // Four standard deviations either side.
    let deviation = Double(differing).squareRoot() / 2
    #expect(abs(Double(zeroOut) - Double(differing) / 2) < 4 * deviation)
  }

  @Test func `records with one text go together and are scored once`() throws {
    for trial in 0..<50 {
      var sampler = RecordSampler(wanted: 3, seed: seed(trial))
      for record in 0..<60 { sampler.offer(record: record, text: text(record % 12), group: nil) }
      let sample = try #require(sampler.sample())
      #expect(sample.membership.count == 6 * 5)
      for (record, side) in sample.membership {
        for twin in stride(from: record % 12, to: 60, by: 12) {
          #expect(sample.membership[twin] == side)
        }
      }
      // The first record of each text.
      #expect(sample.scored.values.joined().allSatisfy { $0 < 12 })
      #expect(sample.scored.count == 6)
    }
  }

  @Test func `groups are never split, records without text included`() throws {
    for trial in 0..<100 {
      var sampler = RecordSampler(wanted: 4, seed: seed(trial))
      for record in 0..<90 {
        let group = Array("customer \(record * 7 % 23)".utf8)
        sampler.offer(
          record: record, text: record % 5 == 0 ? nil : text(record), group: group)
      }
      let sample = try #require(sampler.sample())
      var sides: [Int: Set<CorpusRecord.Membership?>] = [:]
      for record in 0..<90 {
        sides[record * 7 % 23, default: []].insert(sample.membership[record])
      }
      #expect(sides.values.allSatisfy { $0.count == 1 })
      for side in CorpusRecord.Membership.allCases {
        let scored = sample.scored.values.joined().filter { sample.membership[$0] == side }
        #expect(scored.count >= 4)
        #expect(scored.allSatisfy { $0 % 5 != 0 })
      }
    }
  }

  @Test func `a corpus that is too small says how many texts it has`() {
    var sampler = RecordSampler(wanted: 4, seed: seed(1))
    for record in 0..<20 { sampler.offer(record: record, text: text(record % 7), group: nil) }
    #expect(sampler.sample() == nil)
    #expect(sampler.availableTexts == 7)
  }

  @Test func `empty texts are never drawn, and nothing is drawn when nothing is wanted`() throws {
    var none = RecordSampler(wanted: 0, seed: seed(1))
    none.offer(record: 0, text: text(1), group: nil)
    #expect(try #require(none.sample()).membership.isEmpty)
    var empty = RecordSampler(wanted: 1, seed: seed(1))
    for record in 0..<5 { empty.offer(record: record, text: [], group: nil) }
    #expect(empty.sample() == nil)
  }
}
