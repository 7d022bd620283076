// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation

extension CoalmineProgram {
  /// Runs `coalmine ARGUMENTS` to its end, and says how much memory it held at most, in bytes.
  ///
  /// The kernel hands a child's peak on to the program that it becomes, and a child begins as its
  /// parent. A small Python program stands between, so that the peak of the tests is not counted.
  static func measured(_ arguments: [String]) async throws -> (outcome: Outcome, peak: Int) {
    let folder = try TemporaryFolder()
    let script = """
      import resource, subprocess, sys
      code = subprocess.call(sys.argv[2:])
      peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
      open(sys.argv[1], "w").write(str(peak * 1024))
      sys.exit(code)
      """
    let outcome = try await Running(
      URL(fileURLWithPath: "/usr/bin/env"),
      [
        "python3", "-c", script, folder.file("peak"),
        products.appendingPathComponent("coalmine").path,
      ]
        + arguments, environment: [:], in: nil
    ).outcome()
    guard let peak = Int(try String(contentsOf: folder.url("peak"), encoding: .utf8)) else {
      throw ProgramFailed(outcome)
    }
    return (outcome, peak)
  }
}
