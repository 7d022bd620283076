// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints

extension CoalmineError {
  /// An endpoint that never answered, or that cannot be trusted, ends the run with a clear error.
  init?(fatal error: TransportError, at endpoint: Endpoint, trusted: Bool, attempts: Int) {
    switch error.fate {
    case .untrusted:
      self.init(
        code: "tls-refused", "the certificate of \(endpoint.url) was refused",
        details: [terminalSafe(error.message)],
        help: "coalmine has no switch to trust it anyway; mend the certificate or the system's "
          + "list of authorities", exit: .endpointUnavailable)
    case .overLimit:
      self.init(
        code: "reply-too-large", terminalSafe(error.message),
        help: "is this a completions API?", exit: .endpointUnavailable)
    case .notSent where !trusted && attempts >= 2, .ambiguous where !trusted && attempts >= 2:
      self.init(
        code: "endpoint-down", "no answer from \(endpoint.url)",
        details: [terminalSafe(error.message)],
        help: "is the server running and the URL right? what was answered before is stored",
        exit: .endpointUnavailable)
    default: return nil
    }
  }
}
