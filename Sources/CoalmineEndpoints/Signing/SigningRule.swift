// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// How an API's requests can be signed with keys of Amazon Web Services.
public struct SigningRule: Sendable, Equatable {
  /// The service that a signature is for: `bedrock`.
  public let service: String
  /// Whether any host gets signed requests, and not the service's own alone.
  public let anyHost: Bool
}

extension AWSSigner {
  /// The signer that the environment gives for a URL; `nil` where requests to it are not signed.
  ///
  /// Requests to hosts of the service are signed, for the region in the host's name, where both keys
  /// are set and there are no headers of the user's own. With ``SigningRule/anyHost`` all are.
  ///
  /// - Throws: ``CoalmineError`` with code `bad-key` for one key without the other, for keys or a
  ///   region that are wanted and not there, and for values of another form.
  public static func find(
    for url: String, _ rule: SigningRule, beside headers: ExtraHeaders,
    in environment: (String) -> String?
  ) throws(CoalmineError) -> AWSSigner? {
    func value(_ name: String) -> String? {
      environment(name).flatMap { $0.isEmpty ? nil : $0 }
    }
    func fault(_ what: String, _ help: String) -> CoalmineError {
      CoalmineError(code: "bad-key", what, help: help, exit: .badConfiguration)
    }
    let own = ProviderKeys.bedrockRegion(of: url)
    guard rule.anyHost || own != nil && headers.list.isEmpty else { return nil }
    let (id, secret) = (value(idVariable), value(secretVariable))
    guard let id, let secret else {
      if id == nil, secret == nil, !rule.anyHost { return nil }
      throw fault(
        "requests cannot be signed: \(id == nil ? idVariable : secretVariable) is not set",
        "set \(idVariable) and \(secretVariable), and \(tokenVariable) for keys that are lent")
    }
    guard let region = own ?? regionVariables.compactMap(value).first else {
      throw fault(
        "requests cannot be signed: the host names no region",
        "set \(regionVariables[0]) to the region of the model, such as eu-west-1")
    }
    return try AWSSigner(
      keyID: id, secretKey: secret, sessionToken: value(tokenVariable), region: region,
      service: rule.service)
  }
}
