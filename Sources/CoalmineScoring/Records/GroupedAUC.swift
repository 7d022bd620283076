// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// The AUC of scored records that name their group, such as the messages of one customer.
package struct GroupedAUC: Sendable {
  private let clusters: ClusteredAUC

  /// P(member > nonmember) + ½ P(equal) over records, 0…1.
  package var value: Double { clusters.value }

  /// - Throws: `empty_input`, `nan`.
  /// - Complexity: O(N log N).
  package init(
    members: [(value: Double, group: String)], nonmembers: [(value: Double, group: String)]
  ) throws(StatisticsError) {
    // In the order of their names, so that a seed means the same draws whatever the records' order.
    func grouped(_ records: [(value: Double, group: String)]) -> [[Double]] {
      Dictionary(grouping: records, by: \.group).sorted { $0.key < $1.key }
        .map { $0.value.map(\.value) }
    }
    clusters = try ClusteredAUC(members: grouped(members), nonmembers: grouped(nonmembers))
  }

  /// ``ClusteredAUC/bootstrapInterval(confidence:resamples:using:)``; `nil` with fewer than two
  /// groups on a side or where every resample is alike.
  ///
  /// - Parameter resamples: B, at least 100, else there is no interval.
  package func bootstrapInterval(
    resamples: Int, confidence: Double, using generator: inout some RandomNumberGenerator
  ) -> Interval? {
    try? clusters.bootstrapInterval(
      confidence: confidence, resamples: resamples, using: &generator)
  }

  /// ``ClusteredAUC/separationInterval(confidence:)``; `nil` for an AUC between 0 and 1.
  package func separationInterval(confidence: Double) -> Interval? {
    clusters.separationInterval(confidence: confidence)
  }
}
