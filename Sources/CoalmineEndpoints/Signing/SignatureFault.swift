// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Why Amazon Web Services refuse a signature, where they do.
///
/// ```
/// HTTP/1.1 403, x-amzn-errortype: InvalidSignatureException:http://…
/// {"message": "Signature expired: 20261126T095811Z is now earlier than 20261126T100311Z (…)"}
/// ```
///
/// Source: AWS, "Troubleshoot Signature Version 4 signing for AWS API requests".
enum SignatureFault {
  /// The time in the signature is not the service's.
  case clock
  /// The service computes another signature.
  case mismatch

  /// - Parameter parsed: the reply as JSON; `nil` where it is none.
  init?(_ reply: Reply, _ parsed: JSONDocument?) {
    guard reply.status == 400 || reply.status == 403 else { return nil }
    let typed = reply.header("x-amzn-errortype") ?? parsed?.root["__type"]?.string ?? ""
    // A name, with where it is defined before or behind it.
    let name = typed.prefix { $0 != ":" }.split(separator: "#").last ?? ""
    switch name {
    case "RequestTimeTooSkewed", "RequestExpired": self = .clock
    case "InvalidSignatureException", "SignatureDoesNotMatch":
      let words = parsed?.root["message"]?.string ?? parsed?.root["Message"]?.string ?? ""
      let isLate =
        words.hasPrefix("Signature expired") || words.hasPrefix("Signature not yet current")
      self = isLate ? .clock : .mismatch
    default: return nil
    }
  }
}
