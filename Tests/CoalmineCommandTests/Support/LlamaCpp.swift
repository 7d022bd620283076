// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation

/// A real llama.cpp server with the tiny model, for as long as a test needs it.
///
/// It comes from the Python package `xllamacpp`, which the README's test command installs.
final class LlamaCpp: Sendable {
  let url: String
  private let running: CoalmineProgram.Running

  static let fixtures = Repository.url("Tests/Fixtures/tiny")

  /// - Parameters:
  ///   - model: a file of the fixtures.
  ///   - file: another file, in its place.
  ///   - template: the chat template, in Jinja; `nil` for the model's own, which adds nothing to contents.
  init(model: String = "tiny-f32.gguf", file: String? = nil, template: String? = nil) async throws {
    let python =
      ProcessInfo.processInfo.environment["COALMINE_PYTHON"].map {
        URL(fileURLWithPath: $0)
      } ?? Repository.url(".build/llama/bin/python")
    guard FileManager.default.isExecutableFile(atPath: python.path) else {
      throw Missing(
        description: "no \(python.path): the README's test command installs it")
    }
    running = try CoalmineProgram.Running(
      python,
      [
        Self.fixtures.appendingPathComponent("serve.py").path,
        file ?? Self.fixtures.appendingPathComponent(model).path,
      ] + (template.map { [$0] } ?? []), environment: [:], in: nil)
    var address = ""
    for _ in 0..<1_200 {
      address = running.outputSoFar
      if address.hasSuffix("\n") { break }
      try await Task.sleep(for: .milliseconds(50))
    }
    guard let line = address.split(separator: "\n").last(where: { $0.hasPrefix("http://") }) else {
      running.signal(SIGKILL)
      throw Missing(description: "the llama.cpp server did not start: \(address)")
    }
    url = String(line)
  }

  deinit { running.signal(SIGKILL) }

  struct Missing: Error, CustomStringConvertible { let description: String }
}
