// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Synchronization

/// The real program, as the build left it beside the tests.
struct CoalmineProgram: Sendable {
  /// What a run of the program came to.
  struct Outcome: Sendable {
    /// The exit code; the negative signal number where a signal ended it.
    let code: Int32
    let output: Data
    let notes: String

    var text: String { output.text }

    /// The printed JSON as a dictionary; empty where there is none.
    var json: [String: Any] { (try? jsonObject(output)) ?? [:] }
  }

  /// The folder of the built products.
  static let products = URL(fileURLWithPath: CommandLine.arguments[0])
    .resolvingSymlinksInPath().deletingLastPathComponent()

  /// Runs `coalmine ARGUMENTS` to its end.
  static func run(
    _ arguments: String..., environment: [String: String] = [:], in folder: URL? = nil
  ) async throws -> Outcome {
    try await started(arguments, environment: environment, in: folder).outcome()
  }

  /// Starts `coalmine` and returns at once.
  static func started(
    _ arguments: [String], environment: [String: String] = [:], in folder: URL? = nil
  ) throws -> Running {
    try Running(
      products.appendingPathComponent("coalmine"), arguments, environment: environment, in: folder)
  }

  /// Starts the program as a terminal would, with no signal ignored: whoever runs the tests may
  /// ignore some, and a program that is started inherits that.
  static func startedHearingSignals(_ arguments: [String], in folder: URL? = nil) throws -> Running
  {
    try Running(
      URL(fileURLWithPath: "/usr/bin/env"),
      ["--default-signal=INT,TERM", products.appendingPathComponent("coalmine").path] + arguments,
      environment: [:], in: folder)
  }

  /// Runs a line of shell.
  static func shell(_ line: String, in folder: URL? = nil) async throws -> Outcome {
    try await Running(
      URL(fileURLWithPath: "/bin/sh"), ["-c", line], environment: [:], in: folder
    ).outcome()
  }

  /// A program under way. Its output goes to files, so that a full pipe never blocks it.
  final class Running: Sendable {
    // Process is not Sendable; it is only started here, and signalled by its number.
    private let number: Int32
    private let ended = Ending()
    private let scratch: TemporaryFolder

    init(
      _ executable: URL, _ arguments: [String], environment: [String: String], in folder: URL?
    ) throws {
      scratch = try TemporaryFolder()
      let process = Process()
      process.executableURL = executable
      process.arguments = arguments
      process.environment = ["PATH": "/usr/bin:/bin", "HOME": scratch.path]
        .merging(environment) { $1 }
      if let folder { process.currentDirectoryURL = folder }
      process.standardInput = FileHandle.nullDevice
      for name in ["output", "notes"] {
        FileManager.default.createFile(atPath: scratch.file(name), contents: nil)
      }
      process.standardOutput = try FileHandle(forWritingTo: scratch.url("output"))
      process.standardError = try FileHandle(forWritingTo: scratch.url("notes"))
      let ended = ended
      process.terminationHandler = { process in
        ended.set(
          process.terminationReason == .exit
            ? process.terminationStatus : -process.terminationStatus)
      }
      try process.run()
      number = process.processIdentifier
    }

    /// Whether it has not ended yet.
    var isRunning: Bool { ended.code == nil }

    /// Sends a signal; one that has ended already does not mind.
    func signal(_ signal: Int32) { kill(number, signal) }

    /// What it has printed until now.
    var outputSoFar: String {
      (try? String(contentsOf: scratch.url("output"), encoding: .utf8)) ?? ""
    }

    /// Waits for its end.
    func outcome() async throws -> Outcome {
      let code = await ended.value()
      return Outcome(
        code: code, output: try Data(contentsOf: scratch.url("output")),
        notes: try scratch.read("notes").text)
    }
  }

  /// An exit code that is waited for.
  private final class Ending: Sendable {
    private let state = Mutex<(code: Int32?, waiting: [CheckedContinuation<Int32, Never>])>(
      (nil, []))

    var code: Int32? { state.withLock { $0.code } }

    func set(_ code: Int32) {
      let waiting = state.withLock { state in
        state.code = code
        defer { state.waiting = [] }
        return state.waiting
      }
      for one in waiting { one.resume(returning: code) }
    }

    func value() async -> Int32 {
      await withCheckedContinuation { continuation in
        let known = state.withLock { state in
          if state.code == nil { state.waiting.append(continuation) }
          return state.code
        }
        if let known { continuation.resume(returning: known) }
      }
    }
  }
}
