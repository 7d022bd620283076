// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Testing

/// Requests as AWS's own client signs them, and the published example of AWS.
@Suite struct `Signatures of AWS` {
  struct Vector: Decodable {
    let method: String
    let path: String
    let host: String
    let contentType: String
    let stamp: String
    let token: String?
    let region: String
    let service: String
    let body: String?
    let canonicalRequest: String
    let stringToSign: String
    let authorization: String

    /// Seconds since 1970 of ``stamp``, by another way than the one that is tested.
    var seconds: Int {
      let form = DateFormatter()
      form.locale = Locale(identifier: "en_US_POSIX")
      form.timeZone = TimeZone(identifier: "UTC")
      form.dateFormat = "yyyyMMdd'T'HHmmss'Z'"
      return Int(form.date(from: stamp)!.timeIntervalSince1970)
    }

    var url: String { (host.hasPrefix("127.") ? "http://" : "https://") + host + path }
  }

  /// The example key pair of AWS's documentation.
  static let keyID = "AKIDEXAMPLE"
  static let secretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

  static let files = [
    "boto3--converse_sigv4", "boto3--converse_sigv4_session_token", "boto3--count_tokens",
    "boto3--invoke_model_sigv4_arn", "botocore--gateway-path", "botocore--query-unsorted",
    "published--list-users",
  ]

  static func vector(_ file: String) throws -> Vector {
    let url = `Recorded replies`.folder.appendingPathComponent("signatures/\(file).json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Vector.self, from: try Data(contentsOf: url))
  }

  @Test func `every file of signatures is looked at`() throws {
    let folder = `Recorded replies`.folder.appendingPathComponent("signatures").path
    let found = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(found.sorted() == Self.files.map { $0 + ".json" })
  }

  @Test(arguments: files)
  func `each step of a signature is that of the vector`(_ file: String) throws {
    let vector = try Self.vector(file)
    var headers = [(name: "content-type", value: vector.contentType)]
    headers += [(name: "host", value: vector.host), (name: "x-amz-date", value: vector.stamp)]
    if let token = vector.token { headers.append((name: "x-amz-security-token", value: token)) }
    let signature = AWSSignature(
      method: vector.method, url: vector.url, headers: headers,
      body: Array((vector.body ?? "").utf8), stamp: vector.stamp, secretKey: Self.secretKey,
      region: vector.region, service: vector.service)
    #expect(signature.canonicalRequest == vector.canonicalRequest)
    #expect(signature.stringToSign == vector.stringToSign)
    #expect(vector.authorization.hasSuffix("Signature=" + signature.hexadecimalDigits))
    #expect(AWSSignature.stamp(vector.seconds) == vector.stamp)
    #expect(AWSSignature.host(of: vector.url) == vector.host)
  }

  /// The published example posts nothing and has a content type, which no request of ours does.
  @Test(arguments: files.filter { !$0.hasPrefix("published") })
  func `a request leaves with the headers that AWS's client sends`(_ file: String) throws {
    let vector = try Self.vector(file)
    let signer = try AWSSigner(
      keyID: Self.keyID, secretKey: Self.secretKey, sessionToken: vector.token,
      region: vector.region, service: vector.service)
    var request = HTTPRequest(
      url: vector.url, headers: [], body: Secret(Array((vector.body ?? "").utf8)))
    request.signer = signer
    let sent = Dictionary(
      uniqueKeysWithValues: request.allHeaders(at: vector.seconds).map {
        ($0.name, $0.value.reveal())
      })
    var expected = ["authorization": vector.authorization, "host": vector.host]
    expected["x-amz-date"] = vector.stamp
    expected["x-amz-security-token"] = vector.token
    #expect(sent == expected)
  }

  @Test(arguments: [
    ("https://h.example/x", "h.example"), ("https://h.example:443/x?y=/z", "h.example"),
    ("https://h.example:8443", "h.example:8443"), ("http://h.example:80?x=1", "h.example"),
    ("http://h.example:443/", "h.example:443"), ("http://[::1]:80/x", "[::1]"),
  ])
  func `the host is written as it is sent`(_ url: String, _ host: String) {
    #expect(AWSSignature.host(of: url) == host)
  }

  @Test(arguments: [
    (0, "19700101T000000Z"), (951_782_399, "20000228T235959Z"),
    (951_782_400, "20000229T000000Z"), (4_102_444_800, "21000101T000000Z"),
  ])
  func `a time is written in UTC`(_ seconds: Int, _ stamp: String) {
    #expect(AWSSignature.stamp(seconds) == stamp)
  }

  @Test func `the user's own headers of AWS are signed, others are not`() throws {
    let signer = try AWSSigner(keyID: "A", secretKey: "s", region: "eu-west-1")
    var request = HTTPRequest(
      url: "https://h.example/x",
      headers: [("x-amz-meta", Secret("  a   b ")), ("x-gate", Secret("c"))], body: Secret([]))
    request.signer = signer
    let sent = request.allHeaders(at: 0)
    #expect(Set(sent.map(\.name)).count == sent.count)
    let value = try #require(sent.first { $0.name == "authorization" }?.value.reveal())
    #expect(value.contains("SignedHeaders=content-type;host;x-amz-date;x-amz-meta,"))
    let plain = AWSSignature(
      method: "POST", url: request.url,
      headers: [
        ("content-type", "application/json"), ("host", "h.example"),
        ("x-amz-date", "19700101T000000Z"), ("x-amz-meta", "a b"),
      ], body: [], stamp: "19700101T000000Z", secretKey: "s", region: "eu-west-1",
      service: "bedrock")
    #expect(value.hasSuffix(plain.hexadecimalDigits))
    #expect(!"\(signer)\(request)".contains("AWS4"))
  }
}
