// SPDX-License-Identifier: Apache-2.0

/// How a file is compressed.
public enum Compression: String, Sendable, CaseIterable {
  case gzip
  case zstd

  /// What a file begins with.
  public var magic: [UInt8] {
    switch self {
    case .gzip: GzipStream.magic
    case .zstd: ZstdStream.magic
    }
  }

  /// The ending of its name.
  public var ending: String {
    switch self {
    case .gzip: ".gz"
    case .zstd: ".zst"
    }
  }

  /// By the ending of a name; `nil` for any other.
  public init?(name: String) {
    guard let found = Self.allCases.first(where: { name.lowercased().hasSuffix($0.ending) }) else {
      return nil
    }
    self = found
  }

  /// By the first bytes of a file; `nil` for any other.
  public init?(head: [UInt8]) {
    guard let found = Self.allCases.first(where: { head.starts(with: $0.magic) }) else {
      return nil
    }
    self = found
  }

  /// The length of the longest beginning that tells them.
  public static let longestMagic = 4

  /// Decompresses everything that `read` gives.
  ///
  /// - Returns: `false` where the data is damaged or ends too early.
  /// - Throws: what `read` and `write` throw.
  public func decompress<Failure: Error>(
    read: () throws(Failure) -> [UInt8], write: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    switch self {
    case .gzip: try GzipStream.decompress(read: read, write: write)
    case .zstd: try ZstdStream.decompress(read: read, write: write)
    }
  }
}

/// Compresses a stream of bytes.
public enum Compressor {
  case gzip(GzipWriter)
  case zstd(ZstdWriter)

  public init(_ compression: Compression) {
    switch compression {
    case .gzip: self = .gzip(GzipWriter())
    case .zstd: self = .zstd(ZstdWriter())
    }
  }

  /// The next compressed bytes; often none yet.
  public func compress(_ bytes: [UInt8]) -> [UInt8] {
    switch self {
    case .gzip(let writer): writer.compress(bytes)
    case .zstd(let writer): writer.compress(bytes)
    }
  }

  /// The rest of the compressed bytes.
  public func finish() -> [UInt8] {
    switch self {
    case .gzip(let writer): writer.finish()
    case .zstd(let writer): writer.finish()
    }
  }
}
