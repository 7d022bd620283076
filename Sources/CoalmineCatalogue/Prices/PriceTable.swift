// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What a provider charges for a model, in US dollars per million tokens.
public struct Price: Sendable, Equatable {
  public let host: String
  /// The model's name, or its beginning with `*`.
  public let model: String
  public let input: Double
  public let output: Double
  /// The share that is paid in batch jobs; `nil` where none is known.
  public let batch: Double?
  /// The day on which the source was read, `2026-11-26`.
  public let seen: String
  /// The page that says so.
  public let source: String

  /// Dollars for so many tokens.
  ///
  /// - Parameter inBatch: whether they go through a batch job; the full price where its share is not
  ///   known.
  public func dollars(input: Int, output: Int, inBatch: Bool = false) -> Double {
    (Double(input) * self.input + Double(output) * self.output) / 1e6
      * (inBatch ? batch ?? 1 : 1)
  }
}

/// Prices by host and model, from a YAML file.
///
/// ```swift
/// let price = try PriceTable.shipped().price(host: "api.anthropic.com", model: "claude-opus-5")
/// ```
public struct PriceTable: Sendable {
  public let prices: [Price]

  /// The table inside the program.
  ///
  /// - Throws: ``CoalmineError`` where it is malformed, which the tests rule out.
  public static func shipped() throws(CoalmineError) -> PriceTable {
    guard let file = EmbeddedFiles.prices.first(where: { $0.name == "prices.yaml" }) else {
      return PriceTable(prices: [])
    }
    return try PriceTable(Array(file.text.utf8), path: "prices/prices.yaml")
  }

  /// The table of a file.
  ///
  /// - Throws: ``CoalmineError`` with file and line.
  public init(file path: String) throws(CoalmineError) {
    try self.init(try CatalogueFolder.contents(of: path), path: path)
  }

  private init(prices: [Price]) { self.prices = prices }

  /// - Parameter path: the file as it stands in messages.
  /// - Throws: ``CoalmineError`` (exit `badConfiguration`) with file and line.
  public init(_ bytes: [UInt8], path: String) throws(CoalmineError) {
    let source = FileSource(path: path, exit: .badConfiguration)
    let root = try YAMLValue(file: bytes, in: source).table(["prices"])
    var prices: [Price] = []
    for value in try root.required("prices").list() {
      let table = try value.table([
        "host", "models", "input", "output", "batch", "seen", "source",
      ])
      func amount(_ key: String) throws(CoalmineError) -> Double {
        try table.required(key).number("0 or more, in US dollars per million tokens") { $0 >= 0 }
      }
      let (input, output) = (try amount("input"), try amount("output"))
      var batch: Double?
      try table.read("batch") { value throws(CoalmineError) in
        batch = try value.number("between 0 and 1") { (0...1).contains($0) }
      }
      let host = try table.required("host").text().lowercased()
      let (seen, page) = (try table.required("seen").text(), try table.required("source").text())
      for model in try table.required("models").list() {
        let name = try model.text()
        guard !name.dropLast().contains("*"), name != "*" else {
          throw model.error("bad-name", "may have one '*', at its end and after other characters")
        }
        guard !prices.contains(where: { $0.host == host && $0.model == name }) else {
          throw model.error("price-twice", "has a price at '\(terminalSafe(host))' already")
        }
        prices.append(
          Price(
            host: host, model: name, input: input, output: output, batch: batch, seen: seen,
            source: page))
      }
    }
    self.prices = prices
  }

  /// The price of a model; `nil` where none is known.
  public func price(host: String, model: String) -> Price? {
    prices.filter { price in
      price.host == host.lowercased()
        && (price.model.hasSuffix("*")
          ? model.hasPrefix(price.model.dropLast()) : price.model == model)
    }.max { $0.model.count < $1.model.count }
  }
}
