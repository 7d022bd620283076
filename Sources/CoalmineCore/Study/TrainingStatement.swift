// SPDX-License-Identifier: Apache-2.0

/// The facts of a training, as somebody stated them.
public struct TrainingStatement: Sendable, Equatable {
  /// The tuned model's name.
  public let model: String
  /// How often the training went over the file.
  public let epochs: Int
  /// The training service's job id.
  public let job: String?
  /// Who says so.
  public let statedBy: String?

  public init(model: String, epochs: Int, job: String?, statedBy: String?) {
    self.model = model
    self.epochs = epochs
    self.job = job
    self.statedBy = statedBy
  }
}
