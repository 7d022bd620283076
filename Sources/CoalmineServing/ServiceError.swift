// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// An error in the shape that OpenAI's API uses.
struct ServiceError: Error {
  var status = 400
  var type = "invalid_request_error"
  var code: String
  var message: String
  var parameter: String?
  /// Fields of the head that belong to the status, such as `Allow`.
  var headers: [(name: String, value: String)] = []

  var response: ServedResponse {
    var writer = JSONWriter()
    try? writer.object { body in
      try body.object("error") { error in
        try error.field("message", message)
        try error.field("type", type)
        try error.field("param", parameter)
        try error.field("code", code)
      }
    }
    return ServedResponse(status: status, body: writer.bytes, headers: headers)
  }

  /// A parameter that is known and not there.
  static func unsupported(_ name: String) -> ServiceError {
    ServiceError(
      code: "unsupported_parameter", message: "'\(name)' is not supported", parameter: name)
  }

  /// A parameter with a value that cannot be used.
  static func parameter(_ name: String, _ message: String) -> ServiceError {
    ServiceError(code: "invalid_value", message: "'\(name)' \(message)", parameter: name)
  }
}
