// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints

/// Why a run ends before all is asked. Whether answers are stored, the caller adds.
extension CoalmineError {
  /// The endpoint asks to wait longer than a run waits.
  static func waitTooLong(_ seconds: Double, _ endpoint: Endpoint, _ reason: Reason)
    -> CoalmineError
  {
    CoalmineError(
      code: "wait-too-long", "\(endpoint.url) asks to wait \(duration(seconds))",
      details: [terminalSafe(reason.evidence)],
      help: "run the same command again after that", exit: .incomplete)
  }

  /// The endpoint answers nothing but "too many requests".
  static func busy(_ endpoint: Endpoint, _ policy: RetryPolicy, _ reason: Reason) -> CoalmineError {
    CoalmineError(
      code: "endpoint-busy",
      "\(endpoint.url) gave no answer for \(duration(policy.longestThrottleSeconds)) of waiting",
      details: [terminalSafe(reason.evidence)],
      help: "the endpoint says that it is busy: run the same command again later",
      exit: .incomplete)
  }

  /// The endpoint stopped answering, or gives replies of no use.
  ///
  /// - Parameters:
  ///   - isReply: whether the last failure was a reply.
  ///   - triedAgain: whether single requests tried it again after pauses.
  static func down(
    _ endpoint: Endpoint, _ policy: RetryPolicy, _ failure: (words: String, advice: String)?,
    isReply: Bool, triedAgain: Bool
  ) -> CoalmineError {
    CoalmineError(
      code: "endpoint-down",
      "\(endpoint.url) \(isReply ? "gives no usable reply" : "does not answer")"
        + (triedAgain ? " any more" : "") + ": \(policy.failuresInRow) requests in a row failed"
        + (triedAgain ? ", and single requests after pauses failed as well" : ""),
      details: failure.map { [terminalSafe($0.words)] } ?? [],
      help: (failure.map { $0.advice + "; " } ?? "")
        + "the same command goes on where this one stopped",
      exit: .endpointUnavailable)
  }

  /// A content filter holds everything back.
  ///
  /// - Parameter error: of the last text, where the endpoint refused it.
  static func allFiltered(_ endpoint: Endpoint, _ texts: Int, _ error: CoalmineError? = nil)
    -> CoalmineError
  {
    CoalmineError(
      code: "all-filtered",
      "a content filter of \(endpoint.url) held \(Prose.count(texts, "question", "questions")) back, "
        + "with no answer between them",
      details: error?.details ?? [],
      help:
        "what is held back can show neither a leak nor its absence: ask the operator for a route "
        + "without the filter, and the same command asks these again; or plan kinds that it lets through",
      exit: .endpointUnavailable)
  }

  /// The provider gives no reply of use about its batch jobs.
  static func jobsUnanswered(_ endpoint: Endpoint, _ policy: RetryPolicy, _ failure: String)
    -> CoalmineError
  {
    CoalmineError(
      code: "batch-job-unanswered",
      "\(endpoint.url) gave no usable reply about a batch job in \(policy.attempts) attempts",
      details: failure.isEmpty ? [] : [terminalSafe(failure)],
      help: "a job that was made goes on: the same command finds it again",
      exit: .endpointUnavailable)
  }

  /// The endpoint never gave an answer.
  static func unusable(_ endpoint: Endpoint, _ reason: String, _ advice: String) -> CoalmineError {
    CoalmineError(
      code: "endpoint-unusable", "\(endpoint.url) gave no usable answer to the first question",
      details: [terminalSafe(reason)], help: "\(advice); nothing else was asked",
      exit: .endpointUnavailable)
  }

  /// A duration in the two largest units that are not 0, rounded up: `55 h 5 min`.
  static func duration(_ seconds: Double) -> String {
    guard let whole = Int(exactly: min(seconds, 1e15).rounded(.up)) else { return "very long" }
    let parts = [
      (whole / 86_400, "d"), (whole / 3_600 % 24, "h"), (whole / 60 % 60, "min"), (whole % 60, "s"),
    ]
    // Up to four days are told in hours, as people count them.
    let shown =
      whole < 4 * 86_400
      ? [(whole / 3_600, "h"), parts[2], parts[3]] : parts
    let words = shown.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return words.isEmpty ? "0 s" : words.joined(separator: " ")
  }
}

extension TransportError {
  /// Whether the request left and no whole reply came in time.
  var isTimeout: Bool {
    // CURLE_OPERATION_TIMEDOUT
    fate == .ambiguous && code == 28
  }
}
