// SPDX-License-Identifier: Apache-2.0

/// A number that JSON cannot hold.
public struct NonFiniteNumber: Error, Sendable {}

/// Writes JSON in the order of the calls: the same calls give the same bytes.
///
/// ```swift
/// var writer = JSONWriter()
/// try writer.object { body in
///   try body.field("model", name)
///   try body.array("prompt") { try $0.value("a text") }
/// }
/// ```
///
/// Doubles are the shortest decimals that read back the same. NaN and infinities throw: a number
/// that is not there is written as `null` on purpose, never by accident.
public struct JSONWriter {
  private let buffer: Buffer

  /// - Parameter pretty: a member a line, two spaces a level.
  public init(pretty: Bool = false) { buffer = Buffer(pretty: pretty) }

  /// What was written so far.
  public var bytes: [UInt8] { buffer.bytes }

  /// Writes an object as the whole document.
  public mutating func object(_ body: (inout Object) throws -> Void) throws {
    try buffer.object(body)
  }

  /// Writes an array as the whole document.
  public mutating func array(_ body: (inout List) throws -> Void) throws {
    try buffer.array(body)
  }

  /// An object that is being written.
  public struct Object {
    fileprivate let buffer: Buffer
    fileprivate var isFirst = true

    /// A scalar member.
    public mutating func field(_ key: String, _ value: some JSONScalar) throws {
      begin(key)
      try value.write(to: buffer)
    }

    /// A string member from UTF-8; invalid bytes become U+FFFD.
    public mutating func field(_ key: String, utf8: [UInt8]) throws {
      begin(key)
      buffer.string(utf8: utf8)
    }

    /// An object member.
    public mutating func object(_ key: String, _ body: (inout Object) throws -> Void) throws {
      begin(key)
      try buffer.object(body)
    }

    /// An array member.
    public mutating func array(_ key: String, _ body: (inout List) throws -> Void) throws {
      begin(key)
      try buffer.array(body)
    }

    private mutating func begin(_ key: String) {
      buffer.separate(first: isFirst)
      isFirst = false
      buffer.string(utf8: Array(key.utf8))
      buffer.bytes += buffer.pretty ? [0x3A, 0x20] : [0x3A]
    }
  }

  /// An array that is being written.
  public struct List {
    fileprivate let buffer: Buffer
    fileprivate var isFirst = true

    /// A scalar element.
    public mutating func value(_ value: some JSONScalar) throws {
      begin()
      try value.write(to: buffer)
    }

    /// A string element from UTF-8; invalid bytes become U+FFFD.
    public mutating func value(utf8: [UInt8]) throws {
      begin()
      buffer.string(utf8: utf8)
    }

    /// An object element.
    public mutating func object(_ body: (inout Object) throws -> Void) throws {
      begin()
      try buffer.object(body)
    }

    /// An array element.
    public mutating func array(_ body: (inout List) throws -> Void) throws {
      begin()
      try buffer.array(body)
    }

    private mutating func begin() {
      buffer.separate(first: isFirst)
      isFirst = false
    }
  }

  /// The growing text. A class, so that nested closures write into one place.
  public final class Buffer {
    fileprivate(set) var bytes: [UInt8] = []
    fileprivate let pretty: Bool
    private var depth = 0

    fileprivate init(pretty: Bool) { self.pretty = pretty }

    fileprivate func object(_ body: (inout Object) throws -> Void) throws {
      bytes.append(UInt8(ascii: "{"))
      depth += 1
      var object = Object(buffer: self)
      try body(&object)
      depth -= 1
      if !object.isFirst { line() }
      bytes.append(UInt8(ascii: "}"))
    }

    fileprivate func array(_ body: (inout List) throws -> Void) throws {
      bytes.append(UInt8(ascii: "["))
      depth += 1
      var list = List(buffer: self)
      try body(&list)
      depth -= 1
      if !list.isFirst { line() }
      bytes.append(UInt8(ascii: "]"))
    }

    fileprivate func separate(first: Bool) {
      if !first { bytes.append(UInt8(ascii: ",")) }
      line()
    }

    private func line() {
      guard pretty else { return }
      bytes.append(0x0A)
      bytes += repeatElement(0x20, count: depth * 2)
    }

    fileprivate func string(utf8 text: [UInt8]) {
      bytes.append(UInt8(ascii: "\""))
      // Decoding repairs what is not UTF-8; text that is comes out the same.
      for byte in String(decoding: text, as: UTF8.self).utf8 {
        switch byte {
        case UInt8(ascii: "\""): bytes += [0x5C, 0x22]
        case UInt8(ascii: "\\"): bytes += [0x5C, 0x5C]
        case 0x0A: bytes += [0x5C, 0x6E]
        case 0x0D: bytes += [0x5C, 0x72]
        case 0x09: bytes += [0x5C, 0x74]
        case 0x00..<0x20, 0x7F:
          let digits = Array("0123456789abcdef".utf8)
          bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        default: bytes.append(byte)
        }
      }
      bytes.append(UInt8(ascii: "\""))
    }
  }
}

/// A value that is written without nesting.
public protocol JSONScalar {
  /// Appends the value's JSON text.
  func write(to buffer: JSONWriter.Buffer) throws
}

extension String: JSONScalar {
  public func write(to buffer: JSONWriter.Buffer) { buffer.string(utf8: Array(utf8)) }
}

extension Bool: JSONScalar {
  public func write(to buffer: JSONWriter.Buffer) {
    buffer.bytes += Array((self ? "true" : "false").utf8)
  }
}

extension Int: JSONScalar {
  public func write(to buffer: JSONWriter.Buffer) { buffer.bytes += Array(String(self).utf8) }
}

extension Int64: JSONScalar {
  public func write(to buffer: JSONWriter.Buffer) { buffer.bytes += Array(String(self).utf8) }
}

extension Double: JSONScalar {
  public func write(to buffer: JSONWriter.Buffer) throws {
    guard isFinite else { throw NonFiniteNumber() }
    if self == rounded(), abs(self) < 1e15 {
      buffer.bytes += Array(String(Int64(self)).utf8)
    } else {
      buffer.bytes += Array(description.utf8)
    }
  }
}

extension Optional: JSONScalar where Wrapped: JSONScalar {
  public func write(to buffer: JSONWriter.Buffer) throws {
    if let self { try self.write(to: buffer) } else { buffer.bytes += Array("null".utf8) }
  }
}
