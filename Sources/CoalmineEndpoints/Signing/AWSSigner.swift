// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Keys of Amazon Web Services, and for what requests are signed with them.
///
/// A signature holds the time and is good for some minutes, so requests are signed when they leave
/// (``HTTPRequest/allHeaders(at:)``): one that is sent again is signed again.
///
/// ```swift
/// let signer = try AWSSigner(keyID: "AKIDEXAMPLE", secretKey: key, region: "eu-west-1")
/// ```
public struct AWSSigner: Sendable {
  private let keyID: Secret<String>
  private let secretKey: Secret<String>
  private let sessionToken: Secret<String>?
  /// `eu-west-1`.
  public let region: String
  /// `bedrock`.
  public let service: String

  /// - Parameter sessionToken: that of keys which are lent for some hours.
  /// - Throws: ``CoalmineError`` with code `bad-key` for keys or a region that cannot be such, by the
  ///   name of their variable and without their value.
  public init(
    keyID: String, secretKey: String, sessionToken: String? = nil, region: String,
    service: String = "bedrock"
  ) throws(CoalmineError) {
    func check(_ word: String, _ variable: String, _ allowed: (UInt8) -> Bool) throws(CoalmineError)
    {
      guard !word.isEmpty, word.utf8.allSatisfy(allowed) else {
        throw CoalmineError(
          code: "bad-key", "\(variable) holds no value of its form",
          help: "give the value alone, without quotes, blanks or a line break",
          exit: .badConfiguration)
      }
    }
    try check(keyID, Self.idVariable, EndpointQuery.isUnreserved)
    try check(secretKey, Self.secretVariable) { (0x21...0x7E).contains($0) }
    if let sessionToken {
      try check(sessionToken, Self.tokenVariable) { (0x21...0x7E).contains($0) }
    }
    try check(region, Self.regionVariables[0]) { $0 != 0x2F && EndpointQuery.isUnreserved($0) }
    self.keyID = Secret(keyID)
    self.secretKey = Secret(secretKey)
    self.sessionToken = sessionToken.map { Secret($0) }
    self.region = region
    self.service = service
  }

  static let idVariable = "AWS_ACCESS_KEY_ID"
  static let secretVariable = "AWS_SECRET_ACCESS_KEY"
  static let tokenVariable = "AWS_SESSION_TOKEN"
  /// Where the host names no region, in this order.
  static let regionVariables = ["AWS_REGION", "AWS_DEFAULT_REGION"]
  /// Those that hold a secret.
  static let variables = [idVariable, secretVariable, tokenVariable]

  /// What no message and no ledger may repeat.
  var secrets: [Secret<String>] { [keyID, secretKey] + (sessionToken.map { [$0] } ?? []) }

  /// The headers that sign a request, beside its own.
  ///
  /// Of its own headers those are signed that AWS wants signed: `content-type` and `x-amz-…`. A proxy
  /// may change the others.
  ///
  /// - Parameter seconds: when it is sent, since 1970.
  package func headers(for request: HTTPRequest, at seconds: Int) -> [(
    name: String, value: Secret<String>
  )] {
    let stamp = AWSSignature.stamp(seconds)
    var added = [
      (name: "host", value: Secret(AWSSignature.host(of: request.url))),
      (name: "x-amz-date", value: Secret(stamp)),
    ]
    if let sessionToken { added.append(("x-amz-security-token", sessionToken)) }
    var signed = (added + request.headers.filter { $0.name.hasPrefix("x-amz-") }).map {
      (name: $0.name, value: $0.value.reveal())
    }
    if request.body != nil { signed.append(("content-type", request.contentType)) }
    let signature = AWSSignature(
      method: request.body == nil ? "GET" : "POST", url: request.url, headers: signed,
      body: request.body?.reveal() ?? [], stamp: stamp, secretKey: secretKey.reveal(),
      region: region, service: service)
    let value =
      "AWS4-HMAC-SHA256 Credential=\(keyID.reveal())/\(signature.scope), "
      + "SignedHeaders=\(signature.names), Signature=\(signature.hexadecimalDigits)"
    return added + [(name: "authorization", value: Secret(value))]
  }
}
