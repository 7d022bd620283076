// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// How a provider's batch jobs are spoken: many requests at once, answered within a day, at about half
/// the price.
///
/// A pure pair, as a ``Dialect`` is: steps to requests and replies to what they say.
///
/// ```
/// upload ─► name of the file ─► submit, with our mark ─► name of the job ─► look … ─► fetch ─► answers
/// ```
///
/// A provider that takes no files gets the requests with ``submit(_:file:mark:at:)``. The first step
/// then asks for the newest job, and its name is what is called the file here: a job of ours is newer.
public protocol BatchJobs: Sendable {
  /// How much one job holds.
  var limits: JobLimits { get }

  /// Whether a list of jobs shows the mark or the file of each. Where it does not, a lost job is known
  /// by the names of its answers alone, and it is newer than the job that ``file(_:at:)`` names.
  var showsMarks: Bool { get }

  /// The file of a job, or what is asked before a job that has none.
  ///
  /// - Parameter requests: each with a name, which its answer repeats.
  func upload(_ requests: [(name: String, body: [UInt8])], at endpoint: Endpoint) -> DialectRequest

  /// The name of the file that was uploaded, or of the newest job: ``noJob`` where there is none.
  func file(_ reply: Reply, at endpoint: Endpoint) -> Reading<String>

  /// Makes the job.
  ///
  /// - Parameters:
  ///   - requests: as they were given to ``upload(_:at:)``.
  ///   - file: what ``file(_:at:)`` read.
  ///   - mark: 32 hexadecimal digits that come back with the job or with its answers, so that one whose
  ///     name was lost is found again.
  /// - Throws: ``CoalmineError`` with code `request-not-written`.
  func submit(
    _ requests: [(name: String, body: [UInt8])], file: String, mark: String, at endpoint: Endpoint
  ) throws(CoalmineError) -> DialectRequest

  /// How a job is.
  func look(_ job: String, at endpoint: Endpoint) -> DialectRequest

  /// The job of a reply to ``submit(_:file:mark:at:)`` or ``look(_:at:)``.
  func job(_ reply: Reply, at endpoint: Endpoint) -> Reading<BatchJob>

  /// A page of the account's jobs.
  ///
  /// - Parameter after: what the page before says comes next; `nil` for the first page.
  func list(after: String?, at endpoint: Endpoint) -> DialectRequest

  /// The jobs of a page, and by what the next page is asked for; `nil` where there is none.
  func jobs(_ reply: Reply, at endpoint: Endpoint) -> Reading<(jobs: [BatchJob], next: String?)>

  /// A file of answers.
  func fetch(_ file: String, at endpoint: Endpoint) -> DialectRequest

  /// What a file of answers holds, in its order. A line that cannot be read is left out.
  func answers(_ reply: Reply, at endpoint: Endpoint) -> Reading<[JobAnswer]>
}

extension BatchJobs {
  public var showsMarks: Bool { true }

  /// What stands for the newest job where an account has none.
  static var noJob: String { "none" }
}

/// How much one job holds.
public struct JobLimits: Sendable, Equatable {
  public var requests: Int
  /// Of the file.
  public var bytes: Int

  public init(requests: Int, bytes: Int) {
    self.requests = requests
    self.bytes = bytes
  }
}

/// A job as the provider shows it.
public struct BatchJob: Sendable, Equatable {
  public let name: String
  /// What ``BatchJobs/submit(_:file:mark:at:)`` gave it; `nil` where the provider does not show it.
  public let mark: String?
  /// The file of its requests.
  public let file: String?
  /// How many requests it holds; `nil` where the provider does not say.
  public let requests: Int?
  /// The provider's word for its state.
  public let status: String
  public let state: State

  public enum State: Sendable, Equatable {
    /// Requests that were answered until now.
    case waiting(answered: Int)
    /// Nothing more will come; the files hold the answers.
    case ended(files: [String], End)
  }

  public enum End: Sendable, Equatable {
    case completed
    /// The time was over: what has no answer was not asked.
    case expired
    /// By whoever has the account.
    case cancelled
    /// It was not begun; the provider's words.
    case refused(String)
  }

  public init(
    name: String, mark: String?, file: String?, requests: Int? = nil, status: String, state: State
  ) {
    self.name = name
    self.mark = mark
    self.file = file
    self.requests = requests
    self.status = status
    self.state = state
  }
}

/// The answer to one request of a job.
public struct JobAnswer: Sendable, Equatable {
  /// The request's name.
  public let name: String
  /// The mark of its job, where the provider keeps it with the answers alone.
  public let mark: String?
  /// The reply; `nil` where the provider did not ask the model.
  public let reply: Reply?
  /// The provider's word for that: `batch_expired`.
  public let failure: String
  /// Whether it was not asked because the job's time was over.
  public let isExpired: Bool

  public init(
    name: String, mark: String? = nil, reply: Reply?, failure: String = "", isExpired: Bool = false
  ) {
    self.name = name
    self.mark = mark
    self.reply = reply
    self.failure = failure
    self.isExpired = isExpired
  }
}
