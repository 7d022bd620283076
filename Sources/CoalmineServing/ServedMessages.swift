// SPDX-License-Identifier: Apache-2.0

/// A request as a service sees it.
public struct ServedRequest: Sendable {
  /// `GET`, `POST`, …
  public let method: String
  /// Without query.
  public let path: String
  /// Names in lower case.
  public let headers: [(name: String, value: String)]
  public let body: [UInt8]

  /// The first header of that name.
  public func header(_ name: String) -> String? {
    headers.first { $0.name == name }?.value
  }
}

/// What a service answers.
public struct ServedResponse: Sendable {
  public let status: Int
  public let contentType: String
  public let body: [UInt8]
  public let headers: [(name: String, value: String)]

  public init(
    status: Int, contentType: String = "application/json", body: [UInt8],
    headers: [(name: String, value: String)] = []
  ) {
    self.status = status
    self.contentType = contentType
    self.body = body
    self.headers = headers
  }
}
