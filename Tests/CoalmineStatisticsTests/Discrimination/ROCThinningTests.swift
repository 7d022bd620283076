// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `A ROC curve of few points` {
  @Test func `it keeps points of the curve, both ends, and no more than asked`() throws {
    var random = EvaluationTrials.generator(77)
    for trial in 0..<100 {
      let members = (0..<(1 + trial * 3)).map { _ in random.unitInterval() }
      let nonmembers = (0..<(1 + trial * 5)).map { _ in random.unitInterval() }
      let curve = try ROCCurve(members: members, nonmembers: nonmembers)
      for limit in [2, 3, 10, 36] {
        let kept = try curve.thinned(to: limit)
        #expect(kept.count <= max(limit, 0) || kept.count == curve.points.count)
        #expect(kept.count <= limit || curve.points.count <= limit)
        #expect(kept.first == curve.points.first && kept.last == curve.points.last)
        #expect(kept.allSatisfy { curve.points.contains($0) })
        #expect(kept.map(\.falsePositives) == kept.map(\.falsePositives).sorted())
      }
    }
  }

  @Test func `a point between the ends is the best of its false positives`() throws {
    var random = EvaluationTrials.generator(78)
    let members = (0..<400).map { _ in random.unitInterval() + 0.2 }
    let nonmembers = (0..<1_000).map { _ in random.unitInterval() }
    let curve = try ROCCurve(members: members, nonmembers: nonmembers)
    let kept = try curve.thinned(to: 36)
    for point in kept.dropFirst() {
      let best = curve.points.last { $0.falsePositives == point.falsePositives }
      #expect(point == best)
    }
    // One false positive, about a tenth of the non-members, and about half of them are on the curve.
    for level in [1, 100, 500] {
      #expect(kept.contains { abs($0.falsePositives - level) <= level / 5 })
    }
  }

  @Test func `few points are all kept, and fewer than two ends are refused`() throws {
    let curve = try ROCCurve(members: [3, 1], nonmembers: [2, 0])
    #expect(try curve.thinned(to: 5) == curve.points)
    #expect(throws: StatisticsError.self) { try curve.thinned(to: 1) }
  }
}
