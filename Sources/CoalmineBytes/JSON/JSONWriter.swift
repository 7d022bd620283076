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
  public init(pretty: Bool = false) { buffer = Buffer(pretty: pretty, sink: nil) }

  /// A writer whose text goes on piece by piece, so that a large document is never in memory as a whole.
  ///
  /// ```swift
  /// var writer = JSONWriter(pretty: true, sink: append)
  /// try writer.object { try $0.field("canaries", 100_000) }
  /// try append(writer.bytes)
  /// ```
  ///
  /// - Parameter sink: takes whole characters; what it has not taken at the end is in ``bytes``.
  public init(pretty: Bool = false, sink: @escaping ([UInt8]) throws -> Void) {
    buffer = Buffer(pretty: pretty, sink: sink)
  }

  /// What was written so far and did not go on.
  public var bytes: [UInt8] { buffer.text.bytes }

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
      try begin(key)
      try value.write(to: buffer)
    }

    /// A string member from UTF-8; invalid bytes become U+FFFD.
    public mutating func field(_ key: String, utf8: [UInt8]) throws {
      try begin(key)
      buffer.text.string(String(decoding: utf8, as: UTF8.self))
    }

    /// An object member.
    public mutating func object(_ key: String, _ body: (inout Object) throws -> Void) throws {
      try begin(key)
      try buffer.object(body)
    }

    /// An array member.
    public mutating func array(_ key: String, _ body: (inout List) throws -> Void) throws {
      try begin(key)
      try buffer.array(body)
    }

    private mutating func begin(_ key: String) throws {
      try buffer.passOn()
      buffer.text.key(key, first: isFirst)
      isFirst = false
    }
  }

  /// An array that is being written.
  public struct List {
    fileprivate let buffer: Buffer
    fileprivate var isFirst = true

    /// A scalar element.
    public mutating func value(_ value: some JSONScalar) throws {
      try begin()
      try value.write(to: buffer)
    }

    /// A string element from UTF-8; invalid bytes become U+FFFD.
    public mutating func value(utf8: [UInt8]) throws {
      try begin()
      buffer.text.string(String(decoding: utf8, as: UTF8.self))
    }

    /// An object element.
    public mutating func object(_ body: (inout Object) throws -> Void) throws {
      try begin()
      try buffer.object(body)
    }

    /// An array element.
    public mutating func array(_ body: (inout List) throws -> Void) throws {
      try begin()
      try buffer.array(body)
    }

    private mutating func begin() throws {
      try buffer.passOn()
      buffer.text.separate(first: isFirst)
      isFirst = false
    }
  }

  /// The growing text. A class, so that nested closures write into one place.
  public final class Buffer {
    fileprivate var text: Text
    private let sink: (([UInt8]) throws -> Void)?

    private static let pieceSize = 1 << 16

    fileprivate init(pretty: Bool, sink: (([UInt8]) throws -> Void)?) {
      text = Text(pretty: pretty)
      self.sink = sink
    }

    /// Hands on what there is of a long text; called between values only.
    fileprivate func passOn() throws {
      guard let sink, text.bytes.count >= Self.pieceSize else { return }
      try sink(text.bytes)
      text.bytes.removeAll(keepingCapacity: true)
    }

    fileprivate func object(_ body: (inout Object) throws -> Void) throws {
      text.open(UInt8(ascii: "{"))
      var object = Object(buffer: self)
      try body(&object)
      text.close(UInt8(ascii: "}"), isEmpty: object.isFirst)
    }

    fileprivate func array(_ body: (inout List) throws -> Void) throws {
      text.open(UInt8(ascii: "["))
      var list = List(buffer: self)
      try body(&list)
      text.close(UInt8(ascii: "]"), isEmpty: list.isFirst)
    }
  }

  /// The bytes. A structure, so that one call is one access to the buffer: a large report has millions.
  fileprivate struct Text {
    var bytes: [UInt8] = []
    private let pretty: Bool
    private var depth = 0

    init(pretty: Bool) { self.pretty = pretty }

    mutating func open(_ bracket: UInt8) {
      bytes.append(bracket)
      depth += 1
    }

    mutating func close(_ bracket: UInt8, isEmpty: Bool) {
      depth -= 1
      if !isEmpty { line() }
      bytes.append(bracket)
    }

    mutating func separate(first: Bool) {
      if !first { bytes.append(UInt8(ascii: ",")) }
      line()
    }

    mutating func key(_ key: String, first: Bool) {
      separate(first: first)
      string(key)
      bytes.append(0x3A)
      if pretty { bytes.append(0x20) }
    }

    /// A text that needs no quotation marks.
    mutating func plain(_ text: String) {
      var text = text
      text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    mutating func string(_ text: String) {
      var text = text
      bytes.append(UInt8(ascii: "\""))
      text.withUTF8 { utf8 in
        if utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0x22 && $0 != 0x5C }) {
          bytes.append(contentsOf: utf8)
        } else {
          for byte in utf8 { escape(byte) }
        }
      }
      bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
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

    private mutating func line() {
      guard pretty else { return }
      bytes.append(0x0A)
      for _ in 0..<depth {
        bytes.append(0x20)
        bytes.append(0x20)
      }
    }
  }
}

/// A value that is written without nesting.
public protocol JSONScalar {
  /// Appends the value's JSON text.
  func write(to buffer: JSONWriter.Buffer) throws
}

extension String: JSONScalar {
  public func write(to buffer: JSONWriter.Buffer) { buffer.text.string(self) }
}

extension Bool: JSONScalar {
  public func write(to buffer: JSONWriter.Buffer) {
    buffer.text.plain(self ? "true" : "false")
  }
}

extension Int: JSONScalar {
  public func write(to buffer: JSONWriter.Buffer) { buffer.text.plain(String(self)) }
}

extension Int64: JSONScalar {
  public func write(to buffer: JSONWriter.Buffer) { buffer.text.plain(String(self)) }
}

extension Double: JSONScalar {
  public func write(to buffer: JSONWriter.Buffer) throws {
    guard isFinite else { throw NonFiniteNumber() }
    let isWhole = self == rounded() && abs(self) < 1e15
    buffer.text.plain(isWhole ? String(Int64(self)) : description)
  }
}

extension Optional: JSONScalar where Wrapped: JSONScalar {
  public func write(to buffer: JSONWriter.Buffer) throws {
    if let self { try self.write(to: buffer) } else { buffer.text.plain("null") }
  }
}
