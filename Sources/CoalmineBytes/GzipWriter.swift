// SPDX-License-Identifier: Apache-2.0

import CZlib

/// Writes one gzip member (RFC 1952) without a name or a time: the same bytes give the same file.
public final class GzipWriter {
  // zlib's state points back at the stream, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>

  /// - Parameter level: 6 is the default of `gzip`.
  public init(level: Int32 = 6) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15 window bits, and 16 more for gzip's header and checksum; 8 is zlib's default for memory.
    let code = deflateInit2_(
      stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(code == Z_OK, "zlib has no memory")
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// The next bytes of the file; often none yet.
  public func compress(_ bytes: [UInt8]) -> [UInt8] { run(bytes, Z_NO_FLUSH) }

  /// The rest of the file.
  public func finish() -> [UInt8] { run([], Z_FINISH) }

  private func run(_ bytes: [UInt8], _ flush: Int32) -> [UInt8] {
    var bytes = bytes
    var result: [UInt8] = []
    let size = 64 << 10
    bytes.withUnsafeMutableBufferPointer { input in
      stream.pointee.next_in = input.baseAddress
      stream.pointee.avail_in = UInt32(input.count)
      while true {
        result += [UInt8](unsafeUninitializedCapacity: size) { output, count in
          stream.pointee.next_out = output.baseAddress
          stream.pointee.avail_out = UInt32(size)
          deflate(stream, flush)
          count = size - Int(stream.pointee.avail_out)
        }
        if stream.pointee.avail_out > 0 { break }
      }
    }
    return result
  }
}
