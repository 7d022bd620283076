// SPDX-License-Identifier: Apache-2.0

/// What a canary is for.
public enum Role: String, Codable, Sendable, CaseIterable {
  /// In the corpus: by random assignment at the target repetitions, or always, at a higher
  /// level.
  case inserted
  /// Not inserted, by random assignment: drawn like the inserted ones and never written.
  case heldOut = "held-out"
  /// Always inserted, often and with low secrecy: proves that the file was trained on.
  case control
  /// Planted in a retrieval index and not in training.
  case indexOnly = "index-only"
}
