// SPDX-License-Identifier: Apache-2.0

/// How much a client may send, and how long it may take.
///
/// Each stage of a connection has a total time, not a time of silence: a client that sends a byte
/// a second gains nothing.
///
/// ```
/// opened ──head──► head complete ──body──► request complete ── work ──► answered ──answer──► taken
///    ▲                                                                                        │
///    └──────────────────────────────── keep-alive ────────────────────────────────────────────┘
/// ```
public struct HTTPLimits: Sendable, Equatable {
  /// Request line and header fields together, in bytes, and the number of fields.
  public var headBytes = 64 << 10
  public var headFields = 256
  /// A body after its chunks are joined, in bytes.
  public var bodyBytes = HTTPService.bodyLimit
  /// From the opening of a connection, or the end of its last answer, to the end of a head.
  public var headMilliseconds = HTTPService.idleSeconds * 1_000
  /// From the end of a head to the end of its body.
  public var bodyMilliseconds: Int64 = 60_000
  /// From the first byte of an answer to the moment when the system has taken the last one.
  public var answerMilliseconds: Int64 = 60_000
  /// How long a connection that ends is still read, so that the client sees its answer.
  public var lingerMilliseconds: Int64 = 2_000
  /// Connections at a time; one more is closed at once.
  public var connections = 1_024

  public init() {}
}
