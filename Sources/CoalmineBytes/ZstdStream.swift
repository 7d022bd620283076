// SPDX-License-Identifier: Apache-2.0

import CZstd

/// The Zstandard format (RFC 8878), block by block.
public enum ZstdStream {
  /// What a Zstandard file begins with.
  public static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

  /// Decompresses everything that `read` gives, several frames one after another included.
  ///
  /// - Parameters:
  ///   - read: the next bytes; none at the end.
  ///   - write: takes decompressed bytes, at most 256 KiB at once.
  /// - Returns: `false` where the data is damaged, ends too early, or needs a window above 128 MiB.
  /// - Throws: what `read` and `write` throw.
  /// - Complexity: O(bytes); memory for a block and the window of the data.
  public static func decompress<Failure: Error>(
    read: () throws(Failure) -> [UInt8], write: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    guard let stream = ZSTD_createDStream() else { return false }
    defer { ZSTD_freeDStream(stream) }
    let size = 256 << 10
    var isAtFrameEnd = false
    while true {
      let input = try read()
      if input.isEmpty { return isAtFrameEnd }
      var used = 0
      var isFull = false
      while used < input.count || isFull {
        var hint = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: size) { output, count in
          input.withUnsafeBytes { bytes in
            var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: used)
            var target = ZSTD_outBuffer(dst: output.baseAddress, size: size, pos: 0)
            hint = ZSTD_decompressStream(stream, &target, &source)
            used = source.pos
            count = target.pos
          }
        }
        guard ZSTD_isError(hint) == 0 else { return false }
        if !chunk.isEmpty { try write(chunk) }
        isAtFrameEnd = hint == 0
        isFull = chunk.count == size && !isAtFrameEnd
      }
    }
  }
}

/// Writes one Zstandard frame with a checksum.
public final class ZstdWriter {
  private let stream: OpaquePointer

  /// - Parameter level: 3 is the default of `zstd`.
  public init(level: Int32 = 3) {
    guard let stream = ZSTD_createCStream() else { fatalError("zstd has no memory") }
    self.stream = stream
    ZSTD_CCtx_setParameter(stream, ZSTD_c_compressionLevel, level)
    ZSTD_CCtx_setParameter(stream, ZSTD_c_checksumFlag, 1)
  }

  deinit { ZSTD_freeCStream(stream) }

  /// The next bytes of the frame; often none yet.
  public func compress(_ bytes: [UInt8]) -> [UInt8] { run(bytes, ZSTD_e_continue) }

  /// The rest of the frame.
  public func finish() -> [UInt8] { run([], ZSTD_e_end) }

  private func run(_ bytes: [UInt8], _ end: ZSTD_EndDirective) -> [UInt8] {
    var result: [UInt8] = []
    let size = ZSTD_CStreamOutSize()
    bytes.withUnsafeBytes { bytes in
      var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
      while true {
        var left = 0
        result += [UInt8](unsafeUninitializedCapacity: size) { output, count in
          var target = ZSTD_outBuffer(dst: output.baseAddress, size: size, pos: 0)
          left = ZSTD_compressStream2(stream, &target, &source, end)
          count = target.pos
        }
        // Fails only without memory.
        precondition(ZSTD_isError(left) == 0, "zstd has no memory")
        if end == ZSTD_e_end ? left == 0 : source.pos == source.size { break }
      }
    }
    return result
  }
}
