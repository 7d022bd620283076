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

  /// What a run that is estimated can still cost.
  private struct Left {
    /// In US dollars, for what is to be sent.
    let most: Double
    let likely: Double
    /// In US dollars, at most, for what waits in batch jobs of the provider.
    let waiting: Double
    /// What the run took until now; `nil` where it has not begun.
    let spent: Double?

    /// - Returns: `nil` where the price is not known, or the endpoint's own tokens decide.
    init?(_ estimate: ProbeEstimate, _ price: Price?, inBatch: Bool) {
      guard let price, let bound = estimate.bound else { return nil }
      let stored = estimate.stored
      let left = stored?.bound ?? bound
      let waiting = stored?.waitingBound ?? TokenBound()
      most = price.dollars(input: left.input, output: left.output, inBatch: inBatch)
      likely = price.dollars(
        input: (left.input + 3) / 4, output: left.output, inBatch: inBatch)
      self.waiting = price.dollars(input: waiting.input, output: waiting.output, inBatch: true)
      spent = stored?.spend?.dollars
    }
  }

  /// What is left of a run that goes on, and whether a limit is below what it can cost; nothing
  /// where neither has a word to say.
  func rest(_ estimate: ProbeEstimate, limit: Double? = nil, inBatch: Bool = false) -> [String] {
    guard estimate.stored?.isFinished != true,
      let left = Left(estimate, price, inBatch: inBatch)
    else { return [] }
    var lines: [String] = []
    if let spent = left.spent, let stored = estimate.stored {
      var line =
        "of that is left: at most USD \(Dollars.text(left.most)), about USD "
        + "\(Dollars.text(left.likely)); run \(stored.run) took USD \(Dollars.text(spent)) until now"
      if let uncounted = stored.spend?.uncounted, uncounted > 0 {
        line +=
          ", of which \(Prose.count(uncounted, "request", "requests")) without token counts by the most "
          + "that each can have taken"
      }
      if stored.waiting > 0 {
        line +=
          "; \(Prose.count(stored.waiting, "request waits", "requests wait")) in batch jobs and can take "
          + "USD \(Dollars.text(left.waiting))"
      }
      lines.append(line)
    }
    let whole = left.most + left.waiting + (left.spent ?? 0)
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
    let bound = estimate.bound
    try root.object("cost_estimate") { object in
      try object.field("input_tokens_at_most", bound?.input)
      try object.field("output_tokens_at_most", bound?.output)
      try object.field(
        "usd_at_most",
        bound.flatMap { price?.dollars(input: $0.input, output: $0.output, inBatch: inBatch) })
      let left = Left(estimate, price, inBatch: inBatch)
      try object.field("usd_left_at_most", left?.most)
      try object.field("usd_waiting_at_most", left?.waiting)
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
