// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

extension Reply {
  /// The headers, and `retry-after` where only the body says how long to wait, as Google's do:
  ///
  /// ```
  /// {"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[
  ///   {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"17s"}]}}
  /// ```
  ///
  /// What is stored stays as it came. Source: google/rpc/error_details.proto, `RetryInfo`.
  package var pacingHeaders: [(name: String, value: String)] {
    guard status >= 400, RateLimitHeaders.wait(headers) == nil, let seconds = retryDelay else {
      return headers
    }
    return headers + [(name: "retry-after", value: String(seconds))]
  }

  /// Seconds of the first `RetryInfo`; `nil` where there is none that can be read.
  private var retryDelay: Double? {
    guard ByteSearch.contains(body, Array("RetryInfo".utf8)),
      let root = try? JSONDocument(parsing: body, repairing: true).root
    else { return nil }
    // A stream's error comes in a list.
    let error = root["error"] ?? root.elements?.first?["error"]
    for detail in error?["details"]?.elements ?? []
    where detail["@type"]?.string?.hasSuffix("google.rpc.RetryInfo") == true {
      guard let text = detail["retryDelay"]?.string, let seconds = RateLimitHeaders.duration(text),
        seconds.isFinite, seconds >= 0
      else { continue }
      return seconds
    }
    return nil
  }
}
