// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The stored samples of one subject under one probe, by number.
struct SampleSet {
  private var samples: [Int: Outcome<Observation>] = [:]

  /// Adds a sample; `false` where it is there already, or its number is none.
  mutating func add(_ number: Int, _ outcome: Outcome<Observation>) -> Bool {
    guard number >= 0 else { return false }
    return samples.updateValue(outcome, forKey: number) == nil
  }

  /// What the samples come to together; `nil` where they are answers of kinds that do not go
  /// together.
  var outcome: Outcome<Observation>? {
    let sorted = samples.sorted { $0.key < $1.key }
    for (place, sample) in sorted.enumerated() {
      guard sample.key == place else {
        return .failed(
          Reason("sample-missing", "sample \(place) has no answer, and a later one has"))
      }
      switch sample.value {
      case .failed, .notMeasurable: return sample.value
      case .measured, .censored: continue
      }
    }
    guard let first = sorted.first?.value else { return nil }
    if sorted.count == 1 || sorted.allSatisfy({ $0.value.value == nil }) { return first }
    var texts: [Completion] = []
    for sample in sorted {
      switch sample.value {
      case .measured(.completions(let some)): texts += some
      case .censored: texts.append(Completion(text: [], ending: .filtered))
      case .measured, .failed, .notMeasurable: return nil
      }
    }
    return .measured(.completions(texts))
  }
}
