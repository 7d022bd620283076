// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints

/// What a person can do where an endpoint was asked as often as it may be and gave no answer.
///
/// Only what was seen: "busy" is said of an endpoint that said so itself.
enum FailureAdvice {
  /// - Parameters:
  ///   - reason: of the last reply.
  ///   - headers: of the last reply.
  ///   - trusted: whether the endpoint gave a good answer before.
  static func after(
    _ reason: Reason, headers: [(name: String, value: String)], policy: RetryPolicy,
    dialect: String, trusted: Bool
  ) -> String {
    if let seconds = RateLimitHeaders.wait(headers), seconds > policy.longestPauseSeconds {
      return "the endpoint asks to wait \(CoalmineError.duration(seconds)): run the same command "
        + "again after that"
    }
    switch reason.slug {
    case "http-429", "http-529":
      return "the endpoint says that it is busy: run the same command again later"
    case "http-503": return "the endpoint is not available now: run the same command again later"
    case "error-in-reply": return "the endpoint's own log may say more"
    case let slug where slug.hasPrefix("http-5"): return "the endpoint's own log may say more"
    case let slug where slug.hasPrefix("http-"): return "run the same command again later"
    case "not-json": return "a gateway or a proxy may have answered in the endpoint's place"
    case _ where trusted: return "the endpoint's own log may say more"
    default: return "is '\(dialect)' the dialect that the endpoint speaks?"
    }
  }

  /// After a request that had no whole reply.
  static func after(_ error: TransportError) -> String {
    switch error.fate {
    case .ambiguous where error.isTimeout:
      "the server may need longer than one request was given: '--timeout SECONDS' gives more; is it "
        + "still running?"
    case .ambiguous: "the connection ended without a whole reply: is the server still running?"
    default: "is the server still running?"
    }
  }
}
