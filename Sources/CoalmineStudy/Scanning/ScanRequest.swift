// SPDX-License-Identifier: Apache-2.0

/// What `scan` looks for, where, and how it goes on.
///
/// ```swift
/// let request = ScanRequest(secrets: .study("study.coalmine"), inputs: ["service.log"])
/// ```
public struct ScanRequest: Sendable {
  /// Where the secrets come from.
  public enum Secrets: Sendable, Equatable {
    /// A study's ledger.
    case study(String)
    /// A file of ``ScanVerb/writePatterns(study:to:leastBits:note:)``.
    case patterns(String)
  }

  /// How an input is read.
  public enum Layout: Sendable, Equatable {
    /// The whole of it, byte by byte.
    case text
    /// JSON Lines: the values of these fields, `A` or `A.B.0`, escapes decoded.
    case fields([String])
    /// JSON Lines of OpenTelemetry: attributes `gen_ai.*` of spans, events and log records, and the
    /// bodies of log records.
    case openTelemetry
  }

  public var secrets: Secrets
  /// Names of files; `-` for standard input.
  public var inputs: [String]
  public var layout = Layout.text
  /// Where an earlier scan of the one input had settled; hits that end at it or before it are not
  /// given.
  public var offset = 0
  /// A file that says where the scan of each input ended, and is told where this one ends.
  public var state: String?
  /// Whether a hit shows the text that was found and the text before it.
  public var reveal = false

  public init(secrets: Secrets, inputs: [String]) {
    self.secrets = secrets
    self.inputs = inputs
  }
}

/// What a scan came to.
public struct ScanSummary: Sendable, Equatable {
  /// How many hits were given.
  public var hits = 0
  /// JSON records that were read.
  public var records = 0
  /// Texts in them that were searched; with lines that are no JSON.
  public var texts = 0

  /// Whether there were records and none held what was to be searched.
  public var searchedNothing: Bool { records > 0 && texts == 0 }
}
