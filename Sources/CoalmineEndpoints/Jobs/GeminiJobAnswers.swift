// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The answers of a job of the Gemini API: lines of a file, or a list in the operation.
///
/// ```
/// {"key":"request-12","response":{…}}                                     a line
/// {"key":"request-13","error":{"code":3,"message":"…"}}
/// "inlinedResponses":{"inlinedResponses":[{"metadata":{"key":"request-12"},"response":{…}}]}
/// ```
///
/// A response stays byte for byte as it stands; an error is put into the object that a single request
/// would have brought.
///
/// Source: Gemini API reference, "Batch API", https://ai.google.dev/api/batch-api#InlinedResponse.
enum GeminiJobAnswers {
  static func line(_ line: [UInt8]) -> JobAnswer? { answer(line) { $0["key"]?.string } }

  /// The answers inside an operation; `nil` where it holds none.
  static func inlined(_ operation: [UInt8]) -> [JobAnswer]? {
    let paths = [["response"], ["metadata", "output"]].flatMap { path in
      [path + ["inlinedResponses", "inlinedResponses"], path + ["inlinedResponses"]]
    }
    for path in paths {
      guard let list = JSONSpans.value(at: path, in: operation),
        let elements = JSONSpans.elements(ofArrayAt: list.lowerBound, in: operation)
      else { continue }
      return elements.compactMap { element in
        answer(Array(operation[element])) { $0["metadata"]?["key"]?.string }
      }
    }
    return nil
  }

  /// The list of answers inside an output.
  static func list(_ output: JSONNode) -> [JSONNode]? {
    let outer = output["inlinedResponses"]
    return outer?.elements ?? outer?["inlinedResponses"]?.elements
  }

  private static func answer(_ bytes: [UInt8], _ key: (JSONNode) -> String?) -> JobAnswer? {
    guard let root = try? JSONDocument(parsing: bytes, repairing: true).root, let name = key(root)
    else { return nil }
    if let response = JSONSpans.value(at: ["response"], in: bytes) {
      return JobAnswer(name: name, reply: JobReplies.reply(200, Array(bytes[response])))
    }
    for field in ["error", "status"] {
      guard let error = JSONSpans.value(at: [field], in: bytes) else { continue }
      let body = Array(#"{"error":"#.utf8) + bytes[error] + [UInt8(ascii: "}")]
      return JobAnswer(name: name, reply: JobReplies.reply(status(root[field]), body))
    }
    return JobAnswer(name: name, reply: nil, failure: "no response")
  }

  /// The status with which a single request gets an error of this code.
  ///
  /// Source: google.rpc.Code,
  /// https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto.
  private static func status(_ error: JSONNode?) -> Int {
    switch error?["code"]?.int {
    case let code? where (400..<600).contains(code): Int(code)
    // INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE.
    case 3?, 9?, 11?: 400
    case 16?: 401
    case 7?: 403
    case 5?: 404
    // ALREADY_EXISTS, ABORTED.
    case 6?, 10?: 409
    case 8?: 429
    case 12?: 501
    // CANCELLED: of one request, by the service. UNAVAILABLE.
    case 1?, 14?: 503
    case 4?: 504
    default: 500
    }
  }
}
