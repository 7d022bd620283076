// SPDX-License-Identifier: Apache-2.0

/// What a local program did that ends a run.
public enum CommandFault: Sendable, Equatable {
  /// The system did not start it; the system's words.
  case notStarted(String)
  /// It ended while it was needed.
  case ended(End, lastWords: String?)
  /// It did not answer in so many seconds.
  case silent(seconds: Int)
  /// A line of its output is no JSON object with an `id`; lines count from 1.
  case noAnswer(line: Int)
  /// A line of its output names an ask that does not wait for an answer.
  case otherID(line: Int)
  /// A line of its output is larger than so many bytes.
  case tooLong(line: Int, limit: Int)

  /// How a program ended.
  public enum End: Sendable, Equatable {
    case exit(Int)
    case signal(Int)
    /// It closed its output and went on.
    case closedOutput

    var words: String {
      switch self {
      case .exit(let code): "it ended with exit code \(code)"
      case .signal(let number): "it was ended by signal \(number)"
      case .closedOutput: "it closed its output"
      }
    }
  }

  /// One line for people, with nothing of an ask or an answer.
  public var words: String {
    switch self {
    case .notStarted(let why): "it cannot be started: \(why)"
    case .ended(let end, _): end.words
    case .silent(let seconds): "it gave no answer in \(seconds) s"
    case .noAnswer(let line):
      "line \(line) of its output is no JSON object with the 'id' of an ask"
    case .otherID(let line):
      "line \(line) of its output has an 'id' that waits for no answer"
    case .tooLong(let line, let limit):
      "line \(line) of its output is larger than \(limit) bytes"
    }
  }
}
