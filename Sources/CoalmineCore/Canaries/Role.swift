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
  /// For the index that an endpoint may look texts up in, and in no training record: where it is found,
  /// a secret in a reply says nothing of the training.
  case indexOnly = "index-only"
}
