// SPDX-License-Identifier: Apache-2.0

/// What a survey found in one file of a corpus, or in a range of its only file.
struct SurveyedPart: Sendable, Equatable {
  let records: Int
  /// Bytes of its data.
  let size: Int64
  /// SHA-256 of its data; empty where it was not wanted.
  let digest: [UInt8]
}
