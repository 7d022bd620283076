// SPDX-License-Identifier: Apache-2.0

import CJSON

/// Text that is not JSON.
public struct JSONError: Error, Sendable, Equatable {
  /// What the parser says.
  public let reason: String
}

/// A parsed JSON document. It keeps everything that its nodes point into.
///
/// Strict (RFC 8259, valid UTF-8, at most 128 levels). With `repairing`, a document that the
/// strict parser refuses is read once more with lone surrogates as U+FFFD, invalid UTF-8 as
/// U+FFFD, and `NaN` and `Infinity` as null; ``wasRepaired`` then says so.
public final class JSONDocument: @unchecked Sendable {
  // Safe to share: the C++ document is never changed after it was parsed.
  private let handle: OpaquePointer
  /// Whether the strict parser refused the text.
  public let wasRepaired: Bool

  /// The deepest nesting that is read.
  public static let depthLimit = 128

  /// - Throws: ``JSONError``.
  /// - Complexity: O(bytes).
  public init(parsing bytes: [UInt8], repairing: Bool = false) throws(JSONError) {
    var reason: UnsafePointer<CChar>?
    if let handle = cj_parse(bytes, bytes.count, Self.depthLimit, &reason) {
      self.handle = handle
      wasRepaired = false
      return
    }
    let first = reason.map { String(cString: $0) } ?? "not JSON"
    guard repairing else { throw JSONError(reason: first) }
    let repaired = JSONRepair.repaired(bytes)
    guard let handle = cj_parse(repaired, repaired.count, Self.depthLimit, &reason) else {
      throw JSONError(reason: first)
    }
    self.handle = handle
    wasRepaired = true
  }

  deinit { cj_free(handle) }

  /// The outermost value.
  public var root: JSONNode { JSONNode(document: self, node: cj_root(handle)) }
}

/// One value in a document.
public struct JSONNode: Sendable {
  private let document: JSONDocument
  private let node: cj_node

  fileprivate init(document: JSONDocument, node: cj_node) {
    self.document = document
    self.node = node
  }

  /// What a value is.
  public enum Kind: Sendable {
    case null, bool, integer, double, string, array, object
  }

  /// What this value is.
  public var kind: Kind {
    switch cj_node_kind(node) {
    case CJ_BOOL: .bool
    case CJ_INTEGER: .integer
    case CJ_DOUBLE: .double
    case CJ_STRING: .string
    case CJ_ARRAY: .array
    case CJ_OBJECT: .object
    default: .null
    }
  }

  /// Whether it is `null`.
  public var isNull: Bool { kind == .null }

  /// `true` or `false`; `nil` for anything else.
  public var bool: Bool? { kind == .bool ? cj_bool(node) : nil }

  /// A whole number that fits into 64 bits; `nil` for anything else.
  public var int: Int64? {
    var value: Int64 = 0
    return cj_int64(node, &value) ? value : nil
  }

  /// Any number.
  public var double: Double? {
    var value = 0.0
    return cj_double(node, &value) ? value : nil
  }

  /// The UTF-8 bytes of a string, escapes decoded.
  public var stringBytes: [UInt8]? {
    var length = 0
    guard let text = cj_string(node, &length) else { return nil }
    return withExtendedLifetime(document) {
      Array(UnsafeRawBufferPointer(start: text, count: length))
    }
  }

  /// A string.
  public var string: String? { stringBytes.map { String(decoding: $0, as: UTF8.self) } }

  /// The elements of an array.
  public var elements: [JSONNode]? {
    guard kind == .array else { return nil }
    return nodes().map { JSONNode(document: document, node: $0) }
  }

  /// The numbers of an array, `nil` for null; `nil` as a whole where something else is in it.
  public var optionalDoubles: [Double?]? {
    guard kind == .array else { return nil }
    var values: [Double?] = []
    for element in nodes() {
      var value = 0.0
      if cj_double(element, &value) {
        values.append(value)
      } else if cj_node_kind(element) == CJ_NULL {
        values.append(nil)
      } else {
        return nil
      }
    }
    return values
  }

  /// The members of an object in their order, duplicates included.
  public var members: [(key: String, value: JSONNode)]? {
    guard kind == .object else { return nil }
    let count = cj_count(node)
    var keys = [UnsafePointer<CChar>?](repeating: nil, count: count)
    var lengths = [Int](repeating: 0, count: count)
    var values = [cj_node](repeating: node, count: count)
    let written = cj_members(node, &keys, &lengths, &values, count)
    return withExtendedLifetime(document) {
      (0..<written).map { index in
        let key = UnsafeRawBufferPointer(start: keys[index], count: lengths[index])
        return (
          String(decoding: key, as: UTF8.self),
          JSONNode(document: document, node: values[index])
        )
      }
    }
  }

  /// The first member of that name.
  public subscript(key: String) -> JSONNode? {
    var key = key
    var found = cj_node()
    let exists = key.withUTF8 { text in
      text.withMemoryRebound(to: CChar.self) { cj_find(node, $0.baseAddress, $0.count, &found) }
    }
    return exists ? JSONNode(document: document, node: found) : nil
  }

  /// Whether an object names a member twice: what it means then depends on who reads it.
  package var repeatsKey: Bool {
    guard let members else { return false }
    return Set(members.map { Array($0.key.utf8) }).count < members.count
  }

  private func nodes() -> [cj_node] {
    let count = cj_count(node)
    return [cj_node](unsafeUninitializedCapacity: count) { buffer, written in
      written = cj_elements(node, buffer.baseAddress, count)
    }
  }
}
