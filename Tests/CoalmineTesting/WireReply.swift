// SPDX-License-Identifier: Apache-2.0

/// The bytes of an HTTP/1.1 reply with a right length.
public func wireReply(status: String = "200 OK", headers: [String] = [], body: [UInt8]) -> [UInt8] {
  let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.count)", "", ""]
  return Array(lines.joined(separator: "\r\n").utf8) + body
}

public func wireReply(status: String = "200 OK", headers: [String] = [], _ body: String) -> [UInt8]
{
  wireReply(status: status, headers: headers, body: Array(body.utf8))
}
