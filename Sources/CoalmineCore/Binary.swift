// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Base-two logarithms and the change of unit between nats and bits.
package enum Binary {
  /// log2 of a positive number.
  package static func log2(_ value: Double) -> Double {
    #if canImport(Glibc)
      Glibc.log2(value)
    #else
      Musl.log2(value)
    #endif
  }

  /// Ten to the power of a number.
  package static func exp10(_ value: Double) -> Double {
    #if canImport(Glibc)
      Glibc.pow(10, value)
    #else
      Musl.pow(10, value)
    #endif
  }

  /// Nats as bits.
  package static func bits(nats: Double) -> Double { nats / 0.693147180559945309417232121458 }
}
