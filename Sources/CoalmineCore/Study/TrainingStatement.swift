// SPDX-License-Identifier: Apache-2.0

/// The facts of a training, as somebody stated them.
public struct TrainingStatement: Codable, Sendable, Equatable {
  /// The tuned model's name.
  public let model: String
  /// How often the training went over the file; half of it is 0.5.
  public let epochs: Double
  /// The training service's job id.
  public let job: String?
  /// Who says so.
  public let statedBy: String?
  /// SHA-256 of the file that was trained on, 64 lower-case hexadecimal digits.
  public let fileDigest: String?
  /// What the files that were trained on hold of the study, as it was counted in them; `nil` where
  /// nobody gave them.
  public let processed: ProcessedFindings?

  public init(
    model: String, epochs: Double, job: String?, statedBy: String?, fileDigest: String? = nil,
    processed: ProcessedFindings? = nil
  ) {
    self.model = model
    self.epochs = epochs
    self.job = job
    self.statedBy = statedBy
    self.fileDigest = fileDigest
    self.processed = processed
  }
}
