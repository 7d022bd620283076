// SPDX-License-Identifier: Apache-2.0

/// How many prompts a request holds, as the endpoint lets it be seen.
///
/// A request that is refused or takes too long is asked in halves. Whether a size or a text was the
/// cause, the rest shows: where as many prompts were accepted before, a text is.
package struct RequestSize: Sendable, Equatable {
  /// What the user allows.
  let most: Int
  /// The most prompts that a request holds from now on.
  package private(set) var limit: Int
  /// The most prompts that were answered in one request.
  private var accepted = 0

  package init(most: Int = .max) {
    self.most = max(1, most)
    limit = self.most
  }

  /// A request of so many prompts was answered.
  package mutating func answered(_ prompts: Int) { accepted = max(accepted, prompts) }

  /// A request of so many prompts was refused.
  package mutating func refused(_ prompts: Int) {
    guard prompts > accepted else { return }
    limit = min(limit, Self.half(prompts))
  }

  /// A request of so many prompts took too long.
  package mutating func tookTooLong(_ prompts: Int) { limit = min(limit, Self.half(prompts)) }

  /// A single text was refused after others had been answered: the size was not the cause.
  package mutating func foundText() { limit = most }

  /// Requests that ask so many prompts, halved until no more than `most` are in one.
  static func requests(_ prompts: Int, _ most: Int) -> Int {
    guard prompts > max(1, most) else { return 1 }
    let half = half(prompts)
    return requests(half, most) + requests(prompts - half, most)
  }

  /// The larger half.
  static func half(_ prompts: Int) -> Int { max(1, (prompts + 1) / 2) }
}
