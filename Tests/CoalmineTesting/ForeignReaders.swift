// SPDX-License-Identifier: Apache-2.0

import Foundation

struct NotAnObject: Error {}

/// The members of a JSON object, read by Foundation and not by the code under test.
public func jsonObject(_ bytes: some Sequence<UInt8>) throws -> [String: Any] {
  guard let members = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
    throw NotAnObject()
  }
  return members
}

extension Collection<UInt8> {
  /// The bytes as text, with U+FFFD for what is not UTF-8.
  public var text: String { String(decoding: self, as: UTF8.self) }
}
