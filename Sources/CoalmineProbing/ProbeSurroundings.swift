// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints

extension ProbeVerb {
  /// What a run came to.
  public struct Summary: Sendable, Equatable {
    public let run: Int
    public let role: RunRole
    /// Questions of the plan, each sample one; 0 where the run was complete before.
    public let questions: Int
    /// The requests that they take, as far as they are known, with the last look at public texts and
    /// without the check; and those that are answered.
    public let requestsPlanned: Int
    public let requestsAnswered: Int
    /// Requests of this call, check and repetitions included; 0 where everything was stored already.
    public internal(set) var requests: Int
    /// Requests of the run that ended without a reply and may have been billed all the same; they
    /// were asked again, or will be.
    public let ambiguous: Int
    /// Texts that a content filter of the endpoint held back in this call.
    public let held: Int
    public let complete: Bool
    /// The last thing that went wrong, where something is missing.
    public let lastFailure: String?
    /// What the endpoint can do; `nil` where the check is not complete.
    public let capabilities: Capabilities?
    /// References that the protocol asks a canary.
    public let references: Int
    /// What the run can conclude; `nil` where the check is not complete, and for a base model.
    public let reach: StudyReach?
    /// What the run took until now, stored replies included.
    public let spend: Spend
    /// The dialect that the run asks with, and its probe set: other ones than were stated where the endpoint
    /// does not take those.
    public let dialect: String
    public let probeSet: String
  }

  /// Surroundings that tests replace.
  public struct Surroundings: Sendable {
    public var now: @Sendable () -> String
    public var sleep: @Sendable (Double) async throws -> Void
    /// Seconds of a clock that never goes back.
    public var clock: @Sendable () -> Double = Pacing.monotonic
    /// Called with the requests answered and those known; while the endpoint is checked 0 are known.
    public var progress: @Sendable (Int, Int) -> Void
    public var policy = RetryPolicy()
    public var limits = TransportLimits()
    public var settings = TransportSettings()
    /// Called with what a person should know while the run goes on.
    public var note: @Sendable (String) -> Void = { _ in }
    /// Whether the user wants to stop; asked before each request.
    public var stopping: @Sendable () -> Bool = { false }

    public init(
      now: @escaping @Sendable () -> String,
      sleep: @escaping @Sendable (Double) async throws -> Void,
      progress: @escaping @Sendable (Int, Int) -> Void
    ) {
      self.now = now
      self.sleep = sleep
      self.progress = progress
    }
  }
}
