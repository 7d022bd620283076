// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

/// `--prices`, on every verb that asks an endpoint.
struct PriceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A table of prices in the form of prices/prices.yaml, in place of the one in the program.",
      valueName: "file"))
  var prices: String?

  /// The price of the model that is asked; `nil` where none is known.
  ///
  /// - Throws: `CoalmineError` for a file that cannot be read.
  func price(at endpoint: Endpoint) throws -> Price? {
    let table = try prices.map { try PriceTable(file: $0) } ?? PriceTable.shipped()
    return table.price(host: endpoint.host ?? Self.commandHost, model: endpoint.model)
  }

  /// What stands for the host of a local program.
  private static let commandHost = "command"

  /// Whether the cost is told: nobody bills what runs on this machine, unless a table says so.
  func isTold(at endpoint: Endpoint) -> Bool { prices != nil || !endpoint.isLocal }
}

/// What a run costs, for a terminal and as JSON.
struct CostText {
  let endpoint: Endpoint
  let price: Price?

  /// What the questions of a run can cost.
  func estimate(_ bound: TokenBound?, inBatch: Bool = false) -> String {
    guard let price else { return unknown }
    guard let bound else {
      return
        "cost of the questions: not known before, because the endpoint's own tokens decide (\(source(price)))"
    }
    let most = price.dollars(input: bound.input, output: bound.output, inBatch: inBatch)
    let likely = price.dollars(
      input: (bound.input + 3) / 4, output: bound.output, inBatch: inBatch)
    return
      "cost of the questions: at most USD \(Dollars.text(most)), about USD \(Dollars.text(likely)) at four bytes "
      + "per token (\(source(price)))"
  }

  /// What is left of a run that goes on, and whether a limit is below what it can cost; nothing
  /// where neither has a word to say.
  func rest(_ estimate: ProbeEstimate, limit: Double? = nil, inBatch: Bool = false) -> [String] {
    guard let price, let bound = estimate.bound, estimate.stored?.isFinished != true else {
      return []
    }
    let stored = estimate.stored
    let left = stored?.bound ?? bound
    let most = price.dollars(input: left.input, output: left.output, inBatch: inBatch)
    var lines: [String] = []
    if let spent = stored?.spend?.dollars {
      let likely = price.dollars(
        input: (left.input + 3) / 4, output: left.output, inBatch: inBatch)
      lines.append(
        "of that is left: at most USD \(Dollars.text(most)), about USD \(Dollars.text(likely)); run "
          + "\(stored?.run ?? 0) took USD \(Dollars.text(spent)) until now")
    }
    let whole = most + (stored?.spend?.dollars ?? 0)
    if let limit, whole > limit {
      lines.append(
        "that can be USD \(Dollars.text(whole)) in all, more than the limit of USD "
          + "\(Dollars.text(limit)): the run then stops before its end, and goes on with a higher limit"
      )
    }
    return lines
  }

  /// What a run took until now; the tokens of this call alone where no price is known.
  func spent(_ spend: Spend) -> String {
    let tokens =
      "\(Prose.count(spend.inputTokens, "token", "tokens")) in, \(spend.outputTokens) out"
    let rest =
      spend.uncounted == 0
      ? ""
      : "; of \(Prose.count(spend.uncounted, "request", "requests")) no token counts are known"
    guard let price, let dollars = spend.dollars else {
      return "\(unknown); this call: \(tokens)\(rest)"
    }
    return "cost of the run until now: USD \(Dollars.text(dollars)) for \(tokens)\(rest) "
      + "(\(source(price)))"
  }

  private var unknown: String {
    "cost: not known, because there is no price for '\(terminalSafe(endpoint.model))' at "
      + "\(terminalSafe(endpoint.host ?? endpoint.url)); '--prices FILE' may name one"
  }

  private func source(_ price: Price) -> String {
    "USD \(Dollars.text(price.input)) in and \(Dollars.text(price.output)) out per million tokens, "
      + "seen on \(terminalSafe(price.seen)) at \(terminalSafe(price.source))"
  }

  func fields(
    _ root: inout JSONWriter.Object, _ estimate: ProbeEstimate, inBatch: Bool = false
  ) throws {
    func dollars(_ bound: TokenBound?) -> Double? {
      bound.flatMap { bound in
        price?.dollars(input: bound.input, output: bound.output, inBatch: inBatch)
      }
    }
    let bound = estimate.bound
    try root.object("cost_estimate") { object in
      try object.field("input_tokens_at_most", bound?.input)
      try object.field("output_tokens_at_most", bound?.output)
      try object.field("usd_at_most", dollars(bound))
      try object.field(
        "usd_left_at_most", dollars(bound == nil ? nil : estimate.stored?.bound ?? bound))
      try object.field("usd_spent", estimate.stored?.spend?.dollars)
      try self.price(&object)
    }
  }

  func fields(_ root: inout JSONWriter.Object, spend: Spend) throws {
    try root.object("cost") { object in
      try object.field("input_tokens", spend.isCounted ? spend.inputTokens : nil)
      try object.field("output_tokens", spend.isCounted ? spend.outputTokens : nil)
      try object.field("replies_without_counts", spend.isCounted ? spend.uncounted : nil)
      try object.field("covers_earlier_calls", price != nil)
      try object.field("usd", spend.dollars)
      try self.price(&object)
    }
  }

  private func price(_ object: inout JSONWriter.Object) throws {
    try object.field("usd_per_million_input_tokens", price?.input)
    try object.field("usd_per_million_output_tokens", price?.output)
    try object.field("price_seen", price?.seen)
    try object.field("price_source", price?.source)
  }
}
