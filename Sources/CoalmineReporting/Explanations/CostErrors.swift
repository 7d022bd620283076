// SPDX-License-Identifier: Apache-2.0

extension Explanations {
  /// Why a limit of cost stops a run, or cannot be kept.
  static let costErrors = Family(
    "errors of cost", "why a limit of cost stops a run, or cannot be kept",
    texts: """
      cost-cap-reached
        The run stopped before a request that could exceed the limit of '--max-cost'. What was billed
        is taken from the token counts of the replies; what a request can cost at most, from its bytes
        and its limit of tokens. What was answered is stored, and the same command with a higher limit
        goes on.
      price-unknown
        '--max-cost' needs the price of the model, and the table has none for this model at this host.
        Name a table that has it with '--prices', or leave the limit out. Nothing was sent.
      price-twice
        A table of prices names one model of a host twice. Leave one of them out.
      row-twice
        A table of regulation names one article of a text twice. Leave one of them out.
      promising-words
        A row of a table of regulation says what no measurement shows, for instance that a duty is met.
        Say which part of the report speaks to the text, and what it does not show.
      bad-address
        A page is not given as an address that begins with 'https://'.
      bad-day
        A day is not written as in 2026-11-27, or there is no such day.
      read-elsewhere
        A row of a table of regulation is marked as verified, and was read at another page than the
        publisher's. Read it there and remove 'read-at', or write 'verified: false'.
      """)
}
