// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The marked records one by one, as reports list them.
enum RecordResults {
  /// - Parameter scores: of each score its slug and the outcome of each record that was read.
  /// - Complexity: O(records · scores).
  static func list(
    _ reading: LabelledRecord.Reading, _ scores: [(slug: String, outcomes: [Outcome<Double>])]
  ) -> [RecordResult] {
    var numbers: [String: Int] = [:]
    return reading.all.map { record, place in
      let group = record.group.map { name in
        let number = numbers[name] ?? numbers.count + 1
        numbers[name] = number
        return number
      }
      return RecordResult(
        id: record.id, membership: record.membership,
        group: record.group.map { Secret(Array($0.utf8)) },
        groupNumber: group, text: record.text,
        tokens: place.map { place in
          let tokens = reading.records[place].tokens
          return RecordResult.Tokens(
            count: tokens.logProbabilities.count, bytes: tokens.text.count,
            nats: tokens.logProbabilities.reduce(0, +))
        },
        scores: scores.map { slug, outcomes in
          RecordResult.Score(
            name: slug,
            value: place.value.map { outcomes[$0] } ?? place.withoutValue()
              ?? .failed(Reasons.wrongObservation))
        })
    }
  }
}
