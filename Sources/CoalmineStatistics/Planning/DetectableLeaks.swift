// SPDX-License-Identifier: Apache-2.0

extension PowerSimulation {
  /// The smallest AUC of a dense leak that is found with the wanted power, rounded up to 0.01.
  ///
  /// - Parameters:
  ///   - power: in 0…1 open.
  ///   - error: ``SimulationError/counted`` for a plan, ``SimulationError/ignored`` for a result.
  /// - Returns: 0.5…1; `nil` where not even secrets above all their references are found so often.
  /// - Throws: `nan`, `invalid_parameter`.
  /// - Complexity: up to ten simulations.
  public func smallestDenseAUC(power: Double, _ error: SimulationError) throws(StatisticsError)
    -> Double?
  {
    let hundredths = try smallest(in: 50...100, power: power, error) {
      .dense(auc: Double($0) / 100)
    }
    return hundredths.map { Double($0) / 100 }
  }

  /// The smallest number of memorised secrets that is found with the wanted power.
  ///
  /// - Parameters:
  ///   - power: in 0…1 open.
  ///   - error: ``SimulationError/counted`` for a plan, ``SimulationError/ignored`` for a result.
  /// - Returns: 1…inserted canaries; `nil` where not even all of them are found so often.
  /// - Throws: `nan`, `invalid_parameter`.
  /// - Complexity: O(log inserted) simulations.
  public func smallestSparseCount(power: Double, _ error: SimulationError) throws(StatisticsError)
    -> Int?
  {
    try smallest(in: 1...design.inserted, power: power, error) { .sparse(memorised: $0) }
  }

  /// The first number whose leak is found so often: all alternatives share their random numbers, so
  /// every larger one is too.
  private func smallest(
    in range: ClosedRange<Int>, power: Double, _ error: SimulationError,
    _ leak: (Int) -> PlannedLeak
  ) throws(StatisticsError) -> Int? {
    if power.isNaN { throw .nan }
    guard power > 0, power < 1 else { throw .parameter("power must be in 0…1") }
    func isFound(_ value: Int) throws(StatisticsError) -> Bool {
      try finds(leak(value), power: power, error)
    }
    // Twice as far each time, since few memorised secrets are mostly enough; then by halves.
    var (low, step) = (range.lowerBound - 1, 1)
    var high = range.upperBound + 1
    while low + step < high {
      if try isFound(low + step) {
        high = low + step
        break
      }
      low += step
      step *= 2
    }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if try isFound(middle) { high = middle } else { low = middle }
    }
    return high > range.upperBound ? nil : high
  }
}
