// SPDX-License-Identifier: Apache-2.0

/// A value in a reference vector: JSON, where a string may stand for a number that JSON lacks.
indirect enum VectorValue: Decodable, Equatable {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  case list([VectorValue])
  case object([String: VectorValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      switch value {
      case "NaN": self = .number(.nan)
      case "Infinity": self = .number(.infinity)
      case "-Infinity": self = .number(-.infinity)
      default: self = .text(value)
      }
    } else if let value = try? container.decode([VectorValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: VectorValue].self))
    }
  }

  /// `nil` becomes ``null``: undefined here, and reported as such.
  init(_ value: Double?) { self = value.map { .number($0) } ?? .null }
  init(_ value: Int) { self = .number(Double(value)) }
  init(_ values: [Double]) { self = .list(values.map { .number($0) }) }
}

/// One case of a vector file.
struct VectorCase: Decodable {
  let id: String
  let inputs: [String: VectorValue]
  let expected: [String: VectorValue]
  let tolerance: [String: Double]

  /// The slug of the refusal that the case asks for.
  var refusal: String? {
    guard case .text(let slug)? = expected["error"] else { return nil }
    return slug
  }

  func has(_ names: String...) -> Bool { names.allSatisfy { inputs[$0] != nil } }

  func number(_ name: String) throws -> Double {
    guard case .number(let value)? = inputs[name] else { throw VectorShape(id, name) }
    return value
  }

  /// `nil` where the input is absent or null.
  func optionalNumber(_ name: String) throws -> Double? {
    switch inputs[name] {
    case nil, .null: nil
    default: try number(name)
    }
  }

  func integer(_ name: String) throws -> Int {
    guard let value = Int(exactly: try number(name)) else { throw VectorShape(id, name) }
    return value
  }

  func text(_ name: String) throws -> String {
    guard case .text(let value)? = inputs[name] else { throw VectorShape(id, name) }
    return value
  }

  func numbers(_ name: String) throws -> [Double] {
    try inputs[name]?.numbers ?? { throw VectorShape(id, name) }()
  }

  func integers(_ name: String) throws -> [Int] {
    try numbers(name).map { try Int(exactly: $0) ?? { throw VectorShape(id, name) }() }
  }

  func table(_ name: String) throws -> [[Double]] {
    guard case .list(let rows)? = inputs[name] else { throw VectorShape(id, name) }
    return try rows.map { try $0.numbers ?? { throw VectorShape(id, name) }() }
  }
}

extension VectorValue {
  /// A list of numbers, or `nil` where it is something else.
  var numbers: [Double]? {
    guard case .list(let values) = self else { return nil }
    var numbers: [Double] = []
    for case .number(let value) in values { numbers.append(value) }
    return numbers.count == values.count ? numbers : nil
  }
}

/// An input that a method does not understand: it fails the suite, never skips a case.
struct VectorShape: Error, CustomStringConvertible {
  let description: String
  init(_ id: String, _ name: String) {
    description = "case '\(id)': input '\(name)' is missing or has an unknown shape"
  }
}

/// What coalmine computes for the inputs of a case, by the names of the outputs in the file.
///
/// It computes every output that the file's cases may list; the suite compares those that a case
/// does list. Refusals are thrown as `StatisticsError`.
typealias VectorMethod = @Sendable (VectorCase) throws -> [String: VectorValue]
