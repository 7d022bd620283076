// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Numbers as sentences write them.
package enum Prose {
  /// `digits` decimals; a bound is rounded away from what it claims, so the caller gives the rule.
  package static func decimal(
    _ value: Double, _ digits: Int, _ rule: FloatingPointRoundingRule = .toNearestOrEven
  ) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    guard let scaled = Int(exactly: (value * Double(scale)).rounded(rule)) else {
      return "\(value)"
    }
    let magnitude = scaled.magnitude
    let fraction = String(magnitude % scale.magnitude)
    let sign = scaled < 0 ? "-" : ""
    guard digits > 0 else { return sign + String(magnitude) }
    return sign + String(magnitude / scale.magnitude) + "."
      + String(repeating: "0", count: digits - fraction.count) + fraction
  }

  /// `8.3%`
  package static func percent(
    _ rate: Double, _ rule: FloatingPointRoundingRule = .toNearestOrEven
  ) -> String {
    decimal(rate * 100, 1, rule) + "%"
  }

  /// `p = 0.0312`, or `p below 0.0001`; rounded up, so that none looks smaller than it is.
  package static func pValue(_ value: Double) -> String {
    value < 0.0001 ? "p below 0.0001" : "p = " + decimal(value - 1e-12, 4, .up)
  }

  /// The same beside a limit: with as many digits as show on which side of it the value is.
  package static func pValue(_ value: Double, below limit: Double) -> String {
    let digits = max(4, zeros(limit) + 2)
    guard digits > 4 else { return pValue(value) }
    let least = "0." + String(repeating: "0", count: digits - 1) + "1"
    guard let smallest = Double(least), value >= smallest else { return "p below \(least)" }
    return "p = " + decimal(value * (1 - 1e-14), digits, .up)
  }

  /// How many zeros stand behind the point before the first digit of a number in 0…1; at most 15.
  package static func zeros(_ value: Double) -> Int {
    guard value > 0 else { return 15 }
    return min(15, max(0, Int((-log10(value)).rounded(.up)) - 1))
  }

  /// `0.0031 nats`, `0.000012 nats`; rounded up.
  package static func nats(_ value: Double) -> String {
    decimal(value, value < 0.001 ? 6 : 4, .up) + " nats"
  }

  /// `1 canary`, `3 canaries`
  package static func count(_ number: Int, _ one: String, _ many: String) -> String {
    number == 1 ? "1 \(one)" : "\(number) \(many)"
  }

  /// `1 epoch`, `0.5 epochs`, `3 epochs`
  package static func count(_ number: Double, _ one: String, _ many: String) -> String {
    guard let whole = Int(exactly: number) else { return "\(number) \(many)" }
    return count(whole, one, many)
  }

  /// `0 of 36; true rate below 8.0% with 95% confidence under this protocol` where none was seen,
  /// else `12 of 36; true rate above 20.4% and below 48.5%, each with 95% confidence …`: the bounds
  /// are one-sided.
  package static func rate(_ hits: Int, of trials: Int, bounds: ClosedRange<Double>) -> String {
    let upper = percent(bounds.upperBound, .up)
    let lower = percent(bounds.lowerBound, .down)
    let claim =
      if hits == 0 {
        "true rate below \(upper)"
      } else if hits == trials {
        "true rate above \(lower)"
      } else {
        "true rate above \(lower) and below \(upper), each"
      }
    return "\(hits) of \(trials); \(claim) with 95% confidence under this protocol"
  }
}
